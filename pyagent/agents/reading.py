"""Find tool calls in the text of a reply. Called when a step is taken; pure functions over text.

Models without native tool calls, small ones above all, write JSON: bare, fenced, in tags, in a
list, with prose around it, and under many names; or tags of their own, or Python. Text is hostile:
nothing is evaluated, work is bounded by the length of the text, and what cannot be read is left
as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pyagent.agents.cleaning import clean, unclosed_thought
from pyagent.agents.mending import parse_json_of_a_model
from pyagent.errors import ProtocolError
from pyagent.messages import ToolUse
from pyagent.models.base import ToolSpec
from pyagent.protocol import Json
from pyagent.wire import parse_json

MAX_USES = 64
"""In one reply."""

_NAMES = ("name", "tool", "tool_name", "function_name", "action", "function", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input", "kwargs", "params")
_LISTS = ("tool_calls", "calls", "tools", "actions")
_NAME = r"[A-Za-z_][\w.-]{0,99}"
_STRING = r'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?'
_JSON_PARTS = re.compile(rf"{_STRING}|[{{}}\[\]]", re.S)
_PYTHON_PARTS = re.compile(rf"{_STRING}|'[^'\\]*+(?:\\.?[^'\\]*+)*+'?|[{{}}\[\]()]", re.S)
_OPENING = re.compile(r"[{\[]")
_CLOSED_BY = {"{": "}", "[": "]", "(": ")"}
_HEADER = re.compile(
    r"(?:<function=|<(?:function|invoke) name=\"|✿FUNCTION✿:|^Action:|\[TOOL_CALLS\]"
    r"|(?:commentary )?to=functions\."
    rf"|(?:function)?<\uff5ctool▁sep\uff5c>)\s{{0,9}}[\"'`]?({_NAME})[^{{}}()]{{0,60}}\Z",
    re.M,
)
"""What names a tool just ahead of its arguments: Llama, Qwen, ReAct, Mistral, gpt-oss, DeepSeek."""
_ELEMENT = re.compile(rf"<(?:function=|invoke name=\")({_NAME})\"?>")
_ELEMENT_END = re.compile(r"</(?:function|invoke)>")
_PARAMETER = re.compile(r"<parameter(?:=| name=\")([^\">\n]{1,99})\"?>")
_PARAMETER_END = re.compile(r"</parameter>")
_WRAPPING = re.compile(
    r"```\w*|</?(?:tool_calls?|function_calls?|tools?|json|invoke|function)\b[^>\n]{0,99}>"
    r"|<\|[^|\n]{1,40}\|>|<\uff5c[^\uff5c\n]{1,40}\uff5c>|\[/?(?:TOOL_CALLS|ARGS)\]|✿[A-Z]{1,9}✿:?"
    r"|^[ \t]*(?:Action|Action Input|Tool calls?|Calling tools?)[ \t]*:[ \t]*$",
    re.M,
)


@dataclass(frozen=True, kw_only=True)
class _Call:
    name: str
    arguments: dict[str, Json] = field(default_factory=dict)
    fault: str = ""


_Found: TypeAlias = tuple[int, int, list[_Call]]
"""Start and end of a part of the text, and the calls in it."""
_Tools: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Name → JSON Schema of each parameter."""


def read_tool_uses(text: str, tools: Sequence[ToolSpec]) -> tuple[str, tuple[ToolUse, ...]]:
    """What was said around the calls, and the calls, in order.

    A call of a tool that is not among ``tools`` counts when it cannot be anything else. Ids are
    made up here: they count from ``text_1``.
    """
    return _read(text, tools, whole=False)


def holds_tool_use(text: str, tools: Sequence[ToolSpec]) -> bool:
    """Whether a streaming reply already holds a whole call."""
    just_ended = any(end in text[-40:] for end in ("}", "]", ")", ">"))
    return just_ended and bool(_read(text, tools, whole=True)[1])


