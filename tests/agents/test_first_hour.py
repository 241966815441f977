"""What a newcomer meets first: how objects print, what is wrong with an argument, and progress."""

from __future__ import annotations

from typing import Any

import pytest

from pyagent import (
    CodeAgent,
    ModelError,
    OpenAIModel,
    ScriptedModel,
    ToolCallingAgent,
    ToolDefinitionError,
    WikipediaTool,
    tool,
)
from support.agents.scripted_agents import agent_with, block, caller_with

MODEL = ScriptedModel([])


@tool
def double(n: int) -> int:
    """Twice a number.

    Args:
        n: The number.
    """
    return 2 * n


@pytest.mark.parametrize(
    ("tools", "model", "message"),
    [
        ([], None, r'CodeAgent needs a model: CodeAgent\(tools, OpenAIModel\("gpt-5-mini"\)\)'),
        ([], "gpt-5-mini", r'not str\. Write CodeAgent\(tools, OpenAIModel\("gpt-5-mini"\)\)'),
        ([], "claude-sonnet-4-5", r'LiteLLMModel\("anthropic/claude-sonnet-4-5"\)'),
        ([], "groq/llama-3.3-70b", r'LiteLLMModel\("groq/llama-3.3-70b"\)'),
        ([], OpenAIModel, r'not the class OpenAIModel\. Make one of it: OpenAIModel\("\.\.\."\)'),
        ([], lambda messages: "hi", r"derives from Model and writes reply\(\)"),
        (MODEL, None, r"The tools come first and the model second: CodeAgent\(tools, model\)"),
        (double, MODEL, r"tools must be a list of tools, as in CodeAgent\(\[my_tool\], model\)"),
        (len, MODEL, "tools must be a list of tools"),
        ("double", MODEL, "tools must be a list of tools"),
        (None, MODEL, "tools must be a list of tools"),
    ],
)
def test_wrong_parts_of_an_agent_are_refused_with_what_to_write(
    tools: Any, model: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        CodeAgent(tools, model)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (len, "len is not a tool. Decorate the function with @tool"),
        (
            WikipediaTool,
            r"WikipediaTool is a class and not a tool. Make one of it: Wiki",
        ),
        (CodeAgent([], MODEL, name="helper"), "'helper' is not a tool. Give it in managed_agents"),
        ("search", "'search' is not a tool"),
    ],
)
def test_what_is_not_a_tool_is_refused_with_what_to_write(given: Any, advice: str) -> None:
    with pytest.raises(ToolDefinitionError, match=advice):
        ToolCallingAgent([given], MODEL)


def test_agent_prints_in_a_short_line() -> None:
    agent = CodeAgent([double], ScriptedModel([], model_id="m"), name="me")
    assert repr(agent) == "CodeAgent('me', model='m', tools=[double])"
    assert repr(ToolCallingAgent([], ScriptedModel([], model_id="m"))) == (
        "ToolCallingAgent(model='m', tools=[])"
    )


def test_result_prints_in_a_short_line_and_is_true_after_an_answer() -> None:
    with agent_with(block("print('x' * 9_000)"), block("final_answer('y' * 9_000)")) as agent:
        result = agent.run("Go.")
    assert result
    assert repr(result).startswith("RunResult(output='yyyy")
    assert "success=True, reason='answered', steps=2, tokens=" in repr(result)
    assert len(repr(result)) < 250
    assert "\n" not in repr(result)


def test_result_prints_its_problem_and_is_false_after_a_failure() -> None:
    with caller_with(ModelError("The model is ill. " * 90)) as agent:
        result = agent.run("Go.")
    assert not result
    assert "output=None, success=False, reason='error', problem='The model is ill." in repr(result)
    assert len(repr(result)) < 400


def test_result_at_max_steps_is_false_though_it_has_an_output() -> None:
    with agent_with(block("x = 1"), "Perhaps 1.", max_steps=1) as agent:
        result = agent.run("Go.")
    assert (result.output, bool(result)) == ("Perhaps 1.", False)


def test_progress_is_shown_to_a_script_that_asks_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    replies = [block("print(6 * 7)"), block("final_answer('It is 42.')")]
    with agent_with(*replies, verbosity_level=1) as agent:
        agent.run("Go.")
    out, err = capsys.readouterr()
    assert out == ""
    for part in ("Step 1", "print(6 * 7)", "│ 42", "Step 2", "It is 42.", "2 steps · "):
        assert part in err


def test_nothing_is_printed_by_default_or_by_copies_at_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("Go.")
    with caller_with("One.", "Two.", verbosity_level=1) as agent:
        assert [item.result.success for item in agent.map(["a", "b"], concurrency=1)] == [True] * 2
    assert capsys.readouterr() == ("", "")
