"""The table of call markups: each row's example is read by both kinds of agent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pyagent import CodeAgent, ScriptedModel, tool
from pyagent.messages import ToolSpec
from pyagent.parsing.markups import MARKUPS, Markup
from pyagent.parsing.tool_calls import holds_tool_use, read_tool_uses
from support.agents.scripted_agents import actions, caller_with


@tool
def search(query: str) -> str:
    """Search.

    Args:
        query: What for.
    """
    return f"found {query}"


SPEC = ToolSpec(name="search", description=search.description, parameters=search.parameters)
ROWS = pytest.mark.parametrize("row", MARKUPS, ids=[row.models for row in MARKUPS])


@pytest.fixture(scope="module")
def coder() -> Iterator[CodeAgent]:
    """One agent for all rows, because an executor starts slowly."""
    with CodeAgent([search], ScriptedModel()) as agent:
        yield agent


@ROWS
def test_example_is_read_and_only_words_are_left(row: Markup) -> None:
    said, uses = read_tool_uses(row.example, [SPEC])
    assert [(use.name, use.arguments, use.fault) for use in uses] == [
        ("search", {"query": "tea"}, "")
    ]
    assert said in ("", "I search.", "Thought: I search.")


@ROWS
def test_two_calls_are_read_in_order(row: Markup) -> None:
    text = row.example + "\n" + row.example.replace("tea", "milk")
    _, uses = read_tool_uses(text, [SPEC])
    assert [use.arguments for use in uses] == [{"query": "tea"}, {"query": "milk"}]


@ROWS
def test_example_is_a_whole_call_while_it_streams(row: Markup) -> None:
    text = row.example.rstrip()
    assert any(holds_tool_use(text[:end], [SPEC]) for end in range(len(text) + 1))


@ROWS
@pytest.mark.parametrize("native", [True, False], ids=["native", "text"])
def test_tool_calling_agent_calls_the_tool(row: Markup, native: bool) -> None:
    answer = '{"name": "final_answer", "arguments": {"answer": "done"}}'
    with caller_with(row.example, answer, tools=[search], native=native) as agent:
        result = agent.run("Go.")
    assert "search: found tea" in actions(result.steps)[0].observation
    assert result.output == "done"


@ROWS
def test_code_agent_calls_the_tool(coder: CodeAgent, row: Markup) -> None:
    coder.model = ScriptedModel([row.example, "```python\nfinal_answer('done')\n```"])
    result = coder.run("Go.", reset=True)
    first = actions(result.steps)[0]
    assert "found tea" in first.observation, first
    assert result.output == "done"
