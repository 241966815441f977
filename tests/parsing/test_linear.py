"""Reading a reply takes a number of steps that grows with its length, whatever it holds."""

from __future__ import annotations

import pytest

from pyagent import ScriptedModel, ToolCallingAgent, tool
from pyagent.messages import ToolSpec
from pyagent.models.base import TextDelta
from pyagent.parsing import named_elements
from pyagent.parsing.code import has_closed_block, parse_reply, parse_structured
from pyagent.parsing.plans import announces_step
from pyagent.parsing.tool_calls import read_tool_uses
from pyagent.parsing.unread import looks_like_call
from support.counted_patterns import count_patterns

STEPS_PER_CHAR = 150
"""What all readers may take together. Work that grows with the square would take thousands."""

SPECS = [
    ToolSpec(
        name="search", description="", parameters={"properties": {"query": {"type": "string"}}}
    )
]
PIECES = [
    *("[", "{", "(", "{}", "[]", "[1]", '{"', "{'", '{"a":', "[1,", "{[}", "{a}{", "[{}]", "{\n"),
    *(
        "f(x\n",
        "x[0].",
        "x = [\n",
        "(a\n]\n",
        "x\n]\n",
        "def f(\n",
        "search(",
        "[search(",
        "x ```\n",
    ),
    *("```\n", "```py\n", "'''", '"""', "`", '"', "'", '= "', "\\", "#", " ", "\n", "<", "</code"),
    *("<code>", "<think>", "</think>", "<parameter=a>", "<escape>", "<tool_call>", "<|channel|>"),
    *("<tool_call>search<arg_key>", '<invoke name="a">', "<function=search>{}", "search\n{"),
    *("<|tool_call_begin|>", "[TOOL_CALLS]", "Action: search\n", "✿FUNCTION✿: a\n", "I will "),
    *('"name": "search" ', '"arguments": {', "print(search(x", "<search>\n<a>", "Action: search["),
    *("<search><query>", "<search><query>a</query>", "<search>{", "<search></query>", "</search>"),
    *(
        '<invoke name="search"><query>',
        "<query><query>a</query>",
        "<|open|>call",
        "<|open|>a<|sep|>",
    ),
    *("]<]minimax[>[", "<|tool_call:start|>search\n", "<|tool_arg:start|>a<|tool_arg:value|>"),
    *(
        "<|plamo:begin_tool_name:plamo|>a",
        ">>>search\n",
        "to=functions.a <|message|> ",
        "<ifm|arg_key>",
    ),
    *(
        '<call tool="search">',
        '<argument key="a">',
        "<|START_THINKING|>",
        "[unused11]",
        "<![CDATA[",
    ),
    *('<search a="', "[code]\n", "<code_block>", "<end_code>\n", "functions.search:0 "),
    *('{"name": search", "arguments": {', '{"name": "search", "arguments": {"query": "tea"}}'),
]
TEXTS = {piece: piece * (60_000 // len(piece)) for piece in PIECES}
TEXTS["nested lists"] = "[" * 30_000 + "]" * 30_000
TEXTS["nested objects"] = '{"a":' * 12_000 + "}" * 12_000
TEXTS["nested calls"] = "f(" * 20_000 + ")" * 20_000


@pytest.mark.parametrize("name", TEXTS)
def test_steps_grow_with_the_length(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = count_patterns(monkeypatch, "pyagent.parsing")
    text = TEXTS[name]
    parse_reply(text, SPECS)
    parse_structured(text)
    has_closed_block(text)
    read_tool_uses(text, SPECS)
    looks_like_call(text, ["search"])
    announces_step(text)
    assert 0 < counter.count < STEPS_PER_CHAR * len(text)


@pytest.mark.parametrize(
    "piece",
    [
        *("<search>", "<search><search>", "<search></search>", "<search><search></search>"),
        *("<search><query>", "<search><query></query>", "<search>{", '<invoke name="search">'),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["streaming", "whole"])
def test_elements_are_read_in_few_steps(
    piece: str, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    is_blank = named_elements._Reader._is_blank

    def counted(self: named_elements._Reader, position: int, index: int) -> bool:
        looks.append(index)
        return is_blank(self, position, index)

    monkeypatch.setattr(named_elements._Reader, "_is_blank", counted)
    spec = ToolSpec(name="search", description="", parameters={"properties": {"search": {}}})
    text = piece * (20_000 // len(piece))
    read_tool_uses(text, [spec], whole=whole)
    assert len(looks) < len(text)


def test_deeply_nested_reply_is_read_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = count_patterns(monkeypatch, "pyagent.parsing")
    text = "[" * 400_000 + "]" * 400_000
    assert read_tool_uses(text, SPECS) == (text, ())
    assert parse_reply(text, SPECS).code == ""
    assert counter.count < 40 * len(text)


@tool
def search(query: str) -> str:
    """Search.

    Args:
        query: What for.
    """
    return query


def test_reply_in_many_pieces_is_not_read_anew_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = count_patterns(monkeypatch, "pyagent.parsing")
    pieces = [TextDelta(text="a}")] * 3_000
    model = ScriptedModel([[*pieces], "Well."], prompt_style="short")
    with ToolCallingAgent([search], model, max_steps=1) as agent:
        agent.run("Go.")
    assert counter.count < 20_000_000  # anew for each would be ten times as much
