"""When an interrupt from outside may stop the code, and when it must wait.

An interrupt can come between any two bytecodes, also while a message is half written. The kernel
opens the window in which the code may be stopped; the link closes it around its own work.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """The host stops the code. Handlers in the code let it pass (see ``compiling``)."""


class Interrupts:
    """Turns SIGINT into ``Interrupted`` where that is harmless, else puts it off."""

    def __init__(self) -> None:
        self._allowed = False
        self._pending = False

    def install(self) -> None:
        """Take over SIGINT. Only in a process (or worker) that is nothing but a guest."""
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._allowed:
            raise Interrupted
        self._pending = True

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """Code runs that may be stopped. What came before was meant for an earlier step."""
        self._pending = False
        self._allowed = True
        try:
            yield
        finally:
            self._allowed = False

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Work that must not be cut in two; an interrupt in it is raised after it."""
        before, self._allowed = self._allowed, False
        try:
            yield
        finally:
            self._allowed = before
        if before and self._pending:
            self._pending = False
            raise Interrupted
