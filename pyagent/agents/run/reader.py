"""``Reader``: what stands between a run and whoever reads its events.

The run waits before each plan and step until everything so far has been read, so a reader that
stops reading pauses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import TypeAlias

from pyagent.memory import Step
from pyagent.protocol import Event

Buffered: TypeAlias = tuple[Event, Sequence[bytes]]


class Reader:
    """Passes on the events and the steps of one run, in their order."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Buffered | Step | asyncio.Event | None] = asyncio.Queue()

    def emit(self, event: Event, buffers: Sequence[bytes]) -> None:
        """Take an event."""
        self._queue.put_nowait((event, buffers))

    def record(self, step: Step) -> None:
        """Take a step that is in the memory, after its callbacks."""
        self._queue.put_nowait(step)

    async def wait(self) -> None:
        """Wait until everything so far has been read and more is wanted."""
        wanted = asyncio.Event()
        self._queue.put_nowait(wanted)
        await wanted.wait()

    def end(self) -> None:
        """Take the end of the run."""
        self._queue.put_nowait(None)

    async def read(self) -> AsyncGenerator[Buffered | Step, None]:
        """Yield what the run passes on. Asking for more lets it go on."""
        while (item := await self._queue.get()) is not None:
            if isinstance(item, asyncio.Event):
                item.set()
            else:
                yield item
