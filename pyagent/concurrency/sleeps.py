"""Notices that a tab or a machine slept, so that no limit of time counts it.

A browser freezes a tab that nobody looks at, with its workers, and a laptop sleeps. The clock goes
on meanwhile, so all timers that are overdue fire at the wake. The heartbeat's timer is due within a
second of the start of the sleep. So it fires before the others, which then are put off. Only a
page's agent worker starts a heartbeat: elsewhere the loop's clock stands still in a sleep.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeAlias
from weakref import WeakKeyDictionary

BEAT_S = 1.0
GAP_S = 3.0
"""A beat that comes so much too late means that nothing could run."""

Slept: TypeAlias = Callable[[float], None]
"""Gets the seconds of a sleep that has just ended."""

_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Slept]] = WeakKeyDictionary()


class Heartbeat:
    """Tells the listeners on the running event loop of each sleep, and then ``told``."""

    def __init__(self, told: Slept) -> None:
        self._loop = asyncio.get_running_loop()
        self._told = told
        self._last = self._loop.time()
        self._timer = self._loop.call_later(BEAT_S, self._beat)

    def stop(self) -> None:
        """Tell nothing more."""
        self._timer.cancel()

    def _beat(self) -> None:
        now = self._loop.time()
        slept_s, self._last = now - self._last - BEAT_S, now
        self._timer = self._loop.call_later(BEAT_S, self._beat)
        if slept_s > GAP_S:
            for listener in tuple(_listeners.get(self._loop, ())):
                listener(slept_s)
            self._told(slept_s)


@contextmanager
def on_sleep(listener: Slept) -> Iterator[None]:
    """Make a block in which ``listener`` is told of each sleep. Needs a running event loop."""
    listening = _listeners.setdefault(asyncio.get_running_loop(), [])
    listening.append(listener)
    try:
        yield
    finally:
        listening.remove(listener)


@asynccontextmanager
async def awake_timeout(seconds: float | None) -> AsyncIterator[None]:
    """Do what ``asyncio.timeout`` does, and count no sleep."""
    async with asyncio.timeout(seconds) as limit:
        with on_sleep(lambda slept_s: put_off(limit, slept_s)):
            yield


def put_off(limit: asyncio.Timeout, seconds: float) -> None:
    """Let a timeout that has begun end later, unless it is over already."""
    if (until := limit.when()) is not None:
        with suppress(RuntimeError):
            limit.reschedule(until + seconds)
