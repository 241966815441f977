"""Guests that are started ahead of their use, for executors that may start a guest at any moment.

Executors of one kind, such as those of agents that work at the same time, share their spares.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from pyagent.errors import AgentError
from pyagent.executors.guest.lifecycle import Connect
from pyagent.executors.guest.peer import Connection


class Spares:
    """Keeps ``count`` guests ready that ``connect`` made. ``take`` hands one over.

    They live on the event loop of the first call; calls from another one get a new guest. Every
    executor that takes guests joins, and the last one to leave ends the spares.
    """

    def __init__(self, connect: Connect, count: int) -> None:
        self._connect = connect
        self._count = count
        self._users: set[int] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: deque[asyncio.Task[Connection]] = deque()

    async def take(self, user: int) -> Connection:
        """Return a guest that is ready, or nearly so, and start the next spare."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        if self._loop is not loop:
            return await self._connect()
        self._users.add(user)
        try:
            return await self._oldest() or await self._connect()
        finally:
            if self._users:
                self._fill()

    async def leave(self, user: int) -> None:
        """Hear that an executor closes. Ends the spares if it was the last one."""
        self._users.discard(user)
        if self._users or self._loop is not asyncio.get_running_loop():
            return
        self._loop = None
        tasks, self._ready = list(self._ready), deque()
        for task in tasks:
            task.cancel()
        for task in tasks:
            await _end(task)

    def _fill(self) -> None:
        while len(self._ready) < self._count:
            task = asyncio.create_task(_connected(self._connect))
            task.add_done_callback(_seen)
            self._ready.append(task)

    async def _oldest(self) -> Connection | None:
        """The oldest spare that lives and is not lost; None if there is none."""
        while self._ready:
            task = self._ready.popleft()
            try:
                connection = await asyncio.shield(task)
            except AgentError:
                continue  # a new try says what is wrong
            except asyncio.CancelledError:
                task.cancel()
                await _end(task)
                raise
            if not getattr(connection.channel, "is_over", False):
                return connection
            await connection.kill()
        return None


async def _connected(connect: Connect) -> Connection:
    return await connect()


async def _end(task: asyncio.Task[Connection]) -> None:
    await asyncio.wait([task])
    if not task.cancelled() and task.exception() is None:
        with suppress(AgentError):
            await task.result().kill()


def _seen(task: asyncio.Task[Connection]) -> None:
    """Keep asyncio from warning about a failure: the next start fails too, and says why."""
    if not task.cancelled():
        task.exception()
