"""Reads the arguments of a tool call, which are the text of a JSON object or were meant to be.

``models/http/tool_calls`` calls it for native calls. It mends with ``find_bracket`` and
``parse_loose_json``, as ``tool_calls`` does for calls in a text. Every step is linear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pyagent.errors import ProtocolError
from pyagent.parsing.found_call import STRING, find_bracket
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.parsing.tool_names import meant_name
from pyagent.protocol import Json
from pyagent.wire import parse_json

_PARTS = re.compile(rf"{STRING}|[{{}}\[\]]", re.S)
_REPEATED_OPENING = re.compile(r"\{(?:\s*+\{)*+")
_NOTHING = ("None", "undefined")
"""Texts that stand for no arguments, besides JSON's null."""
_VALUE_ENDS = ('"', "true", "false", "null")
"""Ends of values that are certainly whole, unlike the end of a number."""
_WRAPPERS = ("arguments", "parameters", "args", "input", "kwargs", "params")
_NAMES = ("name", "function", "tool", "tool_name")
_OF_CALLS = {*_NAMES, "type", "id"}
"""What stands beside the arguments in a call."""
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


def meant_arguments(value: Json, tool: str, parameters: Mapping[str, Any]) -> Json:
    """The arguments that ``value`` stands for, if ``tool`` has these ``parameters``.

    Some models write the arguments as a list, in the order of the parameters, or write the whole
    call in their place. Anything else is returned as it is.
    """
    if isinstance(value, list):
        if not value:  # PHP's empty object
            return {}
        [only, *more] = value
        if isinstance(only, dict) and not more and only.keys() <= parameters.keys():
            return only
        schemas = [schema for schema in parameters.values() if isinstance(schema, Mapping)]
        takes_list = len(parameters) == 1 and any(one.get("type") == "array" for one in schemas)
        if takes_list and not (isinstance(only, list) and not more):
            return {next(iter(parameters)): value}
        return (
            dict(zip(parameters, value, strict=False)) if len(value) <= len(parameters) else value
        )
    if not isinstance(value, dict) or value.keys() & parameters.keys():
        return value
    wrappers = value.keys() - _OF_CALLS
    names = [value[key] for key in _NAMES if key in value]
    if len(wrappers) != 1 or not wrappers <= set(_WRAPPERS):
        return value
    if any(not isinstance(name, str) or meant_name(name, [tool]) != tool for name in names):
        return value
    inner = value[wrappers.pop()]
    try:
        inner = parse_arguments(inner) if isinstance(inner, str) else inner
    except ProtocolError:
        return value
    return inner if isinstance(inner, dict) and inner.keys() <= parameters.keys() else value


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
