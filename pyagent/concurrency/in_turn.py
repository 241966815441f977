"""``InTurn``: tasks that must not run at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class InTurn:
    """Does one piece of work after another, in the order in which they were given."""

    def __init__(self) -> None:
        self.last: asyncio.Task[None] | None = None
        """The last piece of work, until it is done."""

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start the work once all earlier work is done, however that ended."""
        self.last = task = asyncio.create_task(self._after(self.last, work))
        task.add_done_callback(self._done)
        return task

    async def _after(
        self, before: asyncio.Task[None] | None, work: Coroutine[Any, Any, None]
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        await work

    def _done(self, task: asyncio.Task[None]) -> None:
        if self.last is task:
            self.last = None
