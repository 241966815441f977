"""The toolboxes that have a tool, so that the last one closes it. Every ``Tool`` keeps them."""

from __future__ import annotations

from weakref import WeakSet


class Holders:
    """The toolboxes that have one tool. A toolbox that was garbage-collected does not count."""

    def __init__(self) -> None:
        self._holders: WeakSet[object] = WeakSet()

    def add(self, holder: object) -> None:
        """Note that ``holder`` has the tool from now on."""
        self._holders.add(holder)

    def leave(self, holder: object) -> bool:
        """Note that ``holder`` has let go of the tool. Returns whether nobody else has it."""
        self._holders.discard(holder)
        return not self._holders

    def __reduce__(self) -> tuple[type[Holders], tuple[()]]:
        """Copy as empty: nobody holds the copy of a tool yet."""
        return Holders, ()
