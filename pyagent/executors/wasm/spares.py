"""Guests that are ready before anybody needs them. Executors of the same options share them."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Hashable

from pyagent.errors import AgentError
from pyagent.executors.wasm.guest_process import GuestProcess

logger = logging.getLogger(__name__)

Start = Callable[[], GuestProcess]


class Spares:
    """One guest that is ready, for as long as somebody holds the pool. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._ready: GuestProcess | None = None
        self._is_starting = False

    def hold(self) -> None:
        """Keep the pool open until ``release``."""
        with self._lock:
            self._holders += 1

    def release(self) -> None:
        """Let go of the pool. The last to do so ends the spare guest."""
        with self._lock:
            self._holders -= 1
            guest = self._take() if self._holders == 0 else None
        if guest is not None:
            guest.kill()

    def take(self) -> GuestProcess | None:
        """The spare guest; None if there is none that lives."""
        with self._lock:
            guest = self._take()
        if guest is not None and not guest.lives:
            guest.kill()
            return None
        return guest

    def refill(self, start: Start) -> None:
        """Start the next spare guest in a thread, unless there is one."""
        with self._lock:
            if self._is_starting or self._ready is not None or self._holders == 0:
                return
            self._is_starting = True
        threading.Thread(target=self._start, args=[start], name="spare guest", daemon=True).start()

    def _start(self, start: Start) -> None:
        guest = None
        try:
            guest = start()
        except AgentError as error:  # whoever needs a guest hears of it
            logger.info("No spare guest: %s", error)
        finally:
            with self._lock:
                self._is_starting = False
                if self._holders > 0:
                    self._ready, guest = guest, None
        if guest is not None:
            guest.kill()

    def _take(self) -> GuestProcess | None:
        guest, self._ready = self._ready, None
        return guest


_pools: dict[Hashable, Spares] = {}
_lock = threading.Lock()


def spares_of(options: Hashable) -> Spares:
    """The pool of guests with these options."""
    with _lock:  # a forked process must not share the guests of its parent
        return _pools.setdefault((os.getpid(), options), Spares())
