"""What checks and callbacks may take, and what a callback may put in the place of a step."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from functools import partial
from typing import Any

import pytest

from pyagent import ActionStep, CodeAgent, Memory, PlanningStep, SummaryStep
from support.agents.scripted_agents import actions, agent_with, asked, block, caller_with, use

SEEN: list[Any] = []


def _with_keyword(step: Any, *, agent: Any) -> None:
    SEEN.append((step, agent))


def _with_others(step: Any, **others: Any) -> None:
    SEEN.append((step, others["agent"]))


def _agent_first(agent: Any, step: Any) -> None:
    SEEN.append((step, agent))


def _with_log(step: Any, log: Any = SEEN) -> None:
    log.append((step, None))


class _Counter:
    def take(self, step: Any) -> None:
        SEEN.append((step, None))

    async def take_later(self, step: Any) -> None:
        SEEN.append((step, None))


@pytest.mark.parametrize(
    ("callback", "gets_agent"),
    [
        (lambda step: SEEN.append((step, None)), False),
        (lambda step, agent: SEEN.append((step, agent)), True),
        (lambda *both: SEEN.append(both), True),
        (_with_keyword, True),
        (_with_others, True),
        (_agent_first, True),
        (_with_log, False),
        (_Counter().take, False),
        (_Counter().take_later, False),
        (partial(lambda kind, step: SEEN.append((step, None)), "any"), False),
    ],
)
def test_callback_gets_as_much_as_it_takes(callback: Any, gets_agent: bool) -> None:
    SEEN.clear()
    with agent_with(block("final_answer(1)"), step_callbacks=[callback]) as agent:
        result = agent.run("Go.").raise_for_problem()
    assert [(result.steps[0], agent if gets_agent else None)] == SEEN


def test_a_function_in_c_is_a_callback() -> None:
    steps: list[Any] = []
    with agent_with(block("final_answer(1)"), step_callbacks={ActionStep: steps.append}) as agent:
        agent.run("Go.").raise_for_problem()
    assert [step.number for step in steps] == [1]


def test_one_callback_needs_no_list() -> None:
    steps: list[Any] = []
    with agent_with(block("final_answer(1)"), step_callbacks=steps.append) as agent:
        agent.run("Go.").raise_for_problem()
    assert len(steps) == 1


@pytest.mark.parametrize(
    "check",
    [
        lambda answer: answer > 1,
        lambda answer, memory: answer > 1 and isinstance(memory, Memory),
        lambda answer, agent: answer > 1 and isinstance(agent, CodeAgent),
        lambda final_answer, agent_memory, agent: final_answer > 1 and agent.memory is agent_memory,
        lambda final_answer, agent_memory, **rest: final_answer > 1 and "agent" in rest,
    ],
)
def test_check_gets_as_much_as_it_takes(check: Any) -> None:
    replies = [block("final_answer(1)"), block("final_answer(2)")]
    with agent_with(*replies, final_answer_checks=[check]) as agent:
        assert agent.run("Go.").output == 2
        assert "AnswerRefused: The answer failed" in asked(agent)


def test_callback_may_change_the_observation_that_the_model_reads() -> None:
    def hide(step: ActionStep) -> ActionStep:
        return replace(step, observation=step.observation.replace("1234", "****"))

    replies = [block("print('card 1234')"), block("final_answer(1)")]
    with agent_with(*replies, step_callbacks=[hide]) as agent:
        result = agent.run("Go.").raise_for_problem()
        assert asked(agent) == "Observation:\ncard ****"
        assert actions(agent.memory.steps) == actions(result.steps)
    assert actions(result.steps)[0].observation == "Observation:\ncard ****"


def test_callback_may_change_the_plan() -> None:
    def shorten(step: PlanningStep) -> PlanningStep:
        return replace(step, plan="1. Answer.")

    replies = ["1. Think. 2. Answer.", block("final_answer(1)")]
    with agent_with(*replies, planning_interval=5, step_callbacks={PlanningStep: shorten}) as agent:
        result = agent.run("Go.").raise_for_problem()
        said = [m.content for m in agent.memory.conversation() if m.role == "assistant"]
    assert said[0] == "1. Answer."
    assert isinstance(result.steps[0], PlanningStep)
    assert result.steps[0].plan == "1. Answer."


def test_callback_may_change_the_result_of_a_native_call() -> None:
    def shorten(step: ActionStep) -> ActionStep:
        results = tuple(replace(result, text=result.text[:3]) for result in step.tool_results)
        return replace(step, tool_results=results)

    replies = [[use("nothing")], [use("final_answer", answer=1)]]
    with caller_with(*replies, step_callbacks=[shorten]) as agent:
        agent.run("Go.").raise_for_problem()
        assert asked(agent) == "Nam"


def test_next_callback_gets_what_the_one_before_returned() -> None:
    def first(step: ActionStep) -> ActionStep:
        return replace(step, observation="first")

    def second(step: ActionStep, agent: CodeAgent) -> ActionStep:
        assert agent.memory.steps[-1] is step
        return replace(step, observation=f"{step.observation}, second")

    with agent_with(block("final_answer(1)"), step_callbacks=[first, second]) as agent:
        steps = actions(agent.run("Go.").raise_for_problem().steps)
    assert steps[0].observation == "first, second"


def test_callback_may_shorten_an_older_step() -> None:
    def forget(step: ActionStep, agent: CodeAgent) -> None:
        for old in actions(agent.memory.steps[:-1]):
            agent.memory.replace_step(old, replace(old, observation="(old)"))

    replies = [block("print(1)"), block("print(2)"), block("final_answer(1)")]
    with agent_with(*replies, step_callbacks=[forget]) as agent:
        agent.run("Go.").raise_for_problem()
        said = [m.content for m in agent.memory.conversation() if m.role == "user"]
    assert said[1:3] == ["(old)", "(old)"]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (PlanningStep(number=1, asked="", plan=""), "returned a PlanningStep in place of a Action"),
        (ActionStep(number=1, reply=""), "tool calls and results do not belong together"),
    ],
)
def test_step_that_cannot_stand_there_ends_the_run_with_a_reason(
    returned: Any, message: str
) -> None:
    with caller_with([use("nothing")], step_callbacks=[lambda step: returned]) as agent:
        result = agent.run("Go.")
    assert result.problem is not None
    assert message in result.problem.message


def _old(step: ActionStep, agent: CodeAgent) -> Any:
    return agent.memory.steps[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda step: setattr(step, "observation", "x"),
            "'observation' of ActionStep cannot be changed, because steps are frozen. "
            "In a step callback, return dataclasses.replace(step, observation=…)",
        ),
        (
            lambda step: setattr(step, "observations", "x"),
            "are frozen. Use observation, or tool_results for native calls. In a step callback",
        ),
        (lambda step: setattr(step, "observations_images", None), "Use images of the interaction"),
        (lambda step: setattr(step, "error", None), "return dataclasses.replace(step, error=…)"),
        (lambda step: setattr(step, "mood", "x"), "return dataclasses.replace(step, mood=…)"),
        (lambda step: delattr(step, "code"), "return dataclasses.replace(step, code=…)"),
        (lambda step, agent: setattr(_old(step, agent), "reply", ""), "agent.memory.replace_step("),
        (lambda step, agent: agent.memory.steps.append(step), "only a run adds steps"),
        (lambda step, agent: agent.memory.steps.pop(), "agent.memory.replace_step(step, new)"),
        (lambda step, agent: agent.memory.steps.__setitem__(0, step), "only a run adds steps"),
        (lambda step, agent: setattr(agent.memory, "steps", []), "agent.clear() forgets all"),
    ],
)
def test_callback_that_changes_a_step_in_its_place_is_told_what_to_return(
    change: Any, told: str
) -> None:
    with agent_with(block("x = 1"), step_callbacks=[change]) as agent:
        problem = agent.run("Go.").problem
    assert problem is not None
    assert problem.kind == "bad_argument"
    assert told in f"{problem.message} {problem.advice}"


def test_frozen_step_is_the_usual_error_outside_a_run() -> None:
    with pytest.raises(FrozenInstanceError, match=r"dataclasses\.replace\(step, plan=…\)"):
        PlanningStep(number=1, asked="", plan="").plan = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="only a run adds steps"):
        Memory().steps.append(1)  # type: ignore[attr-defined]


def test_step_that_is_not_in_the_memory_cannot_be_replaced() -> None:
    memory = Memory()
    memory.begin("Task: Go.")
    with pytest.raises(ValueError, match="not in the memory"):
        memory.replace_step(ActionStep(number=1, reply=""), ActionStep(number=1, reply=""))


def test_messages_after_a_replaced_step_are_those_of_a_new_memory() -> None:
    memory = Memory()
    memory.begin("Task: Go.")
    memory.add(PlanningStep(number=1, asked="Plan.", plan="None."))
    memory.add(ActionStep(number=1, reply="a", observation="b"))
    for text in ("c", "d"):
        memory.replace_step(memory.steps[-1], ActionStep(number=1, reply="a", observation=text))
    memory.add(ActionStep(number=2, reply="e", observation="f"))
    memory.replace_step(memory.steps[0], PlanningStep(number=1, asked="Plan.", plan="Some."))
    memory.replace_step(memory.steps[-1], SummaryStep(text="g", steps=1))
    again = Memory()
    again.restore(memory.interactions)
    assert memory.conversation() == again.conversation()
