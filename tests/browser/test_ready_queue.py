"""Callbacks of an event loop run together in one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from pyagent.browser.ready_queue import BUDGET_S, ReadyQueue


@dataclass
class FakeJavaScript:
    """Records how the queue wakes it. A callback can move the clock of the queue."""

    may_suspend: bool = False
    woken: list[str] = field(default_factory=list)
    now: float = 0.0
    ran: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.queue = ReadyQueue(
            lambda: self.woken.append("soon"),
            lambda: self.woken.append("later"),
            may_suspend=self.may_suspend,
            clock=lambda: self.now,
        )

    def add(self, name: str, then: Callable[[], None] = lambda: None) -> asyncio.Handle:
        def callback() -> None:
            self.ran.append(name)
            then()

        handle = asyncio.Handle(callback, (), self.loop)
        self.queue.add(handle)
        return handle

    def close(self) -> list[str]:
        self.loop.close()
        return self.ran


def test_ready_callbacks_run_in_order_in_one_call() -> None:
    javascript = FakeJavaScript()

    def add_third() -> None:
        javascript.add("third")

    javascript.add("first", add_third)
    javascript.add("second")
    assert javascript.woken == ["soon"]
    javascript.queue.run()
    assert javascript.woken == ["soon"]
    assert javascript.close() == ["first", "second", "third"]


def test_cancelled_callbacks_do_not_run() -> None:
    javascript = FakeJavaScript()
    javascript.add("cancelled").cancel()
    javascript.queue.run()
    assert javascript.close() == []


def test_another_call_runs_the_rest_while_a_callback_is_suspended() -> None:
    javascript = FakeJavaScript(may_suspend=True)

    def suspend() -> None:
        # As JSPI does: JavaScript goes on while this callback has not ended.
        assert javascript.woken == ["soon", "soon"]
        javascript.queue.run()
        assert javascript.ran == ["suspended", "waiting"]

    javascript.add("suspended", suspend)
    javascript.add("waiting")
    javascript.queue.run()
    assert javascript.close() == ["suspended", "waiting"]


def test_callbacks_that_a_suspended_one_makes_ready_run_too() -> None:
    javascript = FakeJavaScript(may_suspend=True)

    def suspend() -> None:
        javascript.add("awaited")
        assert javascript.woken == ["soon", "soon"]
        javascript.queue.run()
        assert javascript.ran == ["suspended", "awaited"]

    javascript.add("suspended", suspend)
    javascript.queue.run()
    javascript.close()


def test_endless_callbacks_let_javascript_events_in() -> None:
    javascript = FakeJavaScript()

    def again() -> None:
        javascript.now += BUDGET_S / 2
        javascript.add("again", again)

    again()
    javascript.woken.clear()
    javascript.queue.run()
    assert javascript.close() == ["again"] * 3
    assert javascript.woken == ["later"]
