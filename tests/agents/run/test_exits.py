"""``sys.exit`` and the like in hooks, models and tools: the run ends, and its caller gets them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from pyagent import Agent, CodeAgent, ScriptedModel, ToolCallingAgent, tool
from pyagent.models.base import ModelEvent, ModelRequest
from pyagent.protocol import Event, RunFinished
from support.agents.scripted_agents import agent_with, block, caller_with, in_loop, use


@tool
def double(number: int) -> int:
    """Twice a number.

    Args:
        number: The number.
    """
    return 2 * number


def leave(*_: Any) -> Any:
    sys.exit(3)


async def leave_async(*_: Any) -> Any:
    sys.exit(3)


def program() -> None:
    """A program for the terminal."""
    sys.exit(3)


class Leaving(ScriptedModel):
    """Exits instead of replying."""

    def reply_to(self, messages: Any) -> Any:
        leave()


CODE = block("final_answer(double(2))")
CALL = [use("double", number=2)]
HOOKS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "callback": lambda hook: {"step_callbacks": [hook]},
    "check": lambda hook: {"final_answer_checks": [hook]},
    "approval": lambda hook: {"approve": ["*"], "on_approval": hook},
}


@pytest.mark.parametrize("hook", [leave, leave_async])
@pytest.mark.parametrize("place", HOOKS)
def test_exit_in_a_hook_ends_the_run_and_reaches_its_caller(place: str, hook: Any) -> None:
    options = HOOKS[place](hook)
    with agent_with(CODE, "Yes.", tools=[double], **options) as coder:
        _leaves(coder)
    with caller_with(CALL, "4", tools=[double], **options) as caller:
        _leaves(caller)


def _leaves(agent: Agent) -> None:
    events: list[Event] = []
    with pytest.raises(SystemExit) as raised:
        events.extend(agent.stream("Go."))
    assert raised.value.code == 3
    assert isinstance(events[-1], RunFinished)
    assert events[-1].reason == "cancelled"
    assert (agent.state.runs, agent.is_working) == (1, False)


def test_exit_in_a_model_reaches_the_caller() -> None:
    with ToolCallingAgent(model=Leaving()) as agent:
        _leaves(agent)


def test_other_exits_reach_the_caller_too() -> None:
    class Stop(BaseException):
        pass

    def stop(kind: type[BaseException]) -> Any:
        raise kind

    for kind in (KeyboardInterrupt, Stop):
        hook = lambda step, agent, kind=kind: stop(kind)  # noqa: E731
        with caller_with("4", step_callbacks=[hook]) as agent, pytest.raises(kind):
            agent.run("Go.")


@pytest.mark.parametrize("place", HOOKS)
def test_exit_of_a_managed_agent_reaches_the_callers_caller(place: str) -> None:
    def crew() -> dict[str, Any]:
        model = ScriptedModel([CALL, "4"], supports_tools=True)
        options = HOOKS[place](leave)
        child = ToolCallingAgent([double], model, name="child", description="C.", **options)
        return {"managed_agents": [child]}

    with agent_with(block("child('Go.')"), "Yes.", **crew()) as coder:
        _leaves(coder)
    with caller_with([use("child", task="Go.")], "Yes.", **crew()) as caller:
        _leaves(caller)


def test_exit_can_be_caught_around_arun() -> None:
    async def scenario() -> None:
        async with CodeAgent([double], ScriptedModel([CODE]), **HOOKS["approval"](leave)) as agent:
            with pytest.raises(SystemExit):
                await agent.arun("Go.")
            assert agent.last_result is not None
            assert agent.last_result.reason == "cancelled"

    in_loop(scenario())


@pytest.mark.parametrize("place", ["on_event", "callback"])
def test_exit_ends_a_batch_at_once(place: str) -> None:
    class Endless(ScriptedModel):
        async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            if "endless" in request.messages[-1].content:
                await asyncio.Event().wait()
            async for event in super().reply(request):
                yield event

    options = HOOKS["callback"](leave) if place == "callback" else {}
    told = leave if place == "on_event" else None
    agent = ToolCallingAgent(model=Endless(["4", "4"], supports_tools=True), **options)
    with pytest.raises(SystemExit):
        list(agent.map(["endless", "go"], on_event=told))

    async def scenario() -> None:
        with pytest.raises(SystemExit):
            await anext(agent.amap(["endless", "go"], on_event=told))

    in_loop(scenario())


def test_exit_in_a_tool_is_an_error_that_the_model_reads() -> None:
    with caller_with([use("program")], "It failed.", tools=[tool(program)]) as agent:
        result = agent.run("Go.")
    assert result.output == "It failed."
    assert "program() failed: SystemExit: 3" in result.steps[0].tool_results[0].text


def test_exit_in_a_task_of_a_tools_own_does_not_stop_other_runs() -> None:
    @tool
    async def spawn() -> str:
        """Spawn a task that exits."""
        task = asyncio.create_task(leave_async())
        await asyncio.wait([task])
        return type(task.exception()).__name__

    with caller_with([use("spawn")], "Yes.", "Still here.", tools=[spawn]) as agent:
        result = agent.run("Go.")
        assert result.steps[0].tool_results[0].text == "SystemExit"
        assert agent.run("And now?").output == "Still here."
