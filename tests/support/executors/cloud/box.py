"""A box stands in for a rented sandbox: processes that see each other, without network or keys.

They run in bubblewrap where it is there, and as plain processes otherwise. That says nothing about
how well a service isolates.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_INSIDE = Path(__file__).with_name("box_inside.py")
_PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
_PROFILE = f"echo Welcome to this box; PATH={_PYTHON.parent}:$PATH"
"""What a login shell reads: it may print, and it sets the path anew."""
_ENV = {"PATH": f"{_PYTHON.parent}:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"}
_FENCE = (
    *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"),
    *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp", "--clearenv"),
    *(part for name, value in _ENV.items() for part in ("--setenv", name, value)),
)


class BoxProcess:
    """A process in a box, with its pipes."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.pid: asyncio.Future[int] = loop.create_future()
        self.code: asyncio.Future[int] = loop.create_future()
        """The exit code, or the negative number of the signal that ended it."""
        self.stdout = asyncio.StreamReader()
        self.stderr = asyncio.StreamReader()
        self.stdin: asyncio.WriteTransport
        self._reading: list[asyncio.ReadTransport] = []

    async def connect(self) -> list[int]:
        """Make the pipes. Returns the ends for the process."""
        loop = asyncio.get_running_loop()
        (in_far, in_near), (out_near, out_far), (err_near, err_far) = (os.pipe() for _ in range(3))
        for reader, near in ((self.stdout, out_near), (self.stderr, err_near)):
            transport, _ = await loop.connect_read_pipe(
                lambda reader=reader: asyncio.StreamReaderProtocol(reader), os.fdopen(near, "rb")
            )
            self._reading.append(transport)
        self.stdin, _ = await loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(in_near, "wb")
        )
        return [in_far, out_far, err_far]

    def close(self) -> None:
        """Close our ends of the pipes, once the process has been killed."""
        for transport in (self.stdin, *self._reading):
            transport.close()
        for waiting in (self.pid, self.code):
            if not waiting.done():
                waiting.set_result(-signal.SIGKILL)


class Box:
    """The processes of one sandbox. Everything runs on one event loop."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = dict(env)
        self._keys = itertools.count()
        self.processes: dict[int, BoxProcess] = {}
        self._link, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._link.setblocking(False)
        self._home = tempfile.mkdtemp(prefix="box-")
        profile = Path(self._home, ".profile")
        profile.write_text(_PROFILE)
        fence: tuple[str, ...] = ()
        if shutil.which("bwrap"):
            fence = (*_FENCE, "--ro-bind", str(profile), "/tmp/.profile")
        self._first = subprocess.Popen(
            [*fence, str(_PYTHON), "-I", "-S", *self._started(far)],
            pass_fds=[far.fileno()],
            env=None if fence else _ENV | {"HOME": self._home},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
        far.close()
        self._reading = asyncio.create_task(self._read())

    @staticmethod
    def _started(far: socket.socket) -> list[str]:
        # The file itself may lie below /tmp, which is empty inside.
        return ["-c", _INSIDE.read_text("utf-8"), str(far.fileno())]

    async def run(
        self, args: Sequence[str], env: Mapping[str, str], cwd: str = ""
    ) -> tuple[int, BoxProcess]:
        """Start a process. Returns its id inside, and itself. Raises ``OSError``."""
        key, process = next(self._keys), BoxProcess()
        self.processes[key] = process
        pipes = await process.connect()
        asked = {"key": key, "args": list(args), "env": self._env | dict(env), "cwd": cwd}
        socket.send_fds(self._link, [json.dumps(asked).encode()], pipes)
        for pipe in pipes:
            os.close(pipe)
        return await process.pid, process

    def kill(self) -> None:
        """End everything in the box."""
        with suppress(ProcessLookupError):
            os.killpg(self._first.pid, signal.SIGKILL)
        self._first.wait()
        shutil.rmtree(self._home, ignore_errors=True)
        self._reading.cancel()
        self._link.close()
        for process in self.processes.values():
            process.close()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self._link, 1 << 16):
            told = json.loads(data)
            process = self.processes[told["key"]]
            if "pid" in told:
                process.pid.set_result(told["pid"])
            elif "failed" in told:
                process.pid.set_exception(OSError(told["failed"]))
            elif not process.code.done():
                process.code.set_result(told["code"])
