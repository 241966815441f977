"""Who has a tool or an agent in use, so that the last of them closes it."""

from __future__ import annotations

from weakref import WeakSet


class Holders:
    """Those who use one thing. A holder that was garbage-collected does not count."""

    def __init__(self) -> None:
        self._holders: WeakSet[object] = WeakSet()

    def add(self, holder: object) -> None:
        """Note that ``holder`` uses it from now on."""
        self._holders.add(holder)

    def leave(self, holder: object) -> bool:
        """Note that ``holder`` has done with it. Returns whether it was the last to use it."""
        was_there = holder in self._holders
        self._holders.discard(holder)
        return was_there and not self._holders

    def __reduce__(self) -> tuple[type[Holders], tuple[()]]:
        """Copy as empty: nobody uses the copy yet."""
        return Holders, ()
