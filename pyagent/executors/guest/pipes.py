"""A ``Channel`` over the pipes of a guest's process. Executors whose guest is a process use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from pyagent.channel import Buffers, Message
from pyagent.errors import ChannelClosed, ProtocolError
from pyagent.protocol import FromGuest
from pyagent.sandbox.frames import HEAD, pack, sizes_length, unpack_sizes
from pyagent.wire import dumps, loads


class Writer(Protocol):
    """What is used of an ``asyncio.StreamWriter``."""

    def write(self, data: bytes) -> None:
        """Write without waiting."""

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""

    def close(self) -> None:
        """Close the pipe. Calling it twice is harmless."""


class PipeChannel:
    """Sends messages as frames over two pipes.

    ``how_it_ended`` is called when the guest closes its end. It returns the reason, such as
    ``its process ended with exit code 1``.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: Writer,
        how_it_ended: Callable[[], Awaitable[str]],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._how_it_ended = how_it_ended

    @property
    def is_over(self) -> bool:
        """Whether the guest is known to have closed its end."""
        return self._writer.is_closing()

    def send(self, message: Message, buffers: Buffers = ()) -> None:
        if self._writer.is_closing():
            raise ChannelClosed("The guest's process has ended.")
        self._writer.write(pack(dumps(message), buffers))

    async def receive(self) -> tuple[Message, list[bytes]]:
        try:
            table = await self._reader.readexactly(
                sizes_length(await self._reader.readexactly(HEAD.size))
            )
            text, *buffers = [await self._reader.readexactly(n) for n in unpack_sizes(table)]
        except (asyncio.IncompleteReadError, OSError):
            raise ChannelClosed(await self._how_it_ended()) from None
        try:
            message: Message = loads(text.decode("utf-8"), FromGuest)
        except UnicodeDecodeError:
            raise ProtocolError("A frame is not UTF-8.") from None
        return message, buffers

    def close(self) -> None:
        self._writer.close()
