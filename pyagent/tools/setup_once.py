"""Work that is done before a tool's first call, whoever makes it: a thread, or a task of a loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

from pyagent.concurrency.blocking import CallBlocking
from pyagent.errors import ToolError


class SetupOnce:
    """Does its work at the first call only; who comes meanwhile waits. Work that raises is not
    done: the next call tries again. ``is_done`` from the start where there is none to do.
    """

    def __init__(self, is_done: bool = False) -> None:
        self.is_done = is_done
        self._is_at_work = False
        self._lock = threading.RLock()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    def __call__(self, work: Callable[[], object]) -> None:
        """Raises ``ToolError`` where this thread is at the work already: it cannot wait for itself.

        So it is when the work calls the tool, and in Pyodide when the work is suspended.
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
        """As a call, by way of ``call_blocking``. Tasks of one event loop wait without a thread:
        in Pyodide the only one may be that of the work, which is suspended.
        """
        turn = self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with turn:
            if not self.is_done:
                await call_blocking(partial(self, work))

    def __reduce__(self) -> tuple[type[SetupOnce], tuple[bool]]:
        """For copies of the tool: a lock cannot be copied, what the work made can."""
        return SetupOnce, (self.is_done,)
