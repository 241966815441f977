"""What is known of the network, and waiting until it is back. ``HttpModel`` calls this.

A page says when it is offline and when it is back, through ``Network.report``. A program knows
nothing but that requests fail. Neither is certain, so every wait ends in a request, at the latest
after ``poll_s``. Servers on this machine need no network, and nobody waits for them here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager

from pyagent.concurrency.sleeps import on_sleep
from pyagent.errors import EndpointError, ModelError
from pyagent.models.base import LeftOut, ModelEvent, NetworkBack, NetworkLost, Retrying

PATIENCE_S = 600.0
"""How long a request waits for a server that answered before and cannot be reached now."""
POLL_S = 15.0
"""How often such a server is asked meanwhile."""
SILENCE_S = 5.0
"""How long a reply may still be silent once the network is said to be gone."""
OFFLINE = "Paused: no network. It goes on when the network is back."


class Network:
    """The network between this program and the models' servers; several models may share it."""

    def __init__(self, *, poll_s: float = POLL_S) -> None:
        self.is_offline = False
        """Whether somebody who knows said that there is no network."""
        self.poll_s = poll_s
        self._waiting: set[asyncio.Future[None]] = set()
        self._reading: dict[asyncio.Timeout, float | None] = {}
        """The limits of the replies that are read, and when each ends while there is a network."""

    def report(self, *, online: bool) -> None:
        """Note whether there is a network. If there is, requests that wait are sent.

        Call it in the event loop in which the requests are.
        """
        self.is_offline = not online
        if online:
            self.try_now()
        soon = asyncio.get_running_loop().time() + SILENCE_S if self._reading else 0.0
        for limit, until in self._reading.items():
            if not limit.expired():
                limit.reschedule(until if online or (until and until < soon) else soon)

    @contextmanager
    def reading(self, limit: asyncio.Timeout) -> Iterator[None]:
        """Make a block that waits for a piece of a reply; ``limit`` ends soon without a network."""
        self._reading[limit] = limit.when()
        try:
            yield
        finally:
            del self._reading[limit]

    def try_now(self) -> None:
        """Send the requests that wait. Any thread may call this."""
        for waiting in tuple(self._waiting):
            waiting.get_loop().call_soon_threadsafe(_end, waiting)

    async def wait(self) -> None:
        """Wait until the next request is worth sending."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await asyncio.wait([waiting], timeout=self.poll_s)
        finally:
            self._waiting.discard(waiting)

    def is_to_blame(self, error: ModelError, *, has_answered: bool) -> bool:
        """Whether a request failed before its reply for want of a network.

        An address that never answered is more likely wrong, unless somebody said that the network
        is gone.
        """
        if self.is_offline:
            return error.status is None and error.kind in ("unreachable", "timeout")
        silent = isinstance(error, EndpointError) and error.status is None
        return silent and error.kind == "unreachable" and has_answered


async def outlasting(
    attempt: Callable[[bool], AsyncGenerator[ModelEvent, None]],
    is_lost: Callable[[ModelError], bool],
    network: Network,
    *,
    patience_s: float,
) -> AsyncGenerator[ModelEvent, None]:
    """The events of ``attempt``, which is made again whenever ``is_lost`` says so of its error.

    ``attempt`` gets whether this is one of those further times. ``NetworkLost`` comes once, and
    ``NetworkBack`` before whatever else comes then. Nobody waits longer than ``patience_s`` without
    somebody who says that there is no network.
    """
    time = asyncio.get_running_loop().time
    began: float | None = None
    asleep_s = 0.0

    def slept(seconds: float) -> None:
        nonlocal asleep_s
        asleep_s += seconds

    with on_sleep(slept):
        while True:
            try:
                async with aclosing(attempt(began is not None)) as events:
                    async for event in events:
                        if began is not None and not isinstance(event, Retrying | LeftOut):
                            yield NetworkBack(seconds=time() - began)
                            began = None
                        yield event
                return
            except ModelError as error:
                if not is_lost(error):
                    if began is not None:
                        yield NetworkBack(seconds=time() - began)
                    raise
                if began is None:
                    began, asleep_s = time(), 0.0
                    yield NetworkLost(reason=error.message, message=_paused(network, error))
                elif time() - began - asleep_s > patience_s and not network.is_offline:
                    raise
            await network.wait()


def _paused(network: Network, error: ModelError) -> str:
    if network.is_offline:
        return OFFLINE
    return f"Paused: {error.message.rstrip('.')}. It goes on when there is an answer."


def _end(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
