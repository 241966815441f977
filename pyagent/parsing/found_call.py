"""A tool call as it was found in a text. For ``tool_calls`` and ``dialects``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from pyagent.errors import ProtocolError
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.protocol import Json
from pyagent.wire import MAX_DEPTH

NAME = r"[A-Za-z_][\w.-]{0,99}"
NAMESPACE = r"(?:functions?|tools?|default_api)\."
"""What models write before the name of a tool."""
BEFORE_PYTHON = r"\s{0,9}(?:print\(|await |\[|\w+ = |<python>){0,9}"
"""What may come before a call in Python, on its line."""
STRING = r'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?'
"""A string in double quotes. A string without an end reaches to the end of the text."""
_CLOSED_BY = {"{": "}", "[": "]", "(": ")"}


@dataclass(frozen=True, kw_only=True)
class FoundCall:
    """The name, the arguments, and what is wrong with the arguments."""

    name: str
    arguments: dict[str, Json] = field(default_factory=dict)
    fault: str = ""


CallSpan: TypeAlias = tuple[int, int, list[FoundCall]]
"""The start and end of a part of the text, and the calls in that part."""
ToolParameters: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Tool name → parameter name → JSON Schema."""


def make_call(name: str, given: Json, tools: ToolParameters) -> FoundCall:
    """A call made from a name and whatever stands in the place of its arguments."""
    parameters = list(tools.get(name, ()))
    fault = f"the arguments must be a JSON object, not {type(given).__name__}."
    if isinstance(given, str):
        try:
            parsed = parse_loose_json(given or "{}")
        except ProtocolError as error:
            fault = f"the arguments are {error.message.removeprefix('A message is ')}"
        else:
            given = parsed if isinstance(parsed, dict) else given
    if isinstance(given, list) and len(given) == 1 and _are_named(given[0], parameters):
        given = given[0]  # search({"query": "tea"})
    if isinstance(given, dict):
        return FoundCall(name=name, arguments=given)
    if isinstance(given, list) and len(given) <= len(parameters):
        return FoundCall(name=name, arguments=dict(zip(parameters, given, strict=False)))
    if len(parameters) == 1:
        return FoundCall(name=name, arguments={parameters[0]: given})
    return FoundCall(name=name, fault=fault)


def _are_named(given: Json, parameters: list[str]) -> bool:
    return isinstance(given, dict) and bool(given) and all(key in parameters for key in given)


class Bracket(NamedTuple):
    """Where a bracket is closed."""

    end: int | None
    """None when it is closed by a bracket of another kind, is too deep, or holds nothing whole."""
    missing: str
    """Closing brackets that are missing at the end of the text; ``end`` is then the last inside."""
    seen: int
    """How far the text was looked at."""
    too_deep: bool = False


def find_bracket(text: str, start: int, parts: re.Pattern[str]) -> Bracket:
    """Look for the end of the bracket at ``start``; no further than JSON may be nested."""
    closers: list[str] = []
    end = None
    for match in parts.finditer(text, start):
        bracket = match.group()
        if bracket in _CLOSED_BY:
            closers.append(_CLOSED_BY[bracket])
            if len(closers) > MAX_DEPTH:
                return Bracket(None, "", match.end(), too_deep=True)
        elif bracket in ("}", "]", ")"):
            if bracket != closers.pop():
                return Bracket(None, "", match.end())
            end = match.end()
            if not closers:
                return Bracket(end, "", end)
    return Bracket(end, "".join(reversed(closers)), len(text))
