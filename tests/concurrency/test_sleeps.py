"""A sleep of the tab: no limit of time counts it. The sleep is a jump of the loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from pyagent import CodeAgent, Limits, ScriptedModel
from pyagent.concurrency.sleeps import Heartbeat, awake_timeout
from pyagent.executors.guest.deadline import Deadline
from support.agents.scripted_agents import block

T = TypeVar("T")
HOUR = 3600.0


class SleepingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock a test moves forward, as if nothing had run meanwhile."""

    slept_s = 0.0

    def time(self) -> float:
        return super().time() + self.slept_s


def run_asleep(make: Callable[[SleepingLoop, list[float]], Coroutine[Any, Any, T]]) -> T:
    async def main() -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SleepingLoop)
        told: list[float] = []
        heartbeat = Heartbeat(told.append)
        try:
            return await make(loop, told)
        finally:
            heartbeat.stop()

    with asyncio.Runner(loop_factory=SleepingLoop) as runner:
        return runner.run(main())


def test_sleep_is_noticed_with_its_length() -> None:
    async def scenario(loop: SleepingLoop, told: list[float]) -> None:
        loop.slept_s += HOUR
        await asyncio.sleep(0.1)
        assert told == [pytest.approx(HOUR, abs=2)]

    run_asleep(scenario)


def test_a_short_delay_is_no_sleep() -> None:
    async def scenario(loop: SleepingLoop, told: list[float]) -> None:
        loop.slept_s += 2.5
        await asyncio.sleep(0.1)
        assert told == []

    run_asleep(scenario)


def test_the_deadline_of_code_does_not_count_a_sleep_but_all_other_time() -> None:
    async def scenario(loop: SleepingLoop, told: list[float]) -> None:
        expired = asyncio.Event()
        Deadline(1.5, expired.set)
        loop.slept_s += HOUR
        await asyncio.sleep(0.2)
        assert told
        assert not expired.is_set()
        await asyncio.wait_for(expired.wait(), 20)

    run_asleep(scenario)


def test_a_timeout_does_not_count_a_sleep_but_all_other_time() -> None:
    async def scenario(loop: SleepingLoop, told: list[float]) -> None:
        async def work() -> None:
            async with awake_timeout(1.5):
                loop.slept_s += HOUR
                await asyncio.sleep(0.2)
                told.append(0.0)  # it still goes on
                await asyncio.wait_for(asyncio.Event().wait(), 20)

        with pytest.raises(TimeoutError):
            await work()
        assert told == [pytest.approx(HOUR, abs=2), 0.0]

    run_asleep(scenario)


def test_a_run_that_slept_keeps_to_its_limits_without_the_sleep() -> None:
    async def scenario(loop: SleepingLoop, told: list[float]) -> None:
        def fall_asleep(*_: object) -> None:
            if not told:
                loop.slept_s += HOUR

        replies = [block("x = 1"), block("import time\ntime.sleep(0.5)\nfinal_answer(x)")]
        async with CodeAgent(
            model=ScriptedModel(replies),
            limits=Limits(seconds=30.0),
            deadline_s=10.0,
            step_callbacks=[fall_asleep],
            call_blocking=_inline,
        ) as agent:
            result = await agent.arun("Go.")
        assert result.output == 1
        assert told

    run_asleep(scenario)


async def _inline(function: Callable[[], Any]) -> Any:
    return function()
