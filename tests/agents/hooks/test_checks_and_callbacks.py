"""Checks of answers, callbacks of steps, and instructions: what a program adds to a run."""

from __future__ import annotations

from typing import Any

import pytest

from pyagent import ActionStep, CodeAgent, Memory, ModelError, Step
from pyagent.agents.base import Agent
from support.agents.scripted_agents import agent_with, asked, block, caller_with, requests_of, use


def _is_long(answer: Any, memory: Memory, agent: Agent) -> bool:
    if len(answer) < 5:
        raise ValueError("five letters at least")
    return True


def test_check_gets_answers_in_plain_text_too() -> None:
    replies = [block("print(1)"), "No.", "Certainly."]
    with agent_with(*replies, final_answer_checks=[_is_long]) as agent:
        assert agent.run("Go.").output == "Certainly."
        assert "AnswerRefused: _is_long: five letters at least" in asked(agent)
    with caller_with("No.", "Certainly.", final_answer_checks=[_is_long]) as caller:
        assert caller.run("Go.").output == "Certainly."
        assert "five letters at least" in asked(caller)


def test_check_gets_the_answer_the_memory_and_the_agent() -> None:
    def check(answer: Any, memory: Memory, agent: CodeAgent) -> bool:
        seen.append((answer, [step.code for step in memory.steps if isinstance(step, ActionStep)]))
        return agent.name == "me"

    seen: list[Any] = []
    with agent_with(
        block("x = 1"), block("final_answer(x)"), name="me", final_answer_checks=[check]
    ) as agent:
        assert agent.run("Go.").output == 1
    assert seen == [(1, ["x = 1"])]


def test_answer_refused_at_every_step_ends_at_max_steps() -> None:
    def never(answer: Any, memory: Memory, agent: Agent) -> bool:
        return False

    replies = [block("final_answer(1)")] * 2
    with agent_with(*replies, "Perhaps 1.", final_answer_checks=[never], max_steps=2) as agent:
        result = agent.run("Go.")
    assert (result.output, result.success, result.reason) == ("Perhaps 1.", False, "max_steps")


def test_callbacks_as_a_list_get_every_step_with_its_observation() -> None:
    def note(step: ActionStep, agent: Agent) -> None:
        seen.append((step.number, step.observation or step.tool_results[0].text))

    seen: list[Any] = []
    replies = [[use("final_answer", answer="no")], [use("final_answer", answer="certainly")]]
    with caller_with(*replies, step_callbacks=[note], final_answer_checks=[_is_long]) as agent:
        agent.run("Go.")
    assert seen == [
        (1, "AnswerRefused: _is_long: five letters at least"),
        (2, "Answer given."),
    ]


def test_callbacks_may_come_from_a_generator() -> None:
    seen: list[int] = []
    callbacks = (lambda step, agent, n=n: seen.append(n) for n in (1, 2))
    with agent_with(block("x = 1"), block("final_answer(x)"), step_callbacks=callbacks) as agent:
        agent.run("Go.")
    assert seen == [1, 2, 1, 2]


def test_callback_may_end_the_run() -> None:
    def stop(step: Step, agent: Agent) -> None:
        agent.interrupt()

    with agent_with(block("x = 1"), block("x = 2"), step_callbacks=[stop]) as agent:
        result = agent.run("Go.")
    assert (result.reason, len(result.steps)) == ("cancelled", 1)


def test_agent_error_in_a_callback_ends_the_run_with_its_message() -> None:
    def stop(step: Step, agent: Agent) -> None:
        raise ModelError("That is enough.", kind="enough")

    with agent_with(block("x = 1"), step_callbacks={ActionStep: stop}) as agent:
        result = agent.run("Go.")
    assert result.problem is not None
    assert (result.problem.kind, result.problem.message) == ("enough", "That is enough.")


@pytest.mark.parametrize("make", [agent_with, caller_with])
def test_instructions_are_the_last_part_of_the_system_prompt(make: Any) -> None:
    with make("Hi.", "Hi.", instructions="  Answer in French.\n") as agent:
        agent.run("Go.")
        system = requests_of(agent)[0].messages[0].content
    assert system.endswith("# Instructions\n\nAnswer in French.")


def test_instructions_may_change_between_runs() -> None:
    with caller_with("One.", "Two.") as agent:
        agent.run("Go.")
        agent.instructions = "Answer in French."
        agent.run("Go.")
        first, second = (request.messages[0].content for request in requests_of(agent))
    assert "French" not in first
    assert "French" in second


def test_values_and_variables_are_gone_after_reset() -> None:
    look = block("final_answer([name for name in ('given', 'made') if name in globals()])")
    with agent_with(block("made = 1"), look, look, look) as agent:
        assert agent.run("One.", additional_args={"given": 1}).output == ["given", "made"]
        assert agent.run("Two.").output == ["given", "made"]
        assert agent.run("Three.", reset=True).output == []
        assert "given" not in requests_of(agent)[-1].messages[1].content


def test_long_values_are_named_and_not_shown() -> None:
    with agent_with(block("final_answer(len(rows))")) as agent:
        assert agent.run("Count.", additional_args={"rows": [1] * 500}).output == 500
        assert asked(agent).endswith("Variables that are set: rows (list)")
