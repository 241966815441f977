"""The guest's link in a sandbox worker: a port, and a way to wait for it in the middle of code.

A ``PackageResponse`` goes to the coroutine that asked for it, because installers ask for several
files at once. All other messages wait in order for the guest.
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
from pyagent.protocol import (
    FileContent,
    FromGuest,
    PackageRequest,
    PackageResponse,
    ReadFile,
    ToGuest,
)

T = TypeVar("T")
Received = tuple[ToGuest, list[bytes]]

FIRST_PACKAGE_ID = 1 << 32
"""First id of this link's own requests. The guest's own requests count from 1."""


class PortLink:
    """A ``Link`` over a port. ``block`` waits for a message without returning to the event loop."""

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
        """Ask the trusted side to GET a URL."""
        request = PackageRequest(id=next(self._ids), url=url)
        answer: asyncio.Future[tuple[PackageResponse, bytes]]
        answer = asyncio.get_event_loop().create_future()
        self._packages[request.id] = answer
        try:
            self.send(request)
            await self._answered(answer)
            return answer.result()
        finally:
            del self._packages[request.id]

    async def _answered(self, answer: asyncio.Future[Any]) -> None:
        """Wait for the answer to a question about a package."""
        await answer

    def deliver(self, text: str, buffers: list[bytes], ports: Sequence[Port] = ()) -> None:
        """Take a message that has arrived."""
        message: ToGuest = wire.loads(text, ToGuest)
        asker = self._packages.get(message.id) if isinstance(message, PackageResponse) else None
        if isinstance(message, PackageResponse) and asker is not None:
            asker.set_result((message, buffers[0] if buffers else b""))
        elif self._packages and isinstance(message, ReadFile) and not message.path:
            # The question whether the code waits. It does, but not in ``wait``.
            self.send(FileContent(id=message.id, error="No file is called so."), [b""])
        else:
            self._inbox.append((message, buffers))
            self._wake()

    def close(self) -> None:
        """Note that no more messages will come."""
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
    """Run a coroutine where code cannot wait. Raises ``RuntimeError`` if the coroutine waits."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    raise RuntimeError("This browser cannot await something here. Write the code without await.")
