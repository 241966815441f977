"""Who has a tool at hand, so that the last of them closes it. ``Tool`` keeps one."""

from __future__ import annotations

from weakref import WeakSet


class Holders:
    """The toolboxes that have a tool. A toolbox that is gone without a word does not count."""

    def __init__(self) -> None:
        self._holders: WeakSet[object] = WeakSet()

    def add(self, holder: object) -> None:
        """``holder`` has the tool from now on."""
        self._holders.add(holder)

    def leave(self, holder: object) -> bool:
        """``holder`` has done with the tool. Returns whether nobody else has it."""
        self._holders.discard(holder)
        return not self._holders

    def __reduce__(self) -> tuple[type[Holders], tuple[()]]:
        """A copy of a tool is in nobody's hands yet."""
        return Holders, ()