def _read(text: str, specs: Sequence[ToolSpec], *, whole: bool) -> tuple[str, tuple[ToolUse, ...]]:
    """``whole`` when more may follow, so that nothing that is missing is added."""
    text = clean(text) or ("" if whole else unclosed_thought(text))
    tools = {spec.name: spec.parameters.get("properties", {}) for spec in specs}
    found = list(_in_elements(text, tools))
    found = found or list(_in_json(text, tools, whole=whole))
    found = found or list(_in_python(text, tools))
    said, position = [], 0
    for start, end, _ in found:
        said.append(text[position:start])
        position = end
    said.append(text[position:])
    calls = [call for _, _, several in found for call in several]
    uses = tuple(
        ToolUse(id=f"text_{i}", name=call.name, arguments=call.arguments, fault=call.fault)
        for i, call in enumerate(calls[:MAX_USES], start=1)
    )
    return ("\n".join(filter(None, map(_without_wrapping, said))) if found else text), uses


# --- JSON ------------------------------------------------------------------------------------


def _in_json(text: str, tools: _Tools, *, whole: bool) -> Iterator[_Found]:
    for start, end, value in _values(text, whole=whole):
        header = _HEADER.search(text, max(start - 200, 0), start)
        if header is not None and isinstance(value, dict) and _name_in(value, tools) is None:
            name = header[1].rstrip(".-")
            yield header.start(), end, [_call_of(name, value, tools)]
        elif calls := list(_calls(value, tools)):
            yield start, end, calls


def _values(text: str, *, whole: bool) -> Iterator[tuple[int, int, Json]]:
    """Every JSON object or array in a text that stands in no other: start, end, value."""
    position, budget = 0, 8 * len(text) + 10_000
    while budget > 0 and (opening := _OPENING.search(text, position)):
        start = opening.start()
        end, missing = _end_of(text, start, _JSON_PARTS)
        budget -= (len(text) if missing or end is None else end) - start
        position = opening.end()
        if end is None or (missing and (whole or _without_wrapping(text[end:]))):
            continue
        try:
            value = parse_json_of_a_model(text[start:end] + missing)
        except ProtocolError:
            continue
        yield start, end, value
        position = end


def _end_of(text: str, start: int, parts: re.Pattern[str]) -> tuple[int | None, str]:
    """Where the bracket at ``start`` is closed, or the last one in it, and what is missing then."""
    closers: list[str] = []
    end = None
    for match in parts.finditer(text, start):
        bracket = match.group()
        if bracket in _CLOSED_BY:
            closers.append(_CLOSED_BY[bracket])
        elif bracket in ("}", "]", ")"):
            if bracket != closers.pop():
                return None, ""
            end = match.end()
            if not closers:
                return end, ""
    return end, "".join(reversed(closers))


def _calls(value: Json, tools: _Tools) -> Iterator[_Call]:
    """The calls in a JSON value."""
    if isinstance(value, list):
        for item in value:
            yield from _calls(item, tools) if isinstance(item, dict) else ()
    elif isinstance(value, dict):
        lists = [value[key] for key in _LISTS if isinstance(value.get(key), list)]
        for item in lists:
            yield from _calls(item, tools)
        if not lists and (call := _call(value, tools)):
            yield call


def _call(value: dict[str, Any], tools: _Tools) -> _Call | None:
    inner = value.get("function")
    if isinstance(inner, dict):
        return _call(inner, tools)
    name = _name_in(value, tools)
    if name is None:
        if len(value) == 1 and (only := next(iter(value))) in tools:
            return _call_of(only, value[only], tools)  # {"search": {"query": "…"}}
        return None
    given = next((value[key] for key in _ARGUMENTS if key in value), None)
    if given is None:
        given = {key: item for key, item in value.items() if key not in (*_NAMES, "id", "type")}
    elif isinstance(given, dict) and "properties" in given and "type" in given:
        return None  # a tool's definition, repeated
    return _call_of(name, given, tools)


def _name_in(value: dict[str, Any], tools: _Tools) -> str | None:
    """The tool that an object names; one that we do not have only where arguments stand too."""
    names = [value[key] for key in _NAMES if isinstance(value.get(key), str)]
    names = [name.removeprefix("functions.") for name in names]
    known = next((name for name in names if name in tools), None)
    if known is None and any(isinstance(value.get(key), dict) for key in _ARGUMENTS):
        return next((name for name in names if re.fullmatch(_NAME, name)), None)
    return known


