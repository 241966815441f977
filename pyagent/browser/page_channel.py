"""The agent worker's channel to the page, which sends the events of a run in few messages.

A message wakes the page's only thread, which costs far more than what is in the message. Code can
call a tool a thousand times a second, and each call has two events. So events that come close
together travel together: one JSON text in each line, in the order in which they were sent.
``web/src/channel.ts`` takes them apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any, get_args

from pyagent import wire
from pyagent.browser.port import Port, PortChannel
from pyagent.channel import Buffers, Message
from pyagent.errors import ChannelClosed, ProtocolError
from pyagent.protocol import Event, RunFinished, ToAgent, Totals

FRAME_S = 0.016
"""The least time between two messages that hold nothing but events: a frame of the screen."""

_CAN_WAIT = frozenset({*get_args(Event), Totals}) - {RunFinished}
"""The messages that are only shown. All others are sent at once, with those that wait."""


class PageChannel(PortChannel):
    """A ``PortChannel`` whose events wait for each other, but at most for ``FRAME_S``.

    An event that comes alone is sent at once. Nothing overtakes an event that waits.
    """

    def __init__(self, port: Port, *, clock: Callable[[], float] = perf_counter) -> None:
        super().__init__(port, ToAgent)
        self._clock = clock
        self._waiting: list[str] = []
        self._chars = 0
        self._sent_at = clock() - FRAME_S
        self._timer: asyncio.Handle | None = None
        self._may_take_long = True

    def send(self, message: Message, buffers: Buffers = ()) -> None:
        if self._closed is not None:
            raise ChannelClosed(self._closed)
        text = wire.dumps(message)
        if self._chars + len(text) > wire.MAX_CHARS:
            self.flush()
        self._waiting.append(text)
        self._chars += len(text) + 1
        if buffers or type(message) not in _CAN_WAIT:
            self.flush(buffers)
        elif self._timer is None:
            self._flush_in_time()

    def flush(self, buffers: Buffers = ()) -> None:
        """Send what waits. ``buffers`` belong to the last of the messages."""
        if self._waiting and self._closed is None:
            waiting = self._waiting.copy()
            self._waiting.clear()
            self._chars = 0
            self._sent_at = self._clock()
            try:
                self._port.post("\n".join(waiting), buffers)
            except (MemoryError, ProtocolError):  # for the buffers; what came before is not lost
                if buffers and waiting[:-1]:
                    self._port.post("\n".join(waiting[:-1]), ())
                raise

    async def call_inline(self, function: Callable[[], Any]) -> Any:
        """Call a function that may block this worker, and with it the timer for what waits.

        The page hears first what came before the call, unless the last such call was a quick one:
        code often calls a quick tool many times.
        """
        if self._may_take_long:
            self.flush()
        started = self._clock()
        try:
            return function()
        finally:
            self._may_take_long = self._clock() - started > FRAME_S

    def _flush_in_time(self) -> None:
        wait_s = self._sent_at + FRAME_S - self._clock()
        if wait_s <= 0:
            self.flush()
        else:
            # Nothing cancels it: a timer for each call of a tool would cost more than a message.
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._frame_ended)

    def _frame_ended(self) -> None:
        self._timer = None
        self.flush()
