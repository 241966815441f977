"""Turns values into JSON that may cross, and says why a value cannot."""

from __future__ import annotations

import math
from typing import Any

from pyagent.protocol.guest import Json

MAX_NESTING = 60
"""Well below ``wire.MAX_DEPTH``, which counts the message around the value too."""


class NotJson(Exception):
    """The value cannot cross. The text says which part of it and why."""


def to_json(value: Any, depth: int = 0) -> Json:
    """``value`` as JSON can hold it. Tuples and numpy arrays become lists.

    Raises ``NotJson`` for NaN and infinities, keys that are not text, other types, deep nesting.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(f"JSON has no {value}")
        return float(value)
    if depth >= MAX_NESTING:
        raise NotJson(f"it is nested more than {MAX_NESTING} deep")
    if isinstance(value, (list, tuple)):
        return [to_json(item, depth + 1) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise NotJson(f"the key {key!r} is not text")
        return {str(key): to_json(item, depth + 1) for key, item in value.items()}
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "tolist"):
        return to_json(value.tolist(), depth + 1)
    raise NotJson(f"a {type(value).__name__} is in it")


def _integer(value: int) -> int:
    # Python refuses to write longer ones as text, and no reader could use them.
    if value.bit_length() > 10_000:
        raise NotJson("an integer is too long")
    return int(value)
