"""A run without a network pauses, says so and goes on; no limit of seconds counts the pause."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator

import pytest

from pyagent import CodeAgent, Limits, ScriptedModel
from pyagent.errors import ModelError
from pyagent.models.base import Model, ModelEvent, ModelRequest, NetworkBack, NetworkLost
from pyagent.models.router import RouterModel
from pyagent.protocol import Event, Notice, PauseEnded, RunFinished, RunPaused
from support.agents.scripted_agents import block

LOST = NetworkLost(reason="No answer.", message="Paused: no network.")


class Outage(ScriptedModel):
    """Has no network for a while before each reply."""

    def __init__(self, replies: list[str], *, seconds: float) -> None:
        super().__init__(replies)
        self.seconds = seconds

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        yield LOST
        await asyncio.sleep(self.seconds)
        yield NetworkBack(seconds=self.seconds)
        async for event in super().reply(request):
            yield event


def events_of(model: Model, limits: Limits) -> list[Event]:
    async def scenario() -> list[Event]:
        async with CodeAgent(model=model, limits=limits) as agent:
            return [event async for event in agent.astream("Go.")]

    return asyncio.run(scenario())


def test_a_pause_is_told_and_counts_against_no_limit() -> None:
    model = Outage([block("x = 1"), block("final_answer(x)")], seconds=0.6)
    events = events_of(model, Limits(seconds=1.0))
    told = [event for event in events if isinstance(event, RunPaused | PauseEnded)]
    assert [event.type for event in told] == ["run_paused", "pause_ended"] * 2
    first, second = told[:2]
    assert first.message == "Paused: no network."
    assert isinstance(second, PauseEnded)
    assert second.reason == "offline"
    assert second.seconds == pytest.approx(0.6, abs=0.3)
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert end.output == 1
    assert not any(isinstance(event, Notice) for event in events)


def test_time_outside_of_pauses_still_counts() -> None:
    class Slow(Outage):
        async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            async for event in super().reply(request):
                yield event
                if isinstance(event, NetworkBack):
                    await asyncio.Event().wait()

    end = events_of(Slow(["?"], seconds=0.01), Limits(seconds=0.3))[-1]
    assert isinstance(end, RunFinished)
    assert end.reason == "limit"


def test_stop_ends_a_pause() -> None:
    async def scenario() -> list[Event]:
        events: list[Event] = []
        async with CodeAgent(model=Outage(["?"], seconds=10**6)) as agent:
            async for event in agent.astream("Go."):
                events.append(event)
                if isinstance(event, RunPaused):
                    agent.interrupt()
        return events

    events = asyncio.run(scenario())
    assert isinstance(events[-1], RunFinished)
    assert events[-1].reason == "cancelled"
    assert not any(isinstance(event, PauseEnded) for event in events)


class Unreachable(ScriptedModel):
    """Loses the network, and fails without saying that it is back."""

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        yield LOST
        raise ModelError("It gave up.")


def test_a_pause_of_a_failed_model_ends_before_another_takes_over() -> None:
    class Slow(ScriptedModel):
        async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            await asyncio.Event().wait()
            yield LOST

    router = RouterModel([Unreachable([]), Slow([])])
    router._routes[1].cool_until = math.inf
    events = events_of(router, Limits(seconds=0.3))
    told = [event.type for event in events if isinstance(event, RunPaused | PauseEnded)]
    assert told == ["run_paused", "pause_ended"]
    assert isinstance(events[-1], RunFinished)
    assert events[-1].reason == "limit"


def test_a_pause_that_ends_by_an_error_is_told() -> None:
    events = events_of(Unreachable([]), Limits())
    told = [event.message for event in events if isinstance(event, PauseEnded)]
    assert len(told) == 1
    assert "back" not in told[0]


def test_any_output_ends_a_pause() -> None:
    class Silent(ScriptedModel):
        async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            yield LOST
            async for event in super().reply(request):
                yield event

    events = events_of(Silent([block("final_answer(1)")]), Limits())
    kinds = [event.type for event in events]
    assert kinds.index("pause_ended") < kinds.index("model_delta")
