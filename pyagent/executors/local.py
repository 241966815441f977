"""The ``local`` executor: a guest in a process on this machine.

ZERO ISOLATION. The code runs as this user and can do what this user can: read and delete files,
use the network, start programs. Use it only for code that you trust as your own. The process is
separate so that code that hangs or crashes takes nothing else with it. POSIX only.
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
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pyagent.errors import ExecutorError, SandboxLostError
from pyagent.executors.guest.pipes import PipeChannel
from pyagent.executors.remote import RemoteExecutor
from pyagent.sandbox import start

_PASSED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV")
_READ_BYTES = 1 << 20
_END_WAIT_S = 0.5
_CANCEL_WAIT_S = 0.5


class LocalExecutor(RemoteExecutor):
    """Runs code in a subprocess with no isolation at all: see the module's docstring.

    ``work_dir`` is the folder that the code works in; without it, the executor makes a temporary
    folder and removes it when it closes. ``env`` is the environment of the code; without it, a few
    harmless variables are passed on, so that the code does not find keys in ``os.environ``.
    """

    takes_objects = True

    def __init__(
        self,
        *,
        work_dir: Path | str | None = None,
        env: Mapping[str, str] | None = None,
        python: str = sys.executable,
    ) -> None:
        super().__init__(
            self._start_process,
            files_survive=True,
            owns_files=work_dir is None,
            start_timeout_s=30.0,
        )
        self._python = python
        if work_dir is None:
            folder = tempfile.mkdtemp(prefix="pyagent-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._work_dir = Path(folder)
        else:
            self._work_dir = Path(work_dir).resolve()
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        self._env = dict(passed if env is None else env)

    @property
    def work_dir(self) -> Path:
        """The folder in which the code works."""
        return self._work_dir

    def can_import(self, module: str) -> bool:
        # Another Python has packages of its own.
        return self._python != sys.executable or _is_installed(module.partition(".")[0])

    def another(self) -> LocalExecutor:
        """Make another local executor. It works in a temporary folder of its own."""
        return LocalExecutor(env=self._env, python=self._python)

    def _clear_files(self) -> None:
        if self._owns_files and self._work_dir.exists():
            for entry in self._work_dir.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink(missing_ok=True)

    async def aclose(self) -> None:
        await super().aclose()
        if self._owns_files:
            shutil.rmtree(self._work_dir, ignore_errors=True)

    async def _start_process(self) -> _GuestProcess:
        self._work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            process = await _unless_cancelled(
                asyncio.create_subprocess_exec(
                    self._python,
                    # -I ignores the current folder and PYTHON* variables; site-packages stay.
                    *("-I", "-X", "utf8", str(start.__file__), str(self._work_dir)),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    env=self._env,
                    start_new_session=True,
                    limit=_READ_BYTES,
                )
            )
        except NotImplementedError as error:
            raise ExecutorError(
                "The local executor needs processes, and this Python has none, as in a browser.",
                advice="Pass your own executor as executor=, or use a ToolCallingAgent.",
            ) from error
        return _GuestProcess(process)


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
    """A ``Connection`` to a guest on pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process
        if process.stdin is None or process.stdout is None:
            raise SandboxLostError("The guest's process has no pipes.")
        self.channel = PipeChannel(process.stdout, process.stdin, self._how_it_ended)

    def interrupt(self) -> bool:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        return True

    async def kill(self) -> None:
        # Kill the whole group, so that programs that the code started end too.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self.channel.close()

    async def _how_it_ended(self) -> str:
        try:
            async with asyncio.timeout(_END_WAIT_S):
                code = await self._process.wait()
        except TimeoutError:
            return "it closed its pipes"
        if code < 0:
            return f"its process was ended by {signal.Signals(-code).name}"
        said = b""
        if self._process.stderr is not None:
            said = await self._process.stderr.read(_READ_BYTES)
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"its process ended with exit code {code}{': ' if last else ''}{last}"
