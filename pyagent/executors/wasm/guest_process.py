"""One guest's process under Deno: its start, its pipes, and its end.

Deno gets no permission at all, so the process can open no file, connect nowhere, read no
environment and start no program. It gets its files and messages on stdin. It keeps nothing on disk
either, because ``DENO_DIR`` is a path that nobody can make: without that, ``localStorage`` and
``caches`` would pass from one guest to the next.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from pyagent.channel import Message
from pyagent.errors import ChannelClosed, ProtocolError, SandboxLostError
from pyagent.executors.guest.pipes import PipeChannel
from pyagent.executors.wasm.image import Image
from pyagent.executors.wasm.program import program

MARK = b"\xf5pyagent"
"""What precedes each frame of a guest: web/src/process/frames.ts says why."""

_PAGE_BYTES = 65_536
_READ_BYTES = 1 << 20
_PIPE_BYTES = 1 << 20
_TAIL_BYTES = 4_096
MAX_BESIDE_BYTES = 256 << 20
"""How much a guest may write beside its frames in its whole life."""
_END_WAIT_S = 0.5
_ENV = {"DENO_DIR": "/dev/null/deno", "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
_FLAGS = ("--quiet", "--no-prompt", "--no-remote", "--no-npm", "--no-config", "--no-lock")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a guest may use."""

    memory_bytes: int
    """Of Python's memory. Code that wants more gets a ``MemoryError``."""
    script_bytes: int
    """Of JavaScript's heap. A guest that wants more ends."""
    data_bytes: int
    """Of all memory of the process, where the system can limit it."""


class GuestProcess:
    """A guest that was started. It belongs to no event loop until ``connect``."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: int) -> None:
        self._process = process
        self._stdin = stdin
        self.process_id = process.pid

    @property
    def lives(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    async def connect(self) -> GuestConnection:
        """Join the guest's pipes to the running event loop."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ_BYTES)
        tail = _Tail()
        out, err = self._process.stdout, self._process.stderr
        reading, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), out)
        errors, _ = await loop.connect_read_pipe(lambda: tail, err)
        pipe, self._stdin = os.fdopen(self._stdin, "wb", buffering=0), -1
        writing, _ = await loop.connect_write_pipe(asyncio.Protocol, pipe)
        return GuestConnection(self._process, reader, writing, [reading, errors], tail)

    def kill(self) -> None:
        """End a guest that is not connected. Blocks for some milliseconds."""
        _kill(self._process)
        self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        if self._stdin >= 0:
            os.close(self._stdin)


def start_guest(script: bytes, image: Image, limits: Limits) -> GuestProcess:
    """Start a guest and send it its image. Blocks for some tenths of a second.

    ``script`` is process/main.js of the site. Raises ``SandboxLostError``.
    """
    pages = max(1, limits.memory_bytes // _PAGE_BYTES)
    heap = max(1, limits.script_bytes >> 20)
    engine = f"--v8-flags=--wasm-max-mem-pages={pages},--max-old-space-size={heap}"
    address = f"data:text/javascript;base64,{base64.b64encode(script).decode()}"
    reading, writing = os.pipe()
    try:
        _widen(writing)
        process = subprocess.Popen(
            ["deno", "run", *_FLAGS, engine, address],
            executable=program(),
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_ENV,
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
    except OSError as error:
        os.close(writing)
        raise SandboxLostError(f"Deno could not be started: {error}") from error
    finally:
        os.close(reading)
    guest = GuestProcess(process, writing)
    try:
        _limit(process.pid, limits)
        image.send(writing)
    except OSError as error:
        said = _last_line(_rest_of(process))
        guest.kill()
        raise SandboxLostError(f"Deno ended while it started: {said or error}") from error
    except BaseException:
        guest.kill()
        raise
    return guest


class GuestConnection:
    """A ``Connection`` to a guest."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writing: asyncio.WriteTransport,
        reading: Sequence[asyncio.ReadTransport],
        tail: _Tail,
    ) -> None:
        self._process = process
        self._reading = reading
        self._tail = tail
        self.channel = MarkedChannel(reader, cast("Any", writing), self._how_it_ended)

    def interrupt(self) -> bool:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        return True

    async def kill(self) -> None:
        _kill(self._process)
        await asyncio.to_thread(self._process.wait)
        self.channel.close()
        for pipe in self._reading:
            pipe.close()

    async def _how_it_ended(self) -> str:
        try:
            code = await asyncio.to_thread(self._process.wait, _END_WAIT_S)
        except subprocess.TimeoutExpired:
            return "it closed its pipes"
        last = _last_line(self._tail.text)
        if code < 0:
            how = f"its process was ended by {signal.Signals(-code).name}"
            return f"{how}, for want of memory" if b"memory" in self._tail.text else how
        return f"its process ended with exit code {code}{': ' if last else ''}{last}"


class MarkedChannel(PipeChannel):
    """A ``PipeChannel`` whose incoming frames have a mark before them.

    What lies between two frames is ignored, up to ``MAX_BESIDE_BYTES``: a script can print there.
    """

    _beside_bytes = 0

    when_begun: Callable[[], None] | None = None
    """Called once, when the first frame has come: the guest is ready."""

    async def receive(self) -> tuple[Message, list[bytes]]:
        while True:
            try:
                self._ignore(len(await self._reader.readuntil(MARK)) - len(MARK))
                if self.when_begun is not None:
                    begun, self.when_begun = self.when_begun, None
                    begun()
                return await super().receive()
            except asyncio.LimitOverrunError as error:
                self._ignore(len(await self._reader.readexactly(error.consumed)))
            except (asyncio.IncompleteReadError, OSError):
                raise ChannelClosed(await self._how_it_ended()) from None

    def _ignore(self, count: int) -> None:
        """Count what was ignored: a worker of the code's own could write for ever."""
        self._beside_bytes += count
        if self._beside_bytes > MAX_BESIDE_BYTES:
            raise ProtocolError(f"It wrote {self._beside_bytes:,} bytes beside its frames.")


class _Tail(asyncio.Protocol):
    """Reads all that a guest writes to stderr, and keeps the end of it."""

    def __init__(self) -> None:
        self.text = b""

    def data_received(self, data: bytes) -> None:
        self.text = (self.text + data)[-_TAIL_BYTES:]


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _widen(pipe: int) -> None:
    """Let the pipe hold more at once, where the system can, so that the image passes faster."""
    if sys.platform == "linux":
        import fcntl  # other systems lack what is used of it

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _limit(pid: int, limits: Limits) -> None:
    """Bound the memory of a process, and let it write no file and no core, where it can be done."""
    if sys.platform != "linux":
        return
    import resource  # only POSIX has it

    bounds = {
        resource.RLIMIT_DATA: limits.data_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for which, bound in bounds.items():
        with suppress(ProcessLookupError, PermissionError):
            resource.prlimit(pid, which, (bound, bound))


def _rest_of(process: subprocess.Popen[bytes]) -> bytes:
    """What a process that closed its stdin said."""
    _kill(process)
    return b"" if process.stderr is None else process.stderr.read(_TAIL_BYTES) or b""


def _last_line(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip().rpartition("\n")[2]
