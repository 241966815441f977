"""The deadline of a step's code. Its clock can stop while a person or another agent decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """Calls ``expire`` once, ``seconds`` from now; None means no limit. Needs a running loop."""

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
        """Stop the clock while the context is open. Several contexts may be open at once."""
        self._holders += 1
        self._stop()
        try:
            yield
        finally:
            self._holders -= 1
            if self._holders == 0:
                self._go_on()

    def cancel(self) -> None:
        """Never expire."""
        self._stop()
        self._left = None

    def _go_on(self) -> None:
        if self._left is not None:
            self._until = self._loop.time() + self._left
            self._timer = self._loop.call_later(self._left, self._expired)

    def _stop(self) -> None:
        if self._timer is not None and self._left is not None:
            self._timer.cancel()
            # The timer itself does not know its time in Pyodide.
            self._left = max(self._until - self._loop.time(), 0.0)
        self._timer = None

    def _expired(self) -> None:
        self._timer = self._left = None
        self._expire()
