"""Find tool calls in the text of a reply. Called by the run loop; pure functions over text.

Models without native tool calls, small ones above all, write JSON: bare, fenced, in tags, in a
list, with prose around it, and under many names. Text is hostile: it is parsed by the wire's
checked parser, and what cannot be read is left as text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from pyagent.agents.parsing import clean
from pyagent.errors import ProtocolError
from pyagent.messages import ToolUse
from pyagent.protocol import Json
from pyagent.wire import parse_json

MAX_USES = 64
"""In one reply."""

_NAMES = ("name", "tool", "tool_name", "function_name", "action", "function", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input", "kwargs", "params")
_LISTS = ("tool_calls", "calls", "tools", "actions")
_QUOTES_AND_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_OPENING = re.compile(r"[{\[]")


def read_tool_uses(text: str, names: Collection[str]) -> tuple[str, tuple[ToolUse, ...]]:
    """What was said around the calls, and the calls of tools among ``names``, in order.

    Ids are made up here: they count from ``text_1``.
    """
    text = clean(text)
    said, uses = [], []
    position = 0
    for start, end, value in _values(text):
        found = [use for use in _calls(value) if use[0] in names]
        if not found:
            continue
        said.append(text[position:start])
        position = end
        uses += found
    said.append(text[position:])
    numbered = tuple(
        ToolUse(id=f"text_{i}", name=name, arguments=arguments, fault=fault)
        for i, (name, arguments, fault) in enumerate(uses[:MAX_USES], start=1)
    )
    return "\n".join(filter(None, map(_without_wrapping, said))), numbered


def holds_tool_use(text: str, names: Collection[str]) -> bool:
    """Whether a streaming reply already holds a whole call."""
    return text.rstrip().endswith(("}", "]", "```", ">")) and bool(read_tool_uses(text, names)[1])


def _values(text: str) -> Iterator[tuple[int, int, Json]]:
    """Every JSON object or array in a text that stands in no other: start, end, value."""
    position = 0
    while opening := _OPENING.search(text, position):
        end = _end_of(text, opening.start())
        position = opening.end()
        if end is None:
            continue
        try:
            value = parse_json(text[opening.start() : end])
        except ProtocolError:
            continue
        yield opening.start(), end, value
        position = end


def _end_of(text: str, start: int) -> int | None:
    """Where the bracket at ``start`` is closed; None when it is not."""
    depth = 0
    for match in _QUOTES_AND_BRACKETS.finditer(text, start):
        if match.group() in "{[":
            depth += 1
        elif match.group() in "}]":
            depth -= 1
        if depth == 0:
            return match.end()
    return None


def _calls(value: Json) -> Iterator[tuple[str, dict[str, Json], str]]:
    """The calls in a JSON value: name, arguments, and what is wrong with these."""
    if isinstance(value, list):
        for item in value:
            yield from _calls(item) if isinstance(item, dict) else ()
    elif isinstance(value, dict):
        lists = [value[key] for key in _LISTS if isinstance(value.get(key), list)]
        for item in lists:
            yield from _calls(item)
        if not lists and (call := _call(value)):
            yield call


def _call(value: dict[str, Any]) -> tuple[str, dict[str, Json], str] | None:
    inner = value.get("function")
    if isinstance(inner, dict):
        return _call(inner)
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    if name is None and len(value) == 1:
        # {"search": {"query": "…"}}
        [(name, arguments)] = value.items()
        return (name, arguments, "") if isinstance(arguments, dict) else None
    if name is None:
        return None
    given = next((value[key] for key in _ARGUMENTS if key in value), None)
    if given is None:
        given = {key: item for key, item in value.items() if key not in (*_NAMES, "id", "type")}
    return (name.removeprefix("functions."), *_arguments(given))


def _arguments(given: Json) -> tuple[dict[str, Json], str]:
    if isinstance(given, str):
        try:
            given = parse_json(given or "{}")
        except ProtocolError as error:
            return {}, f"The arguments are not JSON: {error.message}"
    if isinstance(given, dict):
        return given, ""
    return {}, f"The arguments must be a JSON object, not {type(given).__name__}."


def _without_wrapping(text: str) -> str:
    """``text`` without the fences and tags that stood around a call."""
    text = re.sub(r"```\w*|</?(?:tool_call|tool_calls|function_call|tool|json)>", "", text)
    return re.sub(r"^\s*(?:Action|Tool call|Calling tools?)\s*:\s*$", "", text, flags=re.M).strip()
