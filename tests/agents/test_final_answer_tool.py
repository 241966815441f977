"""A program's own ``final_answer``, which asks for more or changes the answer."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from pyagent import (
    CodeAgent,
    FinalAnswerTool,
    ScriptedModel,
    Tool,
    ToolCallingAgent,
    ToolDefinitionError,
    tool,
)
from pyagent.agents.base import Agent
from pyagent.tools import from_schema
from support.agents.scripted_agents import (
    agent_with,
    asked,
    block,
    caller_with,
    price_of,
    requests_of,
    use,
)


class WithSources(FinalAnswerTool):
    description = "Give the answer and its sources."
    inputs: ClassVar = {
        "answer": {"type": "string", "description": "The answer."},
        "sources": {"type": "array", "description": "Where it comes from."},
    }
    output_type = "object"

    def forward(self, answer: str, sources: list[str]) -> dict[str, Any]:
        if not sources:
            raise ValueError("Name a source.")
        return {"answer": answer, "sources": sources}


class Loud(FinalAnswerTool):
    def forward(self, answer: Any) -> Any:
        """Give the answer.

        Args:
            answer: The answer.
        """
        return str(super().forward(answer)).upper()


class Described(FinalAnswerTool):
    description = "Answer in one word."


class Async(FinalAnswerTool):
    async def forward(self, answer: Any) -> Any:
        """Give the answer.

        Args:
            answer: The answer.
        """
        return [answer, answer]


@tool
def final_answer(text: str, sure: bool = True) -> str:
    """Give the answer.

    Args:
        text: The answer.
        sure: Whether it is sure.
    """
    return text if sure else f"Perhaps {text}"


CASES: list[tuple[Tool, dict[str, Any], Any]] = [
    (WithSources(), {"answer": "7", "sources": ["a"]}, {"answer": "7", "sources": ["a"]}),
    (Loud(), {"answer": "seven"}, "SEVEN"),
    (Described(), {"answer": [1, 2]}, [1, 2]),
    (Async(), {"answer": 7}, [7, 7]),
    (final_answer, {"text": "7", "sure": False}, "Perhaps 7"),
    (FinalAnswerTool(), {"answer": 7}, 7),
]


@pytest.mark.parametrize(("own", "arguments", "output"), CASES)
def test_it_gives_the_answer_of_code(own: Tool, arguments: Any, output: Any) -> None:
    code = f"try:\n    final_answer(**{arguments!r})\nexcept BaseException:\n    pass\nprint('on')"
    with agent_with(block(code), tools=[own]) as agent:
        result = agent.run("Go.").raise_for_problem()
    assert result.output == output
    assert len(result.steps) == 1


@pytest.mark.parametrize(("own", "arguments", "output"), CASES)
@pytest.mark.parametrize("native", [True, False])
def test_it_gives_the_answer_of_a_call(
    own: Tool, arguments: Any, output: Any, native: bool
) -> None:
    call: Any = [use("final_answer", **arguments)]
    if not native:
        call = json.dumps({"name": "final_answer", "arguments": arguments})
    with caller_with(call, tools=[price_of, own], native=native) as agent:
        assert agent.run("Go.").raise_for_problem().output == output


def test_model_reads_its_parameters_once() -> None:
    code = CodeAgent([WithSources()], ScriptedModel([]))
    assert code.system_prompt.count("def final_answer(") == 1
    assert "def final_answer(answer: str, sources: list)" in code.system_prompt
    with caller_with([use("final_answer", answer="7", sources=["a"])], tools=[WithSources()]) as it:
        it.run("Go.")
        (spec,) = requests_of(it)[0].tools
    assert list(spec.parameters["properties"]) == ["answer", "sources"]
    short = ToolCallingAgent([WithSources()], ScriptedModel([], prompt_style="short"))
    told = '{"name": "final_answer", "arguments": {"answer": "...", "sources": "..."}}'
    assert told in short.system_prompt


@pytest.mark.parametrize(
    ("make", "bad", "good"),
    [
        (agent_with, "final_answer('7', [])", "final_answer('7', ['a'])"),
        (caller_with, {"answer": "7", "sources": []}, {"answer": "7", "sources": ["a"]}),
    ],
)
def test_its_error_is_read_by_the_model(make: Any, bad: Any, good: Any) -> None:
    replies = [
        block(said) if isinstance(said, str) else [use("final_answer", **said)]
        for said in (bad, good)
    ]
    with make(*replies, tools=[WithSources()]) as agent:
        assert agent.run("Go.").output == {"answer": "7", "sources": ["a"]}
        assert "Name a source." in asked(agent)


@pytest.mark.parametrize("make", [agent_with, caller_with])
def test_checks_get_what_it_returns(make: Any) -> None:
    seen: list[Any] = []
    reply = block("final_answer('a')") if make is agent_with else [use("final_answer", answer="a")]

    def check(answer: Any) -> bool:
        seen.append(answer)
        return True

    with make(reply, tools=[Loud()], final_answer_checks=[check]) as agent:
        agent.run("Go.").raise_for_problem()
    assert seen == ["A"]


def test_it_is_saved_and_copied_with_its_agent() -> None:
    agent = CodeAgent([Loud()], ScriptedModel([]))
    assert [tool.name for tool in agent.copy().tools] == ["final_answer"]
    again = Agent.from_dict(agent.to_dict(), model=ScriptedModel([]))
    assert isinstance(next(iter(again.tools)), Loud)


def test_tool_of_a_page_or_a_server_cannot_be_it() -> None:
    stranger = from_schema("final_answer", "Ends.", {"type": "object"}, lambda given: given)
    with pytest.raises(ToolDefinitionError, match="cannot be called 'final_answer'"):
        CodeAgent([stranger], ScriptedModel([]))


@pytest.mark.parametrize("kind", [CodeAgent, ToolCallingAgent])
def test_a_subclass_may_be_written_without_hints_as_for_smolagents(kind: Any) -> None:
    class Doubled(FinalAnswerTool):
        def forward(self, answer):  # type: ignore[no-untyped-def]
            return answer * 2

    tool = Doubled()
    assert (tool.signature, tool.in_guest) == ("(answer: Any) -> Any", False)
    assert kind([tool], ScriptedModel()).tools
