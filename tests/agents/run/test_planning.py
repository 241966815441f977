"""Plans: made before the first step and again later, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from pyagent import ActionStep, CodeAgent, PlanningStep, ScriptedModel, Step
from pyagent.models.base import ModelEvent, ModelRequest
from pyagent.protocol import ModelDelta, Planned, RunFinished, StepStarted
from support.agents.scripted_agents import agent_with, block, caller_with, requests_of, use

PLAN = "1. Add.\n2. Answer."


def test_plan_is_made_before_the_first_step_and_again_after_the_interval() -> None:
    replies = [PLAN, block("x = 1"), block("y = 2"), "1. Answer.", block("final_answer(x + y)")]
    with agent_with(*replies, planning_interval=2, max_steps=5) as agent:
        result = agent.run("Go.")
        asked_for = [request.messages[-1].content for request in requests_of(agent)]
    kinds = [
        (type(step).__name__, step.number)
        for step in result.steps
        if isinstance(step, ActionStep | PlanningStep)
    ]
    assert result.output == 3
    assert kinds == [
        *[("PlanningStep", 1), ("ActionStep", 1), ("ActionStep", 2)],
        *[("PlanningStep", 3), ("ActionStep", 3)],
    ]
    assert asked_for[0].startswith("Task: Go.\n\nBefore you begin:")
    assert "3 steps are left" in asked_for[3]
    assert agent.memory.steps == result.steps


def test_plan_stays_in_the_conversation() -> None:
    with agent_with(PLAN, block("final_answer(1)"), planning_interval=1) as agent:
        agent.run("Go.")
        system, question, plan, order = requests_of(agent)[1].messages
    assert (plan.role, plan.content) == ("assistant", PLAN)
    assert order.content == "Now carry out the plan."
    assert requests_of(agent)[0].messages == (system, question)


def test_plan_streams_on_a_channel_of_its_own() -> None:
    with agent_with(PLAN, block("final_answer(1)"), planning_interval=3) as agent:
        events = list(agent.stream("Go."))
    deltas = [event for event in events if isinstance(event, ModelDelta)]
    assert "".join(event.text for event in deltas if event.channel == "plan") == PLAN
    assert PLAN not in "".join(event.text for event in deltas if event.channel == "text")
    planned = next(event for event in events if isinstance(event, Planned))
    assert (planned.plan, planned.step) == (PLAN, 1)
    first_step = next(event for event in events if isinstance(event, StepStarted))
    assert events.index(planned) < events.index(first_step)


def test_plan_is_counted_once() -> None:
    with agent_with(PLAN, block("final_answer(1)"), planning_interval=1) as agent:
        result = agent.run("Go.")
    plan, action = result.steps
    total = result.token_usage
    assert plan.token_usage.output_tokens > 0
    assert total.input_tokens == plan.token_usage.input_tokens + action.token_usage.input_tokens
    assert total.output_tokens == plan.token_usage.output_tokens + action.token_usage.output_tokens


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>Hm.</think>\n{PLAN}",
        f"[THINK]Hm.[/THINK]{PLAN}",
        f"Hm.</thinking>\n{PLAN}",
        f"\x1b[32m{PLAN}\x1b[0m",
        f"{PLAN}<|im_end|>",
        f"<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>{PLAN}",
    ],
    ids=["tags", "brackets", "only the end", "colours", "marker", "channel"],
)
def test_thoughts_colours_and_markers_are_left_out_of_a_plan(reply: str) -> None:
    with agent_with(reply, block("final_answer(1)"), planning_interval=1) as agent:
        plan = agent.run("Go.").steps[0]
    assert isinstance(plan, PlanningStep)
    assert plan.plan == PLAN


def test_plan_of_a_tool_calling_agent_is_asked_for_with_its_tools() -> None:
    replies = [PLAN, [use("final_answer", answer=1)]]
    with caller_with(*replies, planning_interval=1) as agent:
        result = agent.run("Go.")
        planning, acting = requests_of(agent)
    assert isinstance(result.steps[0], PlanningStep)
    assert planning.tools == acting.tools != ()


class Pondering(ScriptedModel):
    """A model that never ends its first reply."""

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        async for event in super().reply(request):
            yield event
            if len(self.requests) == 1:
                await asyncio.Event().wait()


def test_interrupt_while_a_plan_is_written_ends_the_run() -> None:
    model = Pondering([PLAN, PLAN, block("final_answer(1)")])
    with CodeAgent(model=model, planning_interval=1) as agent:
        events = []
        for event in agent.stream("Go."):
            events.append(event)
            if isinstance(event, ModelDelta):
                assert event.channel == "plan"
                agent.interrupt()
        assert isinstance(events[-1], RunFinished)
        assert (events[-1].reason, events[-1].steps) == ("cancelled", 0)
        assert not any(isinstance(event, Planned | StepStarted) for event in events)
        assert agent.run("Again.").output == 1
    assert "Task: Go." not in str(model.requests[-1].messages)


def test_empty_plan_is_left_out() -> None:
    with agent_with("", block("final_answer(1)"), planning_interval=1) as agent:
        result = agent.run("Go.")
        assert [message.role for message in requests_of(agent)[1].messages] == ["system", "user"]
    assert [type(step) for step in result.steps] == [ActionStep]


def test_callbacks_by_class_see_plans_and_actions() -> None:
    seen: list[str] = []

    def note_plan(step: PlanningStep, agent: CodeAgent) -> None:
        seen.append(f"plan {step.number}")

    async def note_action(step: ActionStep, agent: CodeAgent) -> None:
        seen.append(f"action {step.number}")

    def note_any(step: Step, agent: CodeAgent) -> None:
        seen.append("any")

    callbacks = {PlanningStep: note_plan, ActionStep: [note_action, note_any]}
    replies = [PLAN, block("final_answer(1)")]
    with agent_with(*replies, planning_interval=1, step_callbacks=callbacks) as agent:
        agent.run("Go.")
    assert seen == ["plan 1", "action 1", "any"]


def test_planning_interval_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CodeAgent(model=ScriptedModel(), planning_interval=0)
