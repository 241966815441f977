"""Finds the tool that a model means when it writes the name in a way of its own.

``models/http/tool_calls`` uses it for native calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"<[|\uff5c/].*", re.S)
"""A template's token that a server left behind a name, and whatever follows it."""
_NAMESPACE = re.compile(
    r"(?:to=|function=)?(?:functions?|tools?|default_api|commentary|assistant)[.:/ ]\s*", re.I
)
_COUNTER = re.compile(r":\d{1,6}\Z")
"""The number of a call, as in Kimi's ``functions.weather:0``."""


def meant_name(written: str, names: Iterable[str]) -> str:
    """The name among ``names`` that ``written`` stands for, or else ``written`` without tokens.

    gpt-oss writes ``functions.weather`` and ``weather<|channel|>commentary``, Kimi
    ``functions.weather:0``, Gemini ``default_api.weather``; others change case or hyphens.
    """
    known = set(names)
    if written in known:
        return written
    plain = _TOKEN.sub("", written).strip(" \t\r\n\"'`()")
    bare = plain
    while bare not in known and (prefix := _NAMESPACE.match(bare)):
        bare = bare[prefix.end() :]
    bare = bare if bare in known else _COUNTER.sub("", bare)
    if bare in known:
        return bare
    alike = [name for name in known if _folded(name) == _folded(bare)]
    return alike[0] if len(alike) == 1 else bare or plain


def _folded(name: str) -> str:
    return re.sub(r"[-_. ]", "", name).lower()
