"""Removes the containers of processes that are gone.

Every container carries its owner in a label: which process of which machine made it. A process
that makes containers starts a small watcher, which waits for its end and then removes what is
left. If the watcher is gone too, as after a power failure, the next process removes it.
"""

from __future__ import annotations

import atexit
import os
import platform
import re
import subprocess
import sys
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from pyagent.executors.containers.engine import Engine

LABEL = "pyagent.owner"
_OWNER = re.compile(r"pyagent-([0-9a-f]+)-(\d+)-(\d+)-")
_END_WAIT_S = 10.0
# It looks twice: the engine may still be making a container that was asked for at the very end.
_WATCHER = """
import subprocess, sys, time
if not sys.stdin.buffer.read():
    for wait in (0, 1.5):
        time.sleep(wait)
        listed = subprocess.run(
            [*sys.argv[2:], "ps", "--all", "--quiet", "--filter", "label=" + sys.argv[1]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if found := listed.stdout.split():
            subprocess.run([*sys.argv[2:], "rm", "--force", "--volumes", *found],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""


def owner() -> str:
    """This process, as containers name it in their label and at the start of their own name."""
    return _owner(os.getpid())


@cache
def _owner(pid: int) -> str:
    return f"pyagent-{_machine()}-{pid}-{_started(pid) or 0}"


@cache
def _machine() -> str:
    """What tells apart machines with one engine, and containers on one machine that see it."""
    known = [platform.node()]
    with suppress(OSError):
        known.append(Path("/etc/machine-id").read_text())
    with suppress(OSError):
        known.append(os.readlink("/proc/self/ns/pid"))  # in it, the number of a process means one
    return sha256("\n".join(known).encode()).hexdigest()[:8]


def _started(pid: int) -> int | None:
    """When a process started, in a unit of the system's own; None if it is gone or not known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])


def is_gone(name: str) -> bool:
    """Whether a container's name tells of an owner on this machine that has certainly ended."""
    found = _OWNER.match(name)
    if found is None or found[1] != _machine() or not Path("/proc/self/stat").exists():
        return False
    return _started(int(found[2])) != int(found[3])


class Watcher:
    """The process that removes what this one leaves behind. There is one for every engine."""

    def __init__(self, engine: Engine) -> None:
        self._alive: set[str] = set()
        self._reading, self._writing = os.pipe()
        with suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _WATCHER, f"{LABEL}={owner()}", *engine.command],
                stdin=self._reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        os.close(self._reading)
        self._pid = os.getpid()
        atexit.register(self.end)

    def add(self, name: str) -> None:
        """Hear that a container is about to be made."""
        self._alive.add(name)

    def remove(self, name: str) -> None:
        """Hear that a container has been removed."""
        self._alive.discard(name)

    def fileno(self) -> int:
        """The pipe whose end the watcher waits for. A child that holds it keeps it waiting."""
        return self._writing

    def end(self) -> None:
        """End the watcher; it first removes what is left."""
        if self._pid != os.getpid():
            return  # a forked child: the containers are its parent's
        if not self._alive:
            with suppress(OSError):
                os.write(self._writing, b"-")
        os.close(self._writing)
        if not self._alive:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_WAIT_S)
        else:
            self._process.returncode = 0  # it ends by itself; Python must not warn of it


def watcher(engine: Engine) -> Watcher:
    """The watcher of this process for an engine, started at first use."""
    return _watcher(engine, os.getpid())


@cache
def _watcher(engine: Engine, pid: int) -> Watcher:
    return Watcher(engine)


_reaped: set[tuple[Engine, int]] = set()


async def reap(engine: Engine) -> None:
    """Remove the containers on the engine whose owners are gone, once in this process."""
    if (once := (engine, os.getpid())) in _reaped:
        return
    _reaped.add(once)
    names = await engine.run(
        "ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}", wait_s=30
    )
    gone = [name for name in names.out.split() if is_gone(name)]
    if gone:
        await engine.run("rm", "--force", "--volumes", *gone)
