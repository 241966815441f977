"""Work that is done before a tool's first call, whichever thread makes it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Once:
    """Does its work at the first call only; who comes meanwhile waits. Work that raises is not
    done: the next call tries again. ``is_done`` from the start where there is none to do.
    """

    def __init__(self, is_done: bool = False) -> None:
        self.is_done = is_done
        self._lock = threading.Lock()

    def __call__(self, work: Callable[[], object]) -> None:
        with self._lock:
            if not self.is_done:
                work()
                self.is_done = True

    def __reduce__(self) -> tuple[type[Once], tuple[bool]]:
        """For copies of the tool: a lock cannot be copied, what the work made can."""
        return Once, (self.is_done,)
