"""The guest's link in a sandbox worker: a port, and a way to wait for it in the middle of code.

An answer to an installer goes to the coroutine that asked, because installers ask for several files
at once; everything else waits in order for the guest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from itertools import count
from typing import Any, TypeVar

from pyagent import wire
from pyagent.browser.port import Port
from pyagent.errors import ChannelClosed
from pyagent.protocol import FromGuest, PackageRequest, PackageResponse, ToGuest

T = TypeVar("T")
Received = tuple[ToGuest, list[bytes]]

FIRST_PACKAGE_ID = 1 << 32
"""Requests of this link count from here, those of the guest itself from 1."""


class PortLink:
    """A ``Link``. ``block`` waits for a message without returning to the event loop's caller."""

    def __init__(self, port: Port, block: Callable[[PortLink], None]) -> None:
        self._port = port
        self._block = block
        self._inbox: deque[Received] = deque()
        self._waiters: list[Callable[[], object]] = []
        self._packages: dict[int, asyncio.Future[tuple[PackageResponse, bytes]]] = {}
        self._ids = count(FIRST_PACKAGE_ID)
        self._closed = False
        port.listen(self.deliver, self.close)

    def send(self, message: FromGuest, buffers: Sequence[bytes] = ()) -> None:
        self._port.post(wire.dumps(message), buffers)

    def wait(self) -> Received:
        """Block until a message comes. Raises ``ChannelClosed``."""
        while not self._inbox:
            self._check_open()
            self._block(self)
        return self._inbox.popleft()

    async def receive(self) -> Received:
        """The next message. Raises ``ChannelClosed``."""
        while not self._inbox:
            self._check_open()
            arrived = asyncio.Event()
            self.on_arrival(arrived.set)
            await arrived.wait()
        return self._inbox.popleft()

    def on_arrival(self, waiter: Callable[[], object]) -> None:
        """Call ``waiter`` once, when something arrives."""
        self._waiters.append(waiter)

    async def fetch_package(self, url: str) -> tuple[PackageResponse, bytes]:
        """GET a URL by way of the trusted side."""
        request = PackageRequest(id=next(self._ids), url=url)
        answer: asyncio.Future[tuple[PackageResponse, bytes]]
        answer = asyncio.get_event_loop().create_future()
        self._packages[request.id] = answer
        try:
            self.send(request)
            return await answer
        finally:
            del self._packages[request.id]

    def deliver(self, text: str, buffers: list[bytes], ports: Sequence[Port] = ()) -> None:
        """Take a message that arrived."""
        message: ToGuest = wire.loads(text, ToGuest)
        asker = self._packages.get(message.id) if isinstance(message, PackageResponse) else None
        if isinstance(message, PackageResponse) and asker is not None:
            asker.set_result((message, buffers[0] if buffers else b""))
        else:
            self._inbox.append((message, buffers))
            self._wake()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter()

    def _check_open(self) -> None:
        if self._closed:
            raise ChannelClosed("The executor is gone.")


def run_at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing, where code cannot wait. Else ``RuntimeError``."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    raise RuntimeError("This browser cannot await something here. Write the code without await.")
