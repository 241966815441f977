"""The shapes of tool calls in the text of models, and the calls that are read from them."""

from __future__ import annotations

from typing import Any

import pytest

from pyagent import Tool, tool
from pyagent.messages import ToolSpec, ToolUse
from pyagent.parsing.tool_calls import MAX_USES, holds_tool_use, read_tool_uses

CALL = '{"name": "search", "arguments": {"query": "tea"}}'
TEA = [("search", {"query": "tea"})]


@tool
def search(query: str, limit: int = 5) -> str:
    """Search.

    Args:
        query: What for.
        limit: How many.
    """
    return query


@tool
def weather(city: str) -> str:
    """Weather.

    Args:
        city: Where.
    """
    return city


def _spec(one: Tool) -> ToolSpec:
    return ToolSpec(name=one.name, description=one.description, parameters=one.parameters)


FINAL_ANSWER = ToolSpec(
    name="final_answer", description="End.", parameters={"properties": {"answer": {}}}
)
TOOLS = [_spec(search), _spec(weather), FINAL_ANSWER]

SHAPES: dict[str, tuple[str, str, list[tuple[str, dict[str, Any]]]]] = {
    "bare": (CALL, "", TEA),
    "fenced": (f"I search.\n```json\n{CALL}\n```", "I search.", TEA),
    "prose around": (f"First:\n{CALL}\nThen I look.", "First:\nThen I look.", TEA),
    "tag": (f"<tool_call>\n{CALL}\n</tool_call>", "", TEA),
    "tag without its end": (f"<tool_call>{CALL}", "", TEA),
    "several in tags": (f"<tool_call>{CALL}</tool_call>\n" * 2, "", TEA * 2),
    "list": (f"[{CALL}, {CALL}]", "", TEA * 2),
    "list in an object": (f'{{"tool_calls": [{CALL}]}}', "", TEA),
    "as in the API": (
        '{"type": "function", "function": '
        '{"name": "search", "arguments": "{\\"query\\": \\"tea\\"}"}}',
        "",
        TEA,
    ),
    "other names": ('{"tool": "search", "parameters": {"query": "tea"}}', "", TEA),
    "flat": ('{"name": "search", "query": "tea"}', "", TEA),
    "short": ('{"search": {"query": "tea"}}', "", TEA),
    "namespace": (CALL.replace('"search"', '"functions.search"'), "", TEA),
    "only argument": ('{"name": "weather", "input": "Rome"}', "", [("weather", {"city": "Rome"})]),
    "answer as text": ('{"final_answer": "Paris"}', "", [("final_answer", {"answer": "Paris"})]),
    "unknown tool": (CALL.replace("search", "find"), "", [("find", {"query": "tea"})]),
    "ReAct": ('I look.\nAction: search\nAction Input: {"query": "tea"}', "I look.", TEA),
    "ReAct in JSON": ('{"action": "search", "action_input": {"query": "tea"}}', "", TEA),
    "Mistral": (f"[TOOL_CALLS] [{CALL}]", "", TEA),
    "newer Mistral": ('[TOOL_CALLS]search[ARGS]{"query": "tea"}', "", TEA),
    "Llama": ('<function=search>{"query": "tea"}</function>', "", TEA),
    "Llama's marker": (f"<|python_tag|>{CALL}<|eom_id|>", "", TEA),
    "Llama's own tools": ('<|python_tag|>search.call(query="tea")', "", TEA),
    "Qwen": ('✿FUNCTION✿: search\n✿ARGS✿: {"query": "tea"}', "", TEA),
    "Qwen's tags": (
        "<tool_call>\n<function=search>\n<parameter=query>\ntea\n</parameter>\n"
        "<parameter=limit>\n3\n</parameter>\n</function>\n</tool_call>",
        "",
        [("search", {"query": "tea", "limit": 3})],
    ),
    "invoke": (
        'So:\n<function_calls>\n<invoke name="search">\n<parameter name="query">5</parameter>\n'
        "</invoke>\n</function_calls>",
        "So:",
        [("search", {"query": "5"})],
    ),
    "gpt-oss": (
        "<|channel|>commentary to=functions.search <|constrain|>json<|message|>"
        '{"query": "tea"}<|call|>',
        "",
        TEA,
    ),
    "DeepSeek": (
        "<\uff5ctool▁calls▁begin\uff5c><\uff5ctool▁call▁begin\uff5c>function<\uff5ctool▁sep\uff5c>"
        'search\n```json\n{"query": "tea"}\n```<\uff5ctool▁call▁end\uff5c>',
        "",
        TEA,
    ),
    "Python": ('search(query="tea")', "", TEA),
    "Python by position": ("```tool_code\nprint(search('tea', 3))\n```", "", [
        ("search", {"query": "tea", "limit": 3})
    ]),
    "Python in a list": ('[search(query="tea"), weather(city="Rome")]', "", [
        *TEA, ("weather", {"city": "Rome"})
    ]),
    "single quotes": ("{'name': 'search', 'arguments': {'query': 'tea'}}", "", TEA),
    "apostrophes": (
        """{'name': 'search', 'arguments': {'query': "Pat's", 'limit': None}}""",
        "",
        [("search", {"query": "Pat's", "limit": None})],
    ),
    "trailing commas": ('{"name": "search", "arguments": {"query": "tea",},}', "", TEA),
    "comments": ('{"name": "search", // look\n"arguments": {"query": "tea"} # so\n}', "", TEA),
    "bare keys": ('{name: "search", arguments: {query: "tea"}}', "", TEA),
    "curly quotes": ("{“name”: “search”, “arguments”: {“query”: “tea”}}", "", TEA),
    "newline in a string": (CALL.replace("tea", "a\nb"), "", [("search", {"query": "a\nb"})]),
    "wrong escapes": (CALL.replace("tea", r"\d it\'s"), "", [("search", {"query": r"\d it's"})]),
    "last brace missing": (f"<tool_call>{CALL[:-1]}\n</tool_call>", "", TEA),
    "a brace too many": (f"{CALL}}}", "", TEA),
    "colours": (f"\x1b[32m{CALL}\x1b[0m", "", TEA),
    "thinking": (f"<think>{CALL}</think>{CALL}", "", TEA),
    "thinking without end": (f"<think>I search.\n{CALL}", "I search.", TEA),
    "brackets in prose": (f"See [1] and {{x}}: {CALL}", "See [1] and {x}:", TEA),
    "brackets in strings": (CALL.replace("tea", "}]{["), "", [("search", {"query": "}]{["})]),
}  # fmt: skip

