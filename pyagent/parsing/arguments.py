"""Reads the arguments of a tool call, which are the text of a JSON object or were meant to be.

``models/http/tool_calls`` calls it for native calls. It mends with ``find_bracket`` and
``parse_loose_json``, as ``tool_calls`` does for calls in a text. Every step is linear.
"""

from __future__ import annotations

import re

from pyagent.errors import ProtocolError
from pyagent.parsing.found_call import STRING, find_bracket
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.protocol import Json
from pyagent.wire import parse_json

_PARTS = re.compile(rf"{STRING}|[{{}}\[\]]", re.S)
_REPEATED_OPENING = re.compile(r"\{(?:\s*+\{)*+")
_NOTHING = ("None", "undefined")
"""Texts that stand for no arguments, besides JSON's null."""
_VALUE_ENDS = ('"', "true", "false", "null")
"""Ends of values that are certainly whole, unlike the end of a number."""
_MAX_ENCODINGS = 3
"""How often a server may have encoded the arguments as text."""


def parse_arguments(text: str, *, is_cut_off: bool = False) -> Json:
    """The value of ``text``. Raises ``ProtocolError``, which says what is wrong with the text.

    JSON that is nearly right is mended: a bracket too many, a raw newline, a stray backslash, a
    last comma, a comment, text around the object. Of several objects, the last one that is not
    empty counts, because some servers begin with ``{}`` and some repeat the arguments. Missing
    brackets are added after a value that is certainly whole, but not if the reply ``is_cut_off``.
    JSON that was encoded twice is decoded.
    """
    value: Json = text
    for _ in range(_MAX_ENCODINGS):
        inner = _parsed(value, is_cut_off=is_cut_off) if isinstance(value, str) else value
        if not isinstance(inner, str):
            return inner
        if "{" not in inner and inner.strip() not in _NOTHING:
            break
        value = inner
    return value if value is not text else parse_json(text)


def _parsed(text: str, *, is_cut_off: bool) -> Json:
    if text.strip() in _NOTHING:
        return None
    try:
        return parse_json(text)
    except ProtocolError:
        objects = _objects_in(text, is_cut_off=is_cut_off)
        if not objects:
            raise
    return next((found for found in reversed(objects) if found), objects[-1])


def _objects_in(text: str, *, is_cut_off: bool) -> list[Json]:
    """The JSON objects in ``text``, one after another, up to the first that cannot be read."""
    objects: list[Json] = []
    position = 0
    while (opening := text.find("{", position)) >= 0:
        if repeated := _REPEATED_OPENING.match(text, opening):
            opening = repeated.end() - 1
        found = find_bracket(text, opening, _PARTS)
        end, missing = found.end, found.missing
        if missing and text.rstrip().endswith(_VALUE_ENDS):
            end = len(text)
        if end is None or (missing and (is_cut_off or text[end:].strip())):
            break
        try:
            objects.append(parse_loose_json(text[opening:end] + missing))
        except ProtocolError:
            break
        position = end
    return objects
