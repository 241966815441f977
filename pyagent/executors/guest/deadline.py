"""The deadline of a step's code. Its clock can stop while a person or another agent decides, and it
counts no time in which the tab or the machine slept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from pyagent.concurrency.sleeps import on_sleep


class Deadline:
    """Calls ``expire`` once, ``seconds`` from now; None means no limit. Needs a running loop."""

    def __init__(self, seconds: float | None, expire: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._expire = expire
        self._left = seconds
        self._holders = 0
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._listening = ExitStack()
        self._listening.enter_context(on_sleep(self._slept))
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
        self._listening.close()

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

    def _slept(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._until += seconds
            self._timer = self._loop.call_at(self._until, self._expired)

    def _expired(self) -> None:
        self._timer = self._left = None
        self._listening.close()
        self._expire()
