"""A tool's setup: it runs once, before the first call, whichever thread or task makes that call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from weakref import WeakKeyDictionary

from pyagent.concurrency.blocking import CallBlocking
from pyagent.errors import ToolError


class SetupOnce:
    """Does its work at the first call only; calls that come meanwhile wait.

    If the work raises, the next call tries again. ``is_done`` is True from the start if there is no
    work to do.
    """

    def __init__(self, is_done: bool = False) -> None:
        self.is_done = is_done
        self._is_at_work = False
        self._lock = threading.RLock()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    def __call__(self, work: Callable[[], object]) -> None:
        """Do the work, or wait until another thread has done it.

        Raises ``ToolError`` if this thread is doing the work already, as it cannot wait for itself.
        That happens if the work calls the tool, and in Pyodide while the work is suspended.
        """
        with self._lock:
            if self._is_at_work:
                raise ToolError(
                    "The tool's setup() is not done yet.",
                    advice="Call the tool after that, and not in it.",
                )
            if not self.is_done:
                self._is_at_work = True
                try:
                    work()
                finally:
                    self._is_at_work = False
                self.is_done = True

    @property
    def _turn(self) -> asyncio.Lock:
        """Held by the task of the running event loop that does or undoes the work."""
        return self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    async def undo(self, undoing: Callable[[], Awaitable[None]]) -> None:
        """Do the opposite of the work, so that the next call does the work again.

        Calls that come meanwhile wait. Also when ``undoing`` raises, the work counts as undone.
        """
        async with self._turn:
            self.is_done = False
            await undoing()

    async def in_turn(self, call_blocking: CallBlocking, work: Callable[[], object]) -> None:
        """Do the work through ``call_blocking``, or wait until another task has done it.

        Tasks of one event loop wait without a thread: in Pyodide the only thread may be the one
        whose work is suspended.
        """
        async with self._turn:
            if not self.is_done:
                await call_blocking(partial(self, work))

    def __reduce__(self) -> tuple[type[SetupOnce], tuple[bool]]:
        """Copy without the locks, which cannot be copied. What the work made is copied."""
        return SetupOnce, (self.is_done,)
