"""A run that waits for its reader: one step at a time, and no further than was read."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from pyagent import ActionStep, CodeAgent, PlanningStep, ScriptedModel, ToolCallingAgent
from support.agents.scripted_agents import agent_with, block, caller_with, in_loop, requests_of, use

STEPS = [block("x = 1"), block("x += 1"), block("final_answer(x)")]


def test_each_step_is_taken_when_it_is_asked_for() -> None:
    with agent_with(*STEPS) as agent:
        steps = agent.steps("Go.")
        assert requests_of(agent) == []
        for number in (1, 2, 3):
            step = next(steps)
            assert isinstance(step, ActionStep)
            assert step.number == number
            assert len(requests_of(agent)) == number
            assert agent.memory.steps[-1] is step
        assert next(steps, None) is None
        assert agent.last_result is not None
        assert agent.last_result.output == 2
        assert not agent.is_working


def test_plan_is_a_step_of_its_own() -> None:
    with agent_with("1. Answer.", block("final_answer(1)"), planning_interval=5) as agent:
        steps = agent.steps("Go.")
        assert isinstance(next(steps), PlanningStep)
        assert len(requests_of(agent)) == 1
        assert [type(step) for step in steps] == [ActionStep]


def test_step_comes_after_its_callbacks() -> None:
    heard: list[Any] = []
    with agent_with(*STEPS, step_callbacks=[heard.append]) as agent:
        steps = agent.steps("Go.")
        assert heard == []
        first = next(steps)
        assert heard == [first]
        assert len(list(steps)) == 2


def test_leaving_early_cancels_the_run() -> None:
    with agent_with(*STEPS) as agent:
        steps = agent.steps("Go.")
        next(steps)
        steps.close()  # type: ignore[attr-defined]
        assert agent.last_result is not None
        assert (agent.last_result.reason, len(agent.last_result.steps)) == ("cancelled", 1)
        assert agent.run("On.").output == 2


def test_paused_run_can_be_interrupted() -> None:
    with agent_with(*STEPS) as agent:
        steps = agent.steps("Go.")
        next(steps)
        agent.interrupt()
        assert list(steps) == []
        assert agent.last_result is not None
        assert agent.last_result.reason == "cancelled"


def test_steps_run_out_one_by_one_too() -> None:
    with agent_with(block("x = 1"), "Perhaps 1.", max_steps=1) as agent:
        steps = agent.steps("Go.")
        next(steps)
        assert len(requests_of(agent)) == 1
        assert list(steps) == []
        assert agent.last_result is not None
        assert agent.last_result.output == "Perhaps 1."


@pytest.mark.parametrize("make", [agent_with, caller_with])
def test_stream_that_is_not_read_does_not_run_ahead(make: Any) -> None:
    code = make is agent_with
    replies = STEPS if code else [[use("nothing")], [use("final_answer", answer=2)]]

    async def scenario() -> None:
        model = ScriptedModel(replies, supports_tools=not code)
        agent = (CodeAgent if code else ToolCallingAgent)([], model)
        async with agent, aclosing(agent.astream("Go.")) as events:
            async for event in events:
                if event.type == "step_finished":
                    break
            for _ in range(50):
                await asyncio.sleep(0.002)
            assert len(model.requests) == 1
            assert [event.type async for event in events][-1] == "run_finished"

    in_loop(scenario())


def test_agent_that_is_called_waits_for_the_reader_too() -> None:
    helper = ToolCallingAgent(
        [],
        ScriptedModel(
            [[use("nothing")], [use("final_answer", answer="It is 2.")]], supports_tools=True
        ),
        name="helper",
        description="Helps.",
    )

    async def scenario() -> None:
        model = ScriptedModel([block("final_answer(helper('Help.'))")])
        agent = CodeAgent([], model, managed_agents=[helper])
        async with agent, aclosing(agent.astream("Go.")) as events:
            async for event in events:
                if event.type == "step_finished":
                    break
            for _ in range(50):
                await asyncio.sleep(0.002)
            assert isinstance(helper.model, ScriptedModel)
            assert len(helper.model.requests) == 1
            assert [event.type async for event in events][-1] == "run_finished"
        assert agent.last_result is not None
        assert agent.last_result.output == "It is 2."

    in_loop(scenario())
