"""Guests that are started ahead of their use."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from contracts.executor.cases import run_ok
from pyagent.errors import ExecutorError
from pyagent.executors.remote import RemoteExecutor
from support.executors.places import Places
from support.executors.scripted_guest import ScriptedConnection, good


class Starter:
    """Makes executors with one spare guest, and counts the guests."""

    def __init__(self) -> None:
        self.made: list[ScriptedConnection] = []
        self.refuses = False

    def executor(self) -> RemoteExecutor:
        return RemoteExecutor(self._connect, spare=1)

    async def _connect(self) -> ScriptedConnection:
        if self.refuses:
            raise ExecutorError("The engine is gone.")
        self.made.append(ScriptedConnection(good, []))
        return self.made[-1]

    @property
    def alive(self) -> int:
        return sum(not one.killed for one in self.made)


def drive(scenario: Callable[[Starter, RemoteExecutor], Awaitable[None]]) -> None:
    async def main() -> None:
        starter = Starter()
        executor = starter.executor()
        try:
            async with asyncio.timeout(60):
                await scenario(starter, executor)
        finally:
            await executor.aclose()
        assert starter.alive == 0

    asyncio.run(main())


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_spare_takes_the_place_of_a_guest_and_another_one_is_started() -> None:
    async def scenario(starter: Starter, executor: RemoteExecutor) -> None:
        await executor.start()
        await _settled()
        assert len(starter.made) == 2
        await executor.reset()
        await executor.start()
        await _settled()
        assert [one.killed for one in starter.made] == [True, False, False]
        assert (await run_ok(executor, "1")).text == "1"

    drive(scenario)


def test_executors_that_share_spares_end_them_with_the_last_one() -> None:
    async def scenario(starter: Starter, executor: RemoteExecutor) -> None:
        other = starter.executor()
        other._share_spares(executor)
        await executor.start()
        await _settled()
        await other.start()
        await _settled()
        assert (len(starter.made), starter.alive) == (3, 3)
        await executor.aclose()
        assert starter.alive == 2
        await other.aclose()
        assert starter.alive == 0

    drive(scenario)


def test_an_engine_that_fails_is_an_error_only_when_a_guest_is_needed() -> None:
    async def scenario(starter: Starter, executor: RemoteExecutor) -> None:
        await executor.start()
        starter.refuses = True
        await _settled()
        assert (await run_ok(executor, "1")).text == "1"
        await executor.aclose()
        with pytest.raises(ExecutorError, match="engine is gone"):
            await executor.start()

    drive(scenario)


def test_another_event_loop_gets_guests_of_its_own() -> None:
    starter = Starter()
    executor, other = starter.executor(), starter.executor()
    other._share_spares(executor)
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(executor.start())
        second.run(other.start())
        second.run(other.aclose())
        first.run(executor.aclose())
    assert starter.alive == 0


@pytest.mark.parametrize("kind", ["docker", "bubblewrap"])
def test_a_spare_that_was_killed_is_passed_over(kind: str, places: Places) -> None:
    async def main() -> None:
        executor = places.make(kind, {"spare": 1})
        assert isinstance(executor, RemoteExecutor)
        try:
            await executor.start()
            assert executor._spares is not None
            dead = await executor._spares._ready[0]
            await dead.kill()
            await executor.reset()
            assert (await run_ok(executor, "1 + 1")).text == "2"
        finally:
            await executor.aclose()

    asyncio.run(main())
