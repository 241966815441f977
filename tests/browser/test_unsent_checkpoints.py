"""Save points whose checkpoint, or whose parts, cannot be posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pyagent.browser.journal.save_points import SavePoints
from pyagent.errors import ProtocolError
from pyagent.executors.base import Kept
from pyagent.executors.local import LocalExecutor
from pyagent.protocol import SavePoint

Fails = Callable[[SavePoint, Sequence[bytes]], bool]
LATEST = "the latest variables and files"


class Page:
    """What a page gets from save points that fail to be sent when ``fails`` says so."""

    def __init__(self, fails: Fails) -> None:
        self.fails = fails
        self.got: list[SavePoint] = []
        self.saves = SavePoints(self._send, LocalExecutor())

    def _send(self, message: SavePoint, buffers: Sequence[bytes]) -> None:
        if self.fails(message, buffers):
            raise ProtocolError("There is no memory for what should be sent.")
        assert bool(buffers) == (message.checkpoint == "new")
        self.got.append(message)

    def post(self, step: int, kept: bytes) -> list[SavePoint]:
        """Post a save point. Returns what came of it."""
        self.got = []
        message = SavePoint(run_id="r", step=step, parts={"a": step, "b": step})
        self.saves._post(message, Kept(checkpoint=kept, lost={}))
        return self.got


def with_buffers(message: SavePoint, buffers: Sequence[bytes]) -> bool:
    return bool(buffers)


def never(message: SavePoint, buffers: Sequence[bytes]) -> bool:
    return False


@pytest.mark.parametrize("has_older", [False, True])
def test_a_checkpoint_that_cannot_be_sent_is_lost_and_sent_later(has_older: bool) -> None:
    page = Page(never)
    if has_older:
        assert [m.checkpoint for m in page.post(1, b"old")] == ["new"]
    page.fails = with_buffers
    for step in (2, 3):
        got = page.post(step, b"big")
        assert {m.checkpoint for m in got} == {"same" if has_older else "none"}
        assert {name for m in got for name in m.parts} == {"a", "b"}
        assert "no memory" in got[-1].lost[LATEST]
    page.fails = never
    [last] = page.post(4, b"big")
    assert (last.checkpoint, last.lost) == ("new", {})
    assert [m.checkpoint for m in page.post(5, b"big")] == ["same"]


def test_parts_come_one_by_one_and_the_checkpoint_with_the_rest() -> None:
    page = Page(never)
    page.post(1, b"old")
    page.fails = lambda message, buffers: len(message.parts) > 1 or "b" in message.parts
    got = page.post(2, b"new")
    assert [m.checkpoint for m in got] == ["same", "new"]
    assert got[-1].lost == {"b": "it is too large to be kept"}


def test_nothing_escapes_when_nothing_can_be_sent() -> None:
    page = Page(lambda message, buffers: True)
    assert page.post(1, b"x") == []
    page.fails = never
    assert [m.checkpoint for m in page.post(2, b"x")] == ["new"]
