"""How agents handle the replies that models really send: the tables run through the public API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pyagent import CodeAgent, ScriptedModel, tool
from pyagent.models.base import ReplyDone
from pyagent.protocol import TokenUsage
from support.agents.scripted_agents import actions, asked, block, caller_with, requests_of
from support.agents.shapes_of_calls import ANSWERING, BROKEN, CALLING, MENTIONING
from support.agents.shapes_of_code import ACTING, CUT_OFF, QUOTING, REPEATING, SPEAKING


@tool
def double(n: int) -> int:
    """Twice a number.

    Args:
        n: The number.
    """
    return 2 * n


@pytest.fixture(scope="module")
def coder() -> Iterator[CodeAgent]:
    """One agent for all shapes, because an executor starts slowly. Each run resets it."""
    with CodeAgent([double], ScriptedModel()) as agent:
        yield agent


@pytest.mark.parametrize("reply", ACTING.values(), ids=ACTING)
def test_code_runs_in_every_shape(coder: CodeAgent, reply: str) -> None:
    coder.model = ScriptedModel([reply])
    result = coder.run("Add 3 and 4.", reset=True)
    (step,) = actions(result.steps)
    assert result.output == 7, step


@pytest.mark.parametrize(("reply", "answer"), SPEAKING.values(), ids=SPEAKING)
def test_words_after_work_are_the_answer(coder: CodeAgent, reply: str, answer: str) -> None:
    coder.model = ScriptedModel([block("x = 7"), reply])
    result = coder.run("Add 3 and 4.", reset=True)
    assert result.output == answer
    assert [step.code for step in actions(result.steps)] == ["x = 7", ""]


@pytest.mark.parametrize("reply", QUOTING.values(), ids=QUOTING)
def test_code_that_an_answer_quotes_does_not_run_again(coder: CodeAgent, reply: str) -> None:
    coder.model = ScriptedModel([block("x = 3 + 4\nprint(x)"), reply])
    result = coder.run("Add 3 and 4.", reset=True)
    assert result.output == reply
    assert [step.code for step in actions(result.steps)] == ["x = 3 + 4\nprint(x)", ""]


@pytest.mark.parametrize("reply", REPEATING.values(), ids=REPEATING)
def test_code_that_is_meant_to_run_again_does(coder: CodeAgent, reply: str) -> None:
    again = "print(double(7))"
    coder.model = ScriptedModel([block(again), reply, block("final_answer(7)")])
    result = coder.run("Wait for 15.", reset=True)
    assert [step.code for step in actions(result.steps)] == [again, again, "final_answer(7)"]


@pytest.mark.parametrize("reply", CUT_OFF.values(), ids=CUT_OFF)
def test_code_that_was_cut_off_does_not_run(coder: CodeAgent, reply: str) -> None:
    end = ReplyDone(finish_reason="length", token_usage=TokenUsage())
    coder.model = ScriptedModel([[reply, end], block("final_answer(7)")])
    result = coder.run("Send it.", reset=True)
    assert "side effect" not in asked(coder).rpartition("Observation:")[2]
    assert "was cut off" in asked(coder)
    assert (result.output, len(requests_of(coder))) == (7, 2)


@pytest.mark.parametrize("reply", CALLING.values(), ids=CALLING)
def test_tool_is_called_in_every_shape(reply: str) -> None:
    answer = '{"name": "final_answer", "arguments": {"answer": "done"}}'
    with caller_with(reply, answer, tools=[double], native=False) as caller:
        result = caller.run("Double 7.")
    first, _ = actions(result.steps)
    assert [(use.name, use.arguments) for use in first.tool_uses] == [("double", {"n": 7})]
    assert "double: 14" in first.observation
    assert result.output == "done"


@pytest.mark.parametrize(("reply", "answer"), ANSWERING.values(), ids=ANSWERING)
def test_answer_of_a_model_with_native_calls_is_its_text(reply: str, answer: str) -> None:
    with caller_with(reply, tools=[double]) as caller:
        assert caller.run("Double 3.5.").output == answer


@pytest.mark.parametrize("native", [True, False], ids=["native", "text"])
@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_call_that_cannot_be_read_is_an_error_each_time(reply: str, native: bool) -> None:
    with caller_with(*[reply] * 4, tools=[double], native=native, max_steps=3) as caller:
        result = caller.run("Double 7.")
    assert (result.success, result.reason) == (False, "max_steps")
    assert all(step.error is not None for step in actions(result.steps))
    assert len(result.steps) == 3


# Python that runs is a call that a CodeAgent can read.
_BROKEN_FOR_CODE = {name: reply for name, reply in BROKEN.items() if "Python" not in name}


@pytest.mark.parametrize("reply", _BROKEN_FOR_CODE.values(), ids=_BROKEN_FOR_CODE)
def test_call_that_cannot_be_read_is_no_answer_of_a_code_agent(
    coder: CodeAgent, reply: str
) -> None:
    coder.model = ScriptedModel([block("x = 1"), reply, reply, block("final_answer(7)")])
    result = coder.run("Double 7.", reset=True)
    assert result.output == 7
    assert ["has a mistake" in step.observation for step in actions(result.steps)] == [
        *(False, True, True, False)
    ]


@pytest.mark.parametrize("text", MENTIONING.values(), ids=MENTIONING)
def test_words_about_calls_are_an_answer(coder: CodeAgent, text: str) -> None:
    with caller_with(text, tools=[double]) as caller:
        assert caller.run("Explain.").output == text
    coder.model = ScriptedModel([block("x = 1"), text])
    assert coder.run("Explain.", reset=True).output == text


def test_unknown_tool_in_the_markup_of_a_call_is_no_answer_of_a_native_model() -> None:
    reply = '<tool_call>{"name": "halve", "arguments": {"n": 7}}</tool_call>'
    with caller_with(reply, "It is 3.5.", tools=[double]) as caller:
        assert caller.run("Halve 7.").output == "It is 3.5."
        assert "There is no tool 'halve'" in asked(caller)


def test_unclosed_thought_of_a_model_with_native_calls_is_not_an_answer() -> None:
    replies = ("<think>Secret.", "It is 7.")
    with caller_with(*replies, tools=[double]) as caller:
        assert caller.run("Double 3.5.").output == "It is 7."
