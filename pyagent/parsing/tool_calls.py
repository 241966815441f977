"""Finds tool calls in the text of a reply. Agents call it in each step; its functions are pure.

Models without native tool calls, above all small ones, write JSON: bare, fenced, in tags, in a
list, with prose around it, and under many names. Others write tags of their own, or Python. The
text is hostile: nothing is evaluated, the length of the text bounds the work, and whatever cannot
be read stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pyagent.errors import ProtocolError
from pyagent.messages import ToolSpec, ToolUse
from pyagent.parsing.dialects import element_calls, python_calls
from pyagent.parsing.found_call import (
    NAME,
    STRING,
    CallSpan,
    FoundCall,
    ToolParameters,
    bracket_end,
    make_call,
)
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.parsing.markers import spoken_text, unclosed_thought
from pyagent.protocol import Json

MAX_USES = 64
"""The most calls in one reply."""

_NAMES = ("name", "tool", "tool_name", "function_name", "action", "function", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input", "kwargs", "params")
_LISTS = ("tool_calls", "calls", "tools", "actions")
_PARTS = re.compile(rf"{STRING}|[{{}}\[\]]", re.S)
_OPENING = re.compile(r"[{\[]")
_HEADER = re.compile(
    r"(?:<function=|<(?:function|invoke) name=\"|✿FUNCTION✿:|^Action:|\[TOOL_CALLS\]"
    r"|(?:commentary )?to=functions\."
    rf"|(?:function)?<\uff5ctool▁sep\uff5c>)\s{{0,9}}[\"'`]?({NAME})[^{{}}()]{{0,60}}\Z",
    re.M,
)
"""A tool's name just before its arguments: Llama, Qwen, ReAct, Mistral, gpt-oss, DeepSeek."""
_WRAPPING = re.compile(
    r"```\w*|</?(?:tool_calls?|function_calls?|tools?|json|python|invoke|function)\b[^>\n]{0,99}>"
    r"|<\|[^|\n]{1,40}\|>|<\uff5c[^\uff5c\n]{1,40}\uff5c>|\[/?(?:TOOL_CALLS|ARGS)\]|✿[A-Z]{1,9}✿:?"
    r"|^[ \t]*(?:Action|Action Input|Tool calls?|Calling tools?)[ \t]*:[ \t]*$",
    re.M,
)


def holds_tool_use(text: str, tools: Sequence[ToolSpec]) -> bool:
    """Whether a streaming reply already holds a whole call."""
    just_ended = any(end in text[-40:] for end in ("}", "]", ")", ">"))
    return just_ended and bool(read_tool_uses(text, tools, whole=True)[1])


def read_tool_uses(
    text: str, specs: Sequence[ToolSpec], *, whole: bool = False
) -> tuple[str, tuple[ToolUse, ...]]:
    """The text around the calls, and the calls in order.

    A call of a tool that is not among ``specs`` counts if it cannot be anything else. ``whole``
    means that more text may follow, so missing brackets are not added. Ids are made up here, and
    count from ``text_1``.
    """
    text = spoken_text(text) or ("" if whole else unclosed_thought(text))
    tools = {spec.name: spec.parameters.get("properties", {}) for spec in specs}
    found = list(element_calls(text, tools, whole=whole))
    found = found or list(_json_calls(text, tools, whole=whole))
    found = found or list(python_calls(text, tools))
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


def _json_calls(text: str, tools: ToolParameters, *, whole: bool) -> Iterator[CallSpan]:
    for start, end, value in json_values(text, whole=whole):
        header = _HEADER.search(text, max(start - 200, 0), start)
        if header is not None and isinstance(value, dict) and _name_in(value, tools) is None:
            name = header[1].rstrip(".-")
            yield header.start(), end, [make_call(name, value, tools)]
        elif calls := list(_calls_in(value, tools)):
            yield start, end, calls


def json_values(text: str, *, whole: bool) -> Iterator[tuple[int, int, Json]]:
    """Start, end and value of every outermost JSON object or array in a text.

    Closing brackets that are missing at the text's end are added, unless ``whole`` is true.
    """
    position, budget = 0, 8 * len(text) + 10_000
    while budget > 0 and (opening := _OPENING.search(text, position)):
        start = opening.start()
        end, missing = bracket_end(text, start, _PARTS)
        budget -= (len(text) if missing or end is None else end) - start
        position = opening.end()
        if end is None or (missing and (whole or _without_wrapping(text[end:]))):
            continue
        try:
            value = parse_loose_json(text[start:end] + missing)
        except ProtocolError:
            continue
        yield start, end, value
        position = end


def _calls_in(value: Json, tools: ToolParameters) -> Iterator[FoundCall]:
    """The calls in a JSON value."""
    if isinstance(value, list):
        for item in value:
            yield from _calls_in(item, tools) if isinstance(item, dict) else ()
    elif isinstance(value, dict):
        lists = [value[key] for key in _LISTS if isinstance(value.get(key), list)]
        for item in lists:
            yield from _calls_in(item, tools)
        if not lists and (call := _call_in(value, tools)):
            yield call


def _call_in(value: dict[str, Any], tools: ToolParameters) -> FoundCall | None:
    inner = value.get("function")
    if isinstance(inner, dict):
        return _call_in(inner, tools)
    name = _name_in(value, tools)
    if name is None:
        if len(value) == 1 and (only := next(iter(value))) in tools:
            return make_call(only, value[only], tools)  # {"search": {"query": "…"}}
        return None
    given = next((value[key] for key in _ARGUMENTS if key in value), None)
    if given is None:
        given = {key: item for key, item in value.items() if key not in (*_NAMES, "id", "type")}
    elif isinstance(given, dict) and "properties" in given and "type" in given:
        return None  # a tool's definition, repeated
    return make_call(name, given, tools)


def _name_in(value: dict[str, Any], tools: ToolParameters) -> str | None:
    """The tool that an object names. An unknown tool counts only if there are arguments too."""
    names = [value[key] for key in _NAMES if isinstance(value.get(key), str)]
    names = [name.removeprefix("functions.") for name in names]
    known = next((name for name in names if name in tools), None)
    if known is None and any(_is_object(value.get(key)) for key in _ARGUMENTS):
        return next((name for name in names if re.fullmatch(NAME, name)), None)
    return known


def _is_object(value: Json) -> bool:
    """Whether ``value`` is a JSON object, or the text of one."""
    return isinstance(value, dict) or (isinstance(value, str) and value.strip().startswith("{"))


def _without_wrapping(text: str) -> str:
    """``text`` without the fences and tags around a call."""
    text = _WRAPPING.sub("", text).strip()
    return "" if re.fullmatch(r"[\s{}\[\](),;]*", text) else text