NO_CALLS = {
    "prose": "I would use search (or weather) for that, as in search().",
    "data": '```json\n{"name": "Ada", "age": 36}\n```',
    "a tool's definition": '{"name": "search", "parameters": {"type": "object", "properties": {}}}',
    "code in arguments": "search(query=open('x').read())",
    "nothing": "",
}


@pytest.mark.parametrize(("text", "said", "calls"), SHAPES.values(), ids=SHAPES)
def test_calls_and_words_are_told_apart(
    text: str, said: str, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    words, uses = read_tool_uses(text, TOOLS)
    assert [(use.name, use.arguments, use.fault) for use in uses] == [(*call, "") for call in calls]
    assert words == said
    assert [use.id for use in uses] == [f"text_{i + 1}" for i in range(len(uses))]


@pytest.mark.parametrize("text", NO_CALLS.values(), ids=NO_CALLS)
def test_text_without_a_call_stays_text(text: str) -> None:
    assert read_tool_uses(text, TOOLS) == (text, ())


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ('"not json"', "the arguments are not JSON: Expecting value"),
        (f'"{"[" * 101}"', "the arguments are nested more than 100 levels deep"),
        ("7", "must be a JSON object, not int"),
    ],
)
def test_arguments_that_cannot_be_read_are_a_fault(arguments: str, fault: str) -> None:
    _, (use,) = read_tool_uses(f'{{"name": "search", "arguments": {arguments}}}', TOOLS)
    assert isinstance(use, ToolUse)
    assert fault in use.fault


@pytest.mark.parametrize(
    "text",
    [
        f"I search.\n{CALL}",
        "<function=search><parameter=query>a > b</parameter></function>",
        'search(query="(tea)")',
    ],
)
def test_call_is_seen_only_once_it_is_complete(text: str) -> None:
    assert [i for i in range(len(text) + 1) if holds_tool_use(text[:i], TOOLS)] == [len(text)]


HOSTILE = ["[", '{"', "{'", "\\'", '{"a":', "<function=a>", "<parameter=a>", "search(", "{{}", "`"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_long_hostile_text_does_no_harm(piece: str) -> None:
    # If work grew with the square of the length, this would take an hour.
    text = f'{{"name": "search", "arguments": {piece * (100_000 // len(piece))}'
    assert len(read_tool_uses(text, TOOLS)[1]) <= MAX_USES
