"""The ``local`` executor: a guest in a process on this machine.

ZERO ISOLATION without a fence. The code runs as this user and can do what this user can: read and
delete files, use the network, start programs. Use it only for code that you trust as your own. The
process is separate so that code that hangs or crashes takes nothing else with it. POSIX only.
``bubblewrap`` is the fence that a machine with Linux can have.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import weakref
from asyncio.subprocess import Process
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pyagent.errors import ExecutorError, SandboxLostError
from pyagent.executors.bubblewrap import (
    WORK_DIR,
    Fence,
    in_bytes,
    read_info,
    send_signal,
)
from pyagent.executors.bubblewrap import check as check_bubblewrap
from pyagent.executors.guest.pipes import PipeChannel
from pyagent.executors.remote import RemoteExecutor
from pyagent.sandbox import start

_PASSED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV")
_PASSED_IN = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_READ_BYTES = 1 << 20
_END_WAIT_S = 0.5
_CANCEL_WAIT_S = 0.5


class LocalExecutor(RemoteExecutor):
    """Runs code in a subprocess with no isolation at all: see the module's docstring.

    ``work_dir`` is the folder that the code works in; without it, the executor makes a temporary
    folder and removes it when it closes. ``env`` is the environment of the code; without it, a few
    harmless variables are passed on, so that the code does not find keys in ``os.environ``.

    ``fence="bubblewrap"`` isolates the code, in a work folder of its own that ends with the guest.
    ``memory`` (of each process) and ``disk`` are sizes such as ``"2g"``, ``processes`` counts
    threads too, and ``readable`` are further folders that the code may read. These four need a
    fence. ``spare`` is how many guests are kept ready ahead of their use.
    """

    takes_objects = True

    def __init__(
        self,
        *,
        work_dir: Path | str | None = None,
        env: Mapping[str, str] | None = None,
        python: str = sys.executable,
        fence: str | None = None,
        memory: str | None = None,
        disk: str | None = None,
        processes: int | None = None,
        readable: Sequence[str | Path] = (),
        spare: int = 0,
    ) -> None:
        super().__init__(
            self._start_process,
            files_survive=fence is None,
            owns_files=work_dir is None,
            start_timeout_s=30.0,
            spare=spare,
        )
        self._spare = spare
        self._python = python
        sizes = {"memory": memory, "disk": disk, "processes": processes}
        self._fence = _fence(fence, work_dir, sizes, readable)
        self.is_isolated = self.check_waits = self._fence is not None
        if self._fence is not None:
            self._work_dir = Path(WORK_DIR)
        elif work_dir is None:
            folder = tempfile.mkdtemp(prefix="pyagent-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._work_dir = Path(folder)
        else:
            self._work_dir = Path(work_dir).resolve()
        names = _PASSED if self._fence is None else _PASSED_IN
        passed = {name: os.environ[name] for name in names if name in os.environ}
        inside = {} if self._fence is None else {"HOME": WORK_DIR}
        self._env = inside | dict(passed if env is None else env)

    def check(self) -> None:
        if self._fence is not None:
            check_bubblewrap()

    @property
    def work_dir(self) -> Path:
        """The folder in which the code works; behind a fence, as the code names it."""
        return self._work_dir

    def can_import(self, module: str) -> bool:
        # Another Python has packages of its own.
        return self._python != sys.executable or _is_installed(module.partition(".")[0])

    def another(self) -> LocalExecutor:
        """Make another local executor. It works in a temporary folder of its own."""
        if self._fence is None:
            return LocalExecutor(env=self._env, python=self._python, spare=self._spare)
        made = LocalExecutor(
            env=self._env,
            python=self._python,
            fence="bubblewrap",
            spare=self._spare,
            **asdict(self._fence),
        )
        made._share_spares(self)
        return made

    def _clear_files(self) -> None:
        if self._fence is None and self._owns_files and self._work_dir.exists():
            for entry in self._work_dir.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink(missing_ok=True)

    async def aclose(self) -> None:
        await super().aclose()
        if self._fence is None and self._owns_files:
            shutil.rmtree(self._work_dir, ignore_errors=True)

    async def _start_process(self) -> _GuestProcess:
        if self._fence is not None:
            return await self._start_fenced(self._fence)
        self._work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # -I ignores the current folder and PYTHON* variables; site-packages stay.
        options = ("-I", "-X", "utf8", str(start.__file__), str(self._work_dir))
        return _GuestProcess(await _spawn([self._python, *options], self._env))

    async def _start_fenced(self, fence: Fence) -> _GuestProcess:
        await asyncio.to_thread(check_bubblewrap)
        reading, writing = os.pipe()
        try:
            process = await _spawn(fence.command(self._python, writing), self._env, [writing])
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        guest = _GuestProcess(process)
        reader = asyncio.create_task(asyncio.to_thread(read_info, reading))
        reader.add_done_callback(lambda done: guest.take_inside(done.result()))
        try:
            await asyncio.shield(reader)
        except BaseException:
            await guest.kill()
            raise
        return guest


def _fence(
    name: str | None,
    work_dir: Path | str | None,
    sizes: Mapping[str, Any],
    readable: Sequence[str | Path],
) -> Fence | None:
    given = {key: value for key, value in sizes.items() if value is not None}
    if readable:
        given["readable"] = tuple(map(str, readable))
    if name is None:
        if given:
            raise ValueError(f"{', '.join(given)}: only for fence='bubblewrap'.")
        return None
    if name != "bubblewrap":
        raise ValueError(f"There is no fence {name!r}; there is 'bubblewrap'.")
    if work_dir is not None:
        raise ValueError(
            "Behind a fence, code works in a folder of its own, not in work_dir. Give files to the "
            "agent as files=, or let code read folders with readable=."
        )
    for size in given.keys() & {"memory", "disk"}:
        in_bytes(given[size])
    return Fence(**given)


async def _spawn(
    command: Sequence[str], env: Mapping[str, str], pass_fds: Sequence[int] = ()
) -> Process:
    try:
        return await _unless_cancelled(
            asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=env,
                start_new_session=True,
                pass_fds=tuple(pass_fds),
                limit=_READ_BYTES,
            )
        )
    except NotImplementedError as error:
        raise ExecutorError(
            "The local executor needs processes, and this Python has none, as in a browser.",
            advice="Pass your own executor as executor=, or use a ToolCallingAgent.",
        ) from error


@cache
def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ValueError, ImportError):  # no name of a module, or a module without a spec
        return False


async def _unless_cancelled(creating: Coroutine[Any, Any, Process]) -> Process:
    """Wait for a process that is being created, and end it if this is cancelled.

    When the end of ``asyncio.run`` cancels all tasks, asyncio's own task that connects the pipes is
    among them, and asyncio then waits for those pipes forever (seen in Python 3.11). A second
    cancellation ends that wait.
    """
    created = asyncio.ensure_future(creating)
    try:
        return await asyncio.shield(created)
    except asyncio.CancelledError:
        if not created.cancelling():
            created.cancel()
        await asyncio.wait([created], timeout=_CANCEL_WAIT_S)
        if not created.done():
            created.cancel()
        elif not created.cancelled() and created.exception() is None:
            await _GuestProcess(created.result()).kill()
        raise


class _GuestProcess:
    """A ``Connection`` to a guest on pipes. Its ``process`` may only fence the guest's own."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._inside: int | None = None
        self._is_killed = False
        if process.stdin is None or process.stdout is None:
            raise SandboxLostError("The guest's process has no pipes.")
        self.channel = PipeChannel(process.stdout, process.stdin, self._how_it_ended)

    def take_inside(self, descriptor: int | None) -> None:
        """Hear of the guest's own process, by a descriptor. It may come after ``kill``."""
        self._inside = descriptor
        if self._is_killed:
            self._kill_inside()

    def interrupt(self) -> bool:
        if self._inside is not None:
            send_signal(self._inside, signal.SIGINT)
            return True
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        return True

    async def kill(self) -> None:
        self._is_killed = True
        self._kill_inside()
        # Kill the whole group, so that programs that the code started end too.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self.channel.close()

    def _kill_inside(self) -> None:
        inside, self._inside = self._inside, None
        if inside is not None:
            send_signal(inside, signal.SIGKILL)
            os.close(inside)

    async def _how_it_ended(self) -> str:
        try:
            async with asyncio.timeout(_END_WAIT_S):
                code = await self._process.wait()
        except TimeoutError:
            return "it closed its pipes"
        if (number := -code if code < 0 else code - 128) in set(signal.Signals):
            return f"its process was ended by {signal.Signals(number).name}"
        said = b""
        if self._process.stderr is not None:
            said = await self._process.stderr.read(_READ_BYTES)
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"its process ended with exit code {code}{': ' if last else ''}{last}"
