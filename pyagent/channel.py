"""Channels: ordered, reliable message pipes between realms, and a pair inside one process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from pyagent.errors import ChannelClosed
from pyagent.protocol import FromAgent, FromGuest, ToAgent, ToGuest

Message: TypeAlias = ToGuest | FromGuest | ToAgent | FromAgent
Buffers: TypeAlias = Sequence[bytes]


class Channel(Protocol):
    """One end of a pipe. Messages arrive in the order in which they were sent."""

    def send(self, message: Message, buffers: Buffers = ()) -> None:
        """Send without waiting. Raises ``ChannelClosed``."""

    async def receive(self) -> tuple[Message, list[bytes]]:
        """Wait for the next message. Raises ``ChannelClosed``, ``ProtocolError``."""

    def close(self) -> None:
        """Close both ends. Calling it twice is harmless."""


class MemoryChannel:
    """A ``Channel`` whose other end is in the same process. ``memory_pair`` makes it."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[tuple[Message, list[bytes]] | None] = asyncio.Queue()
        self._peer = self
        self._closed = False

    def send(self, message: Message, buffers: Buffers = ()) -> None:
        if self._closed:
            raise ChannelClosed("The channel is closed.")
        self._peer._inbox.put_nowait((message, list(buffers)))

    async def receive(self) -> tuple[Message, list[bytes]]:
        if self._closed and self._inbox.empty():
            raise ChannelClosed("The channel is closed.")
        item = await self._inbox.get()
        if item is None:
            raise ChannelClosed("The channel is closed.")
        return item

    def close(self) -> None:
        for end in (self, self._peer):
            if not end._closed:
                end._closed = True
                end._inbox.put_nowait(None)


def memory_pair() -> tuple[MemoryChannel, MemoryChannel]:
    """The two ends of one pipe."""
    left, right = MemoryChannel(), MemoryChannel()
    left._peer, right._peer = right, left
    return left, right
