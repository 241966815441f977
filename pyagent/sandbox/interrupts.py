"""Decides when an interrupt from outside may stop the code, and when it must wait.

An interrupt can come between any two bytecodes, even while a message is half written. The kernel
opens the window in which the code may be stopped; the link closes it around its own work.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Raised when the host stops the code. Handlers in the code let it pass (see ``compiling``)."""


class Interrupts:
    """Turns SIGINT into ``Interrupted`` where that is harmless, and postpones it elsewhere."""

    def __init__(self) -> None:
        self._allowed = False
        self._pending = False

    def install(self) -> None:
        """Take over SIGINT. Call it only in a process or worker that is nothing but a guest."""
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._allowed:
            raise Interrupted
        self._pending = True

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Let interrupts stop the code. Earlier ones are dropped: they meant an earlier step."""
        self._pending = False
        self._allowed = True
        try:
            yield
        finally:
            self._allowed = False

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Protect work that must not be cut in two. An interrupt meanwhile is raised after it."""
        before, self._allowed = self._allowed, False
        try:
            yield
        finally:
            self._allowed = before
        if before and self._pending:
            self._pending = False
            raise Interrupted
