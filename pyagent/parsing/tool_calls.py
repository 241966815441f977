"""Finds tool calls in the text of a reply. Agents call it in each step; its functions are pure.

Models without native tool calls, above all small ones, write JSON: bare, fenced, in tags, in a
list, with prose around it, and under many names. Others write tags of their own, or Python. The
text is hostile: nothing is evaluated, the length of the text bounds the work, and whatever cannot
be read stays text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pyagent.errors import ProtocolError
from pyagent.messages import ToolSpec, ToolUse
from pyagent.parsing.dialects import element_calls, python_calls
from pyagent.parsing.found_call import (
    NAME,
    NAMESPACE,
    STRING,
    CallSpan,
    FoundCall,
    ToolParameters,
    find_bracket,
    make_call,
)
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.parsing.markers import spoken_text, unclosed_thought
from pyagent.parsing.markups import MARKUPS
from pyagent.parsing.named_elements import named_element_calls
from pyagent.protocol import Json

MAX_USES = 64
"""The most calls in one reply."""
_MAX_VALUES = 2_000
"""The most objects and arrays that are read in one reply."""

NAMES = ("name", "tool", "tool_name", "function_name", "action", "function", "recipient_name")
ARGUMENTS = (
    *("arguments", "parameters", "args", "input", "action_input", "tool_input", "kwargs", "params"),
)
_LISTS = ("tool_calls", "calls", "tools", "actions")
JSON_PARTS = re.compile(rf"{STRING}|[{{}}\[\]]", re.S)
_OPENING = re.compile(r"[{\[]")
_HEADER = re.compile(
    rf"(?:{'|'.join(markup.header for markup in MARKUPS if markup.header)})"
    rf"\s{{0,9}}[\"'`]?({NAME})(?P<between>[^{{}}()]{{0,80}})\Z",
    re.M,
)
"""A tool's name just before its arguments."""
_PARAMETER = re.compile(r"[<|](?:[\w\uff5c]{1,20}[_:|\uff5c] ?)?(?:param|arg_|tool_arg)")
"""The beginning of a parameter: the JSON after it is the value of that one."""
_NO_TOOL = ("directly-answer", "directly_answer")
"""What Command R calls when it wants to call nothing."""
_NAME_ON_A_LINE = re.compile(rf"^[ \t]{{0,9}}({NAME})[ \t]{{0,9}}:?\n\s{{0,9}}\Z", re.M)
"""A name on a line of its own before its arguments, as GLM-4 writes it. Only tools count."""
_NAMESPACE = re.compile(rf"^{NAMESPACE}(?=\w)")
_AFTER_NAME = re.compile(r"(?::\d{1,4}|<\|.*)\Z", re.S)
_QUOTED = re.compile(r"(?P<quote><escape>|<\|\"\|>)(?P<string>.*?)(?P=quote)", re.S)
"""A string between tokens that stand for quotes, as Gemma writes it."""
_WRAPPING = re.compile(
    r"```\w*|</?(?:\w{1,20}[:_|])?(?:tool_calls?|tool_sep|function_calls?|tools?|json|python|invoke"
    r"|function|TOOLCALL|response|use_mcp_tool|arguments|args|bot_end)\b[^>\n]{0,99}>"
    r"|<(?:start|end)_(?:function|of_tool)_call(?::\w{1,20})?>|<\|tool_call>|<tool_call\|>"
    r"|<server_name>[^<>\n]{0,99}</server_name>|\bfunctools$|function call(?=<\|role_sep)"
    r"|(?<=[\uff5c|]>)function\b|<\|(?:from|start)\|>assistant\b|<\|tool_call:begin\|>\w{0,40}"
    r"|<\|message_model\|>[\w.-]{0,99}(?=<\|content_invoke)"
    r"|<\|[^|\n]{1,40}\|>|</?\uff5c[^\uff5c\n]{1,40}\uff5c(?: ?\w{1,20}>|>)?"
    r"|\[/?(?:TOOL_CALLS|ARGS|unused1[12])\]|✿[A-Z]{1,9}✿:?"
    r"|^[ \t]*\*{0,2}(?:Action|Action Input|Tool [Cc]alls?|Calling tools?)[ \t]*\*{0,2}:\*{0,2}"
    r"[ \t]*(?=$|```)|^Call: |^>>>all$",
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
    text = _QUOTED.sub(_in_quotes, text)
    tools = {spec.name: spec.parameters.get("properties", {}) for spec in specs}
    found = _outermost(
        [
            *element_calls(text, tools, whole=whole),
            *named_element_calls(text, tools, whole=whole),
        ]
    )
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


def _outermost(spans: list[CallSpan]) -> list[CallSpan]:
    """Calls in the order of the text, without those that are inside another."""
    kept: list[CallSpan] = []
    for span in sorted(spans, key=lambda one: (one[0], -one[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _json_calls(text: str, tools: ToolParameters, *, whole: bool) -> Iterator[CallSpan]:
    for start, end, value in json_values(text, whole=whole):
        header = _header(text, start, tools) if isinstance(value, dict) else None
        if header is not None and _name_in(value, tools) is None:
            yield header.start(), end, [make_call(_plain(header[1]), value, tools)]
            continue
        calls = list(_calls_in(value, tools))
        if calls or _is_no_call(value):
            yield start, end, calls


def _is_no_call(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_says_no_tool, value))


def _says_no_tool(item: Json) -> bool:
    return isinstance(item, dict) and item.get("tool_name") in _NO_TOOL


def _header(text: str, start: int, tools: ToolParameters) -> re.Match[str] | None:
    """The name of a tool before its arguments, which begin at ``start``."""
    begin = max(start - 200, 0)
    header = _HEADER.search(text, begin, start)
    if header is None:
        header = _NAME_ON_A_LINE.search(text, begin, start)
        return header if header is not None and header[1] in tools else None
    return None if _PARAMETER.search(header["between"]) else header


def _plain(name: str) -> str:
    """A tool's name without the namespaces that models put before it."""
    return _NAMESPACE.sub("", name).rstrip(".-")


def _in_quotes(match: re.Match[str]) -> str:
    return json.dumps(match["string"])


def json_values(text: str, *, whole: bool) -> Iterator[tuple[int, int, Json]]:
    """Start, end and value of every outermost JSON object or array in a text.

    Closing brackets that are missing at the text's end are added, unless ``whole`` is true.
    """
    position, budget, values = 0, 4 * len(text) + 10_000, 0
    while budget > 0 and values < _MAX_VALUES and (opening := _OPENING.search(text, position)):
        start = opening.start()
        end, missing, seen, too_deep = find_bracket(text, start, JSON_PARTS)
        budget -= seen - start
        position = seen if too_deep else opening.end()
        if end is None or (missing and (whole or _without_wrapping(text[end:]))):
            continue
        budget -= end - start  # reading costs as much as looking for the end
        values += 1
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
            if isinstance(item, dict) and not _says_no_tool(item):
                yield from _calls_in(item, tools)
    elif isinstance(value, dict):
        lists = [item for item in (_list_in(value.get(key)) for key in _LISTS) if item is not None]
        for item in lists:
            yield from _calls_in(item, tools)
        if not lists and (call := _call_in(value, tools)):
            yield call


def _list_in(value: Json) -> list[Json] | None:
    """A list, or the list that a text holds as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = parse_loose_json(value)
        except ProtocolError:
            return None
    return value if isinstance(value, list) else None


def _call_in(value: dict[str, Any], tools: ToolParameters) -> FoundCall | None:
    for inner in (value.get("function"), value.get("function_call")):
        if isinstance(inner, dict):
            return _call_in(inner, tools)
    name = _name_in(value, tools)
    if name is None:
        if len(value) == 1 and (only := next(iter(value))) in tools:
            return make_call(only, value[only], tools)  # {"search": {"query": "…"}}
        return None
    given = next((value[key] for key in ARGUMENTS if key in value), None)
    if given is None:
        given = {key: item for key, item in value.items() if key not in (*NAMES, "id", "type")}
    elif isinstance(given, dict) and "properties" in given and "type" in given:
        return None  # a tool's definition, repeated
    return make_call(name, given, tools)


def _name_in(value: dict[str, Any], tools: ToolParameters) -> str | None:
    """The tool that an object names. An unknown tool counts only if there are arguments too."""
    names = [value[key] for key in NAMES if isinstance(value.get(key), str)]
    names = [name if name in tools else _plain_in_text(name) for name in names]
    known = next((name for name in names if name in tools), None)
    if known is None and any(_is_object(value.get(key)) for key in ARGUMENTS):
        return next((name for name in names if re.fullmatch(NAME, name)), None)
    return known


def _plain_in_text(name: str) -> str:
    """A name without a namespace, and without the number or token that may follow it."""
    return _AFTER_NAME.sub("", _plain(name))


def _is_object(value: Json) -> bool:
    """Whether ``value`` is a JSON object, or the text of one."""
    return isinstance(value, dict) or (isinstance(value, str) and value.strip().startswith("{"))


def _without_wrapping(text: str) -> str:
    """``text`` without the fences and tags around a call."""
    text = _WRAPPING.sub("", text).strip()
    return "" if re.fullmatch(r"[\s{}\[\](),;]*", text) else text
