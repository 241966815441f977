"""What an event loop has ready to run, run together in one call from JavaScript.

``bridge`` makes the workers' event loops on it. Pyodide's own loop gives every callback turns of
JavaScript's event loop to itself, and a step of an agent has dozens of callbacks.
"""

from __future__ import annotations

from asyncio import Handle
from collections import deque
from collections.abc import Callable
from time import monotonic

BUDGET_S = 0.008
"""After so long, what is ready waits until messages and timers of JavaScript had their turn."""


class ReadyQueue:
    """Runs handles in order.

    ``wake`` makes JavaScript call ``run`` soon, ``wake_later`` after the events that wait there.
    ``may_suspend``: a handle may be suspended in the middle (JSPI's ``run_sync``), and ``run``
    with it. So whenever a handle runs while others are ready, another ``run`` is on its way.
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
        """Run it soon, after those that are ready."""
        self._ready.append(handle)
        self._ensure_run(self._wake)

    def run(self) -> None:
        """Run what is ready, and what that makes ready. Called by JavaScript."""
        self._woken = not self._may_suspend  # without that, this call sees what is added in it
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
