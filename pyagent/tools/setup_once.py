"""A tool's setup: it runs once, before the first call, from whichever thread or task that comes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
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

    async def in_turn(self, call_blocking: CallBlocking, work: Callable[[], object]) -> None:
        """Do the work through ``call_blocking``, or wait until another task has done it.

        Tasks of one event loop wait without a thread: in Pyodide the only thread may be the one
        whose work is suspended.
        """
        turn = self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with turn:
            if not self.is_done:
                await call_blocking(partial(self, work))

    def __reduce__(self) -> tuple[type[SetupOnce], tuple[bool]]:
        """Copy without the locks, which cannot be copied. What the work made is copied."""
        return SetupOnce, (self.is_done,)
