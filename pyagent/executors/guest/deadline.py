"""A step's time limit, which can stand still while a person or another agent is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """Calls ``expire`` once, ``seconds`` from now; None is no limit. Lives in a running loop."""

    def __init__(self, seconds: float | None, expire: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._expire = expire
        self._left = seconds
        self._holders = 0
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._go_on()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Time does not count meanwhile. Several may hold it at once."""
        self._holders += 1
        self._stop()
        try:
            yield
        finally:
            self._holders -= 1
            if self._holders == 0:
                self._go_on()

    def cancel(self) -> None:
        """It will not expire any more."""
        self._stop()
        self._left = None

    def _go_on(self) -> None:
        if self._left is not None:
            self._until = self._loop.time() + self._left
            self._timer = self._loop.call_later(self._left, self._expired)

    def _stop(self) -> None:
        if self._timer is not None and self._left is not None:
            self._timer.cancel()
            # Not of the timer, which tells no time in Pyodide.
            self._left = max(self._until - self._loop.time(), 0.0)
        self._timer = None

    def _expired(self) -> None:
        self._timer = self._left = None
        self._expire()
