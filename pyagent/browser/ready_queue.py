"""Runs all callbacks that an event loop has ready in one call from JavaScript.

The workers' event loops in ``bridge`` use it. Pyodide's own loop spends turns of JavaScript's event
loop on every single callback, and a step of an agent has dozens of callbacks.
"""

from __future__ import annotations

from asyncio import Handle
from collections import deque
from collections.abc import Callable
from time import monotonic

BUDGET_S = 0.008
"""After this time, callbacks wait until JavaScript's messages and timers have had their turn."""


class ReadyQueue:
    """Runs handles in order.

    ``wake`` makes JavaScript call ``run`` soon; ``wake_later`` does so after the events that wait
    in JavaScript. ``may_suspend`` says that a handle may be suspended in the middle (``run_sync``
    of JSPI), and ``run`` with it. So when a handle runs while others are ready, another ``run`` is
    already scheduled.
    """

    def __init__(
        self,
        wake: Callable[[], object],
        wake_later: Callable[[], object],
        *,
        may_suspend: bool,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._wake = wake
        self._wake_later = wake_later
        self._may_suspend = may_suspend
        self._clock = clock
        self._ready: deque[Handle] = deque()
        self._woken = False

    def add(self, handle: Handle) -> None:
        """Run the handle soon, after those that are ready already."""
        self._ready.append(handle)
        self._ensure_run(self._wake)

    def run(self) -> None:
        """Run the handles that are ready or become ready meanwhile. JavaScript calls this."""
        self._woken = not self._may_suspend  # otherwise this call runs what is added in it
        ends = self._clock() + BUDGET_S
        try:
            while self._ready and self._clock() <= ends:
                handle = self._ready.popleft()
                if self._ready:
                    self._ensure_run(self._wake)
                if not handle.cancelled():
                    handle._run()
        finally:
            self._woken = self._woken and self._may_suspend
            if self._ready:
                self._ensure_run(self._wake_later)

    def _ensure_run(self, wake: Callable[[], object]) -> None:
        if not self._woken:
            self._woken = True
            wake()
