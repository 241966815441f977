"""The deadline of a step's code. Its clock can stop while a person or another agent decides, and it
counts no time in which the tab or the machine slept.

Only code that waits for that answer has its clock stopped. A guest that waits answers at once when
it is asked whether it does; one whose code runs on beside the open question does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager

from pyagent.concurrency.sleeps import on_sleep

_ASK_AFTER_S = 0.5
_ANSWER_WAIT_S = 0.5


class Deadline:
    """Calls ``expire`` once, ``seconds`` from now; None means no limit. Needs a running loop.

    ``answered`` asks the guest whether it waits, and returns when the guest has answered. It may
    raise if the guest is gone.
    """

    def __init__(
        self,
        seconds: float | None,
        expire: Callable[[], None],
        answered: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._expire = expire
        self._answered = answered
        self._watching: asyncio.Task[None] | None = None
        self._left = seconds
        self._holders = 0
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._listening = ExitStack()
        self._listening.enter_context(on_sleep(self._slept))
        self._go_on()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Stop the clock while the context is open and the guest waits.

        Several contexts may be open at once.
        """
        self._holders += 1
        if self._holders == 1:
            self._stop()
        if self._watching is None and self._answered is not None and self._left is not None:
            self._watching = asyncio.create_task(self._watch(self._answered))
        try:
            yield
        finally:
            self._holders -= 1
            if self._holders == 0:
                if self._watching is not None:
                    self._watching.cancel()
                self._watching = None
                self._go_on()

    def cancel(self) -> None:
        """Never expire."""
        if self._watching is not None:
            self._watching.cancel()
        self._stop()
        self._left = None
        self._listening.close()

    async def _watch(self, answered: Callable[[], Awaitable[object]]) -> None:
        """Let the clock run while the guest gives no answer."""
        while self._holders and self._left is not None:
            await asyncio.sleep(_ASK_AFTER_S)
            asked = asyncio.ensure_future(answered())
            try:
                done, _ = await asyncio.wait([asked], timeout=_ANSWER_WAIT_S)
                if not done:
                    self._go_on()
                    await asyncio.wait([asked])
                    self._stop()
                if asked.exception() is not None:
                    return  # whoever runs the step hears of the loss
            finally:
                asked.cancel()

    def _go_on(self) -> None:
        if self._left is not None and self._timer is None:
            self._until = self._loop.time() + self._left
            self._timer = self._loop.call_later(self._left, self._expired)

    def _stop(self) -> None:
        if self._timer is not None and self._left is not None:
            self._timer.cancel()
            # The timer itself does not know its time in Pyodide.
            self._left = max(self._until - self._loop.time(), 0.0)
        self._timer = None

    def _slept(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._until += seconds
            self._timer = self._loop.call_at(self._until, self._expired)

    def _expired(self) -> None:
        self._timer = self._left = None
        self._listening.close()
        self._expire()
