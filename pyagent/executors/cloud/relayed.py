"""A guest behind ``sandbox.relay``: its pipes as lines of base64, over whatever carries text.

Services decode output as text, and some have no signal that code can catch. So bytes are armoured,
and an interrupt is a line. All of this lives on one event loop.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from signal import Signals
from typing import Protocol

from pyagent.errors import ExecutorError
from pyagent.executors.cloud.source import guest_source
from pyagent.executors.guest.pipes import PipeChannel
from pyagent.sandbox.relay import PIECE_BYTES, READY

logger = logging.getLogger(__name__)

_MAX_LINE_CHARS = 128 * 1024
_MAX_NOISE_CHARS = 1024 * 1024
"""What a login shell may print before the relay begins."""
_WRITE_BYTES = 256 * 1024
_END_WAIT_S = 15.0
_TOLD_WAIT_S = 0.5
_BEATS = 4
"""Signs of life in the time after which silence ends a sandbox."""


class CloudSandbox(Protocol):
    """A sandbox that a service runs for us, as far as a guest needs it."""

    async def write(self, data: bytes) -> None:
        """Write to the command's stdin. Raises ``ExecutorError``."""

    async def prolong(self) -> None:
        """Ask the service to keep the sandbox for its whole life from now. Raises the same."""

    async def end(self) -> None:
        """End the sandbox and all that runs in it. Raises the same."""


class RelayedGuest:
    """A ``Connection`` to a guest behind a relay.

    Whoever runs the relay's command hands in its output with ``feed`` and its end with ``lost``.
    ``life_s`` is how long the sandbox lives without a sign of life, in seconds. After ``idle_s``
    seconds in which nothing was sent and ``is_used`` returned False, the guest is given up.
    """

    def __init__(
        self,
        sandbox: CloudSandbox,
        *,
        life_s: float,
        idle_s: float,
        is_used: Callable[[], bool],
    ) -> None:
        self._sandbox = sandbox
        self._life_s = life_s
        self._idle_s = idle_s
        self._is_used = is_used
        self._reader = asyncio.StreamReader()
        self._lines: deque[bytes] = deque([guest_source()])
        self._has_lines = asyncio.Event()
        self._has_lines.set()
        self._rest = ""
        self._noise = 0
        self._is_ready = False
        self._ended = ""
        self._kill: asyncio.Task[None] | None = None
        self._used_at = asyncio.get_running_loop().time()
        self.channel = PipeChannel(self._reader, _Lines(self), self._how_it_ended)
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Send the guest's source, and keep the sandbox from now on. The relay runs."""
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._live())]

    # --- what comes out ------------------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Take the next output of the relay."""
        if self._ended:
            return
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > _MAX_LINE_CHARS:
            self.lost("it sent a line that is too long")

    def lost(self, reason: str) -> None:
        """Note that nothing more comes. The first reason counts."""
        if not self._ended:
            self._ended = reason.rstrip(".")
            self._reader.feed_eof()

    def _take(self, line: str) -> None:
        if self._ended:
            return
        if not self._is_ready:
            self._noise += len(line)
            self._is_ready = line.strip() == READY
            if self._noise > _MAX_NOISE_CHARS:
                self.lost("it printed too much before the guest began")
        elif line.startswith("="):
            self.lost(_end_told(line))
        elif len(line) > _MAX_LINE_CHARS:
            self.lost("it sent a line that is too long")
        else:
            try:
                data = b64decode(line, validate=True)
            except (NotBase64, ValueError):
                self.lost("it sent a line that is not base64")
                return
            self._used_at = asyncio.get_running_loop().time()
            self._reader.feed_data(data)

    async def _how_it_ended(self) -> str:
        return self._ended or "its channel was closed"

    # --- what goes in --------------------------------------------------------------------------

    def put(self, data: bytes) -> None:
        """Send bytes to the guest."""
        self._used_at = asyncio.get_running_loop().time()
        for start in range(0, len(data), PIECE_BYTES):
            self._lines.append(b64encode(data[start : start + PIECE_BYTES]) + b"\n")
        self._has_lines.set()

    def interrupt(self) -> bool:
        # It overtakes what is waiting, but not the source, without which no guest is there.
        if not self._ended and self._is_ready:
            self._lines.appendleft(b"!\n")
            self._has_lines.set()
        return True

    async def _send(self) -> None:
        while not self._ended:
            try:
                async with asyncio.timeout(self._life_s / _BEATS):
                    await self._has_lines.wait()
            except TimeoutError:
                if self._is_ready:
                    self._lines.append(b"\n")
            data = bytearray()
            while self._lines and len(data) < _WRITE_BYTES:
                data += self._lines.popleft()
            if not self._lines:
                self._has_lines.clear()
            if data:
                try:
                    await self._sandbox.write(bytes(data))
                except ExecutorError as error:
                    await asyncio.sleep(_TOLD_WAIT_S)  # how the command ended says more
                    self.lost(error.message)

    async def _live(self) -> None:
        """Keep the sandbox while it is used, and give it up when it is not."""
        loop = asyncio.get_running_loop()
        while not self._ended:
            await asyncio.sleep(min(self._life_s / _BEATS, self._idle_s))
            if self._is_used():
                self._used_at = loop.time()
            elif loop.time() - self._used_at >= self._idle_s:
                self.lost(f"it was not used for {self._idle_s:g} s, so it was given back")
                return
            try:
                await self._sandbox.prolong()
            except ExecutorError as error:
                # It may be the network. A sandbox that is gone shows in what is written to it.
                logger.warning("A sandbox could not be kept longer: %s", error)

    # --- the end -------------------------------------------------------------------------------

    async def kill(self) -> None:
        if self._kill is None:
            self._kill = asyncio.create_task(self._end())
        await asyncio.shield(self._kill)

    async def _end(self) -> None:
        self.lost("it was ended")
        for task in self._tasks:
            task.cancel()
        try:
            await self._end_sandbox()
        except asyncio.CancelledError:  # the program ends; what is rented must still be given back
            await self._end_sandbox()
            raise
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _end_sandbox(self) -> None:
        try:
            async with asyncio.timeout(_END_WAIT_S):
                await self._sandbox.end()
        except (ExecutorError, TimeoutError) as error:
            logger.warning(
                "A sandbox could not be ended (%s). It ends by itself within %g s.",
                error or "no answer",
                self._life_s,
            )

    @property
    def has_ended(self) -> bool:
        """Whether nothing can be sent any more."""
        return bool(self._ended)


class _Lines:
    """The ``Writer`` of a relayed guest."""

    def __init__(self, guest: RelayedGuest) -> None:
        self._guest = guest

    def write(self, data: bytes) -> None:
        self._guest.put(data)

    def is_closing(self) -> bool:
        return self._guest.has_ended

    def close(self) -> None:
        self._guest.lost("it was ended")


def _end_told(line: str) -> str:
    """The relay's last line in words."""
    code, _, said = line[1:].partition(" ")
    words = ""
    with suppress(NotBase64, ValueError):
        words = b64decode(said).decode("utf-8", "replace")[:500]
    if not code.lstrip("-").isdecimal() or len(code) > 10:
        return "it closed its pipes"
    if (number := int(code)) < 0:
        with suppress(ValueError):
            return f"its process was ended by {Signals(-number).name}"
    return f"its process ended with exit code {number}{': ' if words else ''}{words}"