def _call_of(name: str, given: Json, tools: _Tools) -> _Call:
    """A call with what stands where the arguments belong."""
    parameters = list(tools.get(name, ()))
    fault = f"the arguments must be a JSON object, not {type(given).__name__}."
    if isinstance(given, str):
        try:
            parsed = parse_json_of_a_model(given or "{}")
        except ProtocolError as error:
            fault = f"the arguments are not JSON: {error.message}"
        else:
            given = parsed if isinstance(parsed, dict) else given
    if isinstance(given, dict):
        return _Call(name=name, arguments=given)
    if isinstance(given, list) and len(given) <= len(parameters):
        return _Call(name=name, arguments=dict(zip(parameters, given, strict=False)))
    if len(parameters) == 1:
        return _Call(name=name, arguments={parameters[0]: given})
    return _Call(name=name, fault=fault)


# --- other languages -------------------------------------------------------------------------


def _in_elements(text: str, tools: _Tools) -> Iterator[_Found]:
    """``<function=search><parameter=query>…``, and the same with ``<invoke name="search">``."""
    for name, start, end, body in _elements(text, _ELEMENT, _ELEMENT_END):
        parameters = list(_elements(body, _PARAMETER, _PARAMETER_END))
        if not parameters and "{" in body:
            continue  # the arguments are JSON
        schemas = tools.get(name, {})
        arguments = {
            key: _typed(value.strip("\n"), schemas.get(key, {})) for key, _, _, value in parameters
        }
        yield start, end, [_Call(name=name, arguments=arguments)]


def _elements(
    text: str, opening: re.Pattern[str], closing: re.Pattern[str]
) -> Iterator[tuple[str, int, int, str]]:
    """Name, start, end and body; one that is not closed ends where the next begins."""
    openings = list(opening.finditer(text))
    for i, match in enumerate(openings, start=1):
        end = openings[i].start() if i < len(openings) else len(text)
        close = closing.search(text, match.end(), end)
        body = text[match.end() : close.start() if close else end]
        yield match[1], match.start(), close.end() if close else end, body


def _typed(text: str, schema: Mapping[str, Json]) -> Json:
    """The value of a parameter that stands in a tag; text where text is wanted."""
    if schema.get("type") == "string":
        return text
    try:
        return parse_json(text)
    except ProtocolError:
        return text


def _in_python(text: str, tools: _Tools) -> Iterator[_Found]:
    """``search(query="…")`` where a line begins with it, or in a list."""
    if not tools:
        return
    names = "|".join(map(re.escape, tools))
    call = rf"({names})(?:\.call)?\("
    first = re.compile(rf"^[ \t]*+(?:print\(|await |\[|\w+ = |<\|\w{{1,30}}\|>)*{call}", re.M)
    next_one = re.compile(rf"[\s,;)]*+{call}")
    position, budget = 0, 8 * len(text) + 10_000
    while budget > 0:
        match = next_one.match(text, position) if position else None
        match = match or first.search(text, position)
        if match is None:
            return
        opening = match.end() - 1
        end, missing = _end_of(text, opening, _PYTHON_PARTS)
        budget -= (end or len(text)) - opening
        position = match.end()
        if end is None or missing:
            continue
        arguments = _python_arguments(text[opening + 1 : end - 1])
        if arguments is not None:
            yield match.start(), end, [_call_of(match[1], arguments, tools)]
            position = end


def _python_arguments(text: str) -> Json:
    """Those by name as a dict, those by position as a list; None when they are no plain values."""
    by_name = re.match(r"\s*(?:\w+\s*=(?!=)|$)", text)
    try:
        return parse_json_of_a_model(f"{{{text}}}" if by_name else f"[{text}]")
    except ProtocolError:
        return None


def _without_wrapping(text: str) -> str:
    """``text`` without the fences and tags that stood around a call."""
    text = _WRAPPING.sub("", text).strip()
    return "" if re.fullmatch(r"[\s{}\[\](),;]*", text) else text
