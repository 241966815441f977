"""Channels over message ports. The agent worker has one to the page, and one to each sandbox."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from pyagent import wire
from pyagent.channel import Buffers, Message
from pyagent.errors import ChannelClosed

Deliver: TypeAlias = Callable[[str, list[bytes], Sequence["Port"]], None]


class Port(Protocol):
    """The part of a ``MessagePort`` that we use: sends text and bytes; gets those and ports."""

    def listen(self, deliver: Deliver, closed: Callable[[], None]) -> None:
        """Call ``deliver`` for each message, and ``closed`` when the other end is gone."""

    def post(self, text: str, buffers: Sequence[bytes]) -> None:
        """Send without waiting."""

    def close(self) -> None:
        """Close the port. Calling it twice is harmless."""


class PortChannel:
    """A ``Channel`` over a port; ``incoming`` is the union of what may arrive."""

    def __init__(self, port: Port, incoming: Any) -> None:
        self._port = port
        self._incoming = incoming
        self._inbox: deque[tuple[str, list[bytes]]] = deque()
        self._arrived = asyncio.Event()
        self._closed: str | None = None
        self.ports: deque[Port] = deque()
        """Ports that came with messages, oldest first. The code that expects a port removes it."""
        port.listen(self._deliver, lambda: self._close("The other end is gone."))

    def send(self, message: Message, buffers: Buffers = ()) -> None:
        if self._closed is not None:
            raise ChannelClosed(self._closed)
        self._port.post(wire.dumps(message), buffers)

    async def receive(self) -> tuple[Message, list[bytes]]:
        while not self._inbox:
            if self._closed is not None:
                raise ChannelClosed(self._closed)
            self._arrived.clear()
            await self._arrived.wait()
        text, buffers = self._inbox.popleft()
        return wire.loads(text, self._incoming), buffers

    def close(self, reason: str = "The channel is closed.") -> None:
        """Close the channel. ``reason`` becomes the text of ``ChannelClosed``."""
        self._port.close()
        self._close(reason)

    def _deliver(self, text: str, buffers: list[bytes], ports: Sequence[Port]) -> None:
        self._inbox.append((text, buffers))
        self.ports.extend(ports)
        self._arrived.set()

    def _close(self, reason: str) -> None:
        if self._closed is None:
            self._closed = reason
        self._arrived.set()
