"""Sandboxes for the agent worker's executor: the page makes and kills them, we ask for them.

Each has a number, its generation. Asking for a new one kills those before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pyagent.browser.port import Port, PortChannel
from pyagent.errors import SandboxLostError
from pyagent.protocol import FromGuest, SandboxAttached, SandboxLost, SandboxRequest


@dataclass(frozen=True, kw_only=True)
class SandboxConnection:
    """A ``Connection`` to one sandbox."""

    channel: PortChannel
    control: Port
    can_interrupt: bool

    def interrupt(self) -> bool:
        """By Pyodide's interrupt buffer; the frame's window writes into it."""
        if self.can_interrupt:
            self.control.post("interrupt", ())
        return self.can_interrupt

    async def kill(self) -> None:
        """Cut it off. The page removes its frame when the next one is asked for."""
        self.channel.close()
        self.control.close()


class Sandboxes:
    """``connect`` makes connections; the worker's entry hands in what the page says.

    ``send`` takes a request to the page. ``can_interrupt`` says whether memory can be shared.
    """

    def __init__(self, send: Callable[[SandboxRequest], None], *, can_interrupt: bool) -> None:
        self._send = send
        self._can_interrupt = can_interrupt
        self._generation = 0
        self._waiting: asyncio.Future[SandboxConnection] | None = None
        self._connection: SandboxConnection | None = None

    async def connect(self) -> SandboxConnection:
        """A fresh sandbox. Raises ``SandboxLostError``."""
        self._generation += 1
        if self._waiting is not None:
            self._waiting.cancel()
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        self._send(SandboxRequest(generation=self._generation))
        self._connection = await waiting
        return self._connection

    def attached(self, message: SandboxAttached, guest: Port, control: Port) -> None:
        """The page has made a sandbox. One that nobody waits for any longer is closed."""
        waiting = self._waiting_for(message.generation)
        if waiting is None:
            guest.close()
            control.close()
            return
        channel = PortChannel(guest, FromGuest)
        waiting.set_result(
            SandboxConnection(channel=channel, control=control, can_interrupt=self._can_interrupt)
        )

    def lost(self, message: SandboxLost) -> None:
        """The page says that a sandbox is gone or could not be made."""
        waiting = self._waiting_for(message.generation)
        if waiting is not None:
            waiting.set_exception(SandboxLostError(f"No sandbox: {message.reason}"))
        elif self._connection is not None and message.generation == self._generation:
            self._connection.channel.close(message.reason)

    def _waiting_for(self, generation: int) -> asyncio.Future[SandboxConnection] | None:
        waiting = self._waiting
        if generation != self._generation or waiting is None or waiting.done():
            return None
        return waiting
