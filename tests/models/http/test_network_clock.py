"""What the clock of a wait for the network counts: no sleep, and no flap of the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

import pytest

from pyagent.concurrency.sleeps import Slept
from pyagent.errors import EndpointError
from pyagent.models.base import ModelEvent, TextDelta
from pyagent.models.http import network as module
from pyagent.models.http.network import SILENCE_S, Network, outlasting


@pytest.mark.parametrize("sleep_at", [2, 3])
def test_patience_does_not_count_a_sleep(monkeypatch: pytest.MonkeyPatch, sleep_at: int) -> None:
    listeners: list[Slept] = []
    attempts: list[int] = []

    @contextmanager
    def on_sleep(listener: Slept) -> Iterator[None]:
        listeners.append(listener)
        yield

    monkeypatch.setattr(module, "on_sleep", on_sleep, raising=False)

    async def scenario() -> list[ModelEvent]:
        loop, ahead = asyncio.get_running_loop(), [0.0]
        usual = loop.time
        monkeypatch.setattr(loop, "time", lambda: usual() + ahead[0])

        async def attempt(again: bool) -> AsyncGenerator[ModelEvent, None]:
            attempts.append(1)
            if len(attempts) == sleep_at:
                ahead[0] += 3600.0
                for listener in listeners:
                    listener(3600.0)
            if len(attempts) < 5:
                raise EndpointError("cannot be reached", kind="unreachable")
            yield TextDelta(text="hello")

        network = Network(poll_s=0.001)
        events = outlasting(attempt, lambda error: True, network, patience_s=600)
        return [event async for event in events]

    assert asyncio.run(scenario())[-1] == TextDelta(text="hello")


@pytest.mark.parametrize("before", [None, 60.0, 2.0])
def test_a_flap_leaves_a_quiet_reply_its_time(before: float | None) -> None:
    async def scenario() -> None:
        network, loop = Network(), asyncio.get_running_loop()
        until = None if before is None else loop.time() + before
        async with asyncio.timeout_at(until) as limit:
            with network.reading(limit):
                network.report(online=False)
                soon = limit.when()
                assert soon is not None
                assert soon - loop.time() <= min(before or SILENCE_S, SILENCE_S)
                network.report(online=True)
                assert limit.when() == until

    asyncio.run(scenario())
