"""Codes by which providers report errors in a response that looks like a success: what they mean.

``explain_stream`` asks for the HTTP status that a code stands for. The numbers are from the
providers' own lists of errors, read in November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MINIMAX = {
    **dict.fromkeys((1001, 1013, 1024, 1033), 500),
    **dict.fromkeys((1002, 1039, 1041, 2045), 429),  # 1039: too many tokens in a minute
    **dict.fromkeys((1004, 2049), 401),
    **dict.fromkeys((1008, 2056), 402),
    **dict.fromkeys((1026, 1027, 1042, 2013), 400),
}
_BAIDU = {
    **dict.fromkeys((4, 18, 336501, 336502, 336503, 336504, 336505), 429),
    **dict.fromkeys((17, 19), 402),
    **dict.fromkeys((13, 14, 100, 110, 111), 401),
    **dict.fromkeys((6, 336004), 403),
    **dict.fromkeys((3, 336005), 404),
    **dict.fromkeys((336002, 336003, 336006, 336007, 336103, 336104, 336105), 400),
}
_ZHIPU = {
    **dict.fromkeys(("1302", "1303", "1305", "1308"), 429),
    **dict.fromkeys(("1000", "1001", "1002", "1003", "1004"), 401),
    **dict.fromkeys(("1110", "1111", "1112", "1121", "1220"), 403),
    **dict.fromkeys(("1113", "1304", "1309"), 402),
    **dict.fromkeys(("1211", "1221", "1222"), 404),
    **dict.fromkeys(("1210", "1212", "1213", "1214", "1215", "1261", "1300", "1301"), 400),
}
_SPARK = {
    **dict.fromkeys((10006, 10007, 10008, 10110, 11202, 11203), 429),
    **dict.fromkeys((10015, 10016, 10313), 401),
    **dict.fromkeys((11200, 11201), 402),
    **dict.fromkeys((10003, 10004, 10005, 10013, 10014, 10019, 10163, 10907), 400),
    **dict.fromkeys((10009, 10010, 10011, 10012, 10222), 500),
}
"""iFlytek's. 10907 says that there are too many tokens."""
_OVERFLOWS = {"error_code": {336007, 336103}, "code": {1261, 10907}}


def status_of_code(problem: Mapping[str, Any]) -> int | None:
    """The HTTP status that the code in an error stands for; None for a code that nobody listed.

    The field and the range of a code tell the provider: MiniMax has ``status_code``, Baidu
    ``error_code``, Zhipu four digits and iFlytek five in ``code``.
    """
    if (code := _number(problem.get("status_code"))) is not None:
        return _MINIMAX.get(code)
    if (code := _number(problem.get("error_code"))) is not None:
        return _BAIDU.get(code)
    code = _number(problem.get("code"))
    return _SPARK.get(code) or _ZHIPU.get(str(code)) if code is not None else None


def tells_of_overflow(problem: Mapping[str, Any]) -> bool:
    """Whether the code of an error says that the conversation is too long for the model."""
    return any(_number(problem.get(field)) in codes for field, codes in _OVERFLOWS.items())


def _number(code: object) -> int | None:
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < 8:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None
