"""Which guests of a kind live on this machine, and what is left when none should."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.executors.docker_engine import docker
from support.executors.killing import none_left, processes_with

_OWNER = "pyagent.owner=pyagent-"
_FENCED = "/opt/pyagent/pyagent/sandbox/start.py"


def guests_of(kind: str, engine: str, folder: Path) -> list[int]:
    """The processes of the guests that live, as this machine numbers them."""
    if kind == "docker":
        running = docker(engine, "ps", "--quiet").split()
        done = subprocess.run(
            ["docker", "--host", engine, "inspect", "--format", "{{.State.Pid}}", *running],
            capture_output=True,
            text=True,
        )
        return [int(word) for word in done.stdout.split() if word != "0"] if running else []
    if kind == "bubblewrap":
        inside = [pid for pid in processes_with(_FENCED) if _is_inside(pid)]
        return [pid for pid in inside if not _is_of_another_test(pid, folder)]
    return processes_with(str(folder / "pyagent-"))


def left_behind(kind: str, engine: str, folder: Path) -> list[str]:
    """Containers, processes and folders that are still there after a while."""

    def look() -> list[str]:
        found = [f"process {pid}" for pid in guests_of(kind, engine, folder)]
        if kind == "docker":
            watchers = processes_with(_OWNER)
            found += [f"process {pid}" for pid in watchers if not _has_living_owner(pid)]
            found += docker(engine, "ps", "--all", "--quiet").split()
        return found + [str(path) for path in folder.glob("pyagent-*") if kind != "local"]

    return none_left(look)


def _has_living_owner(watcher: int) -> bool:
    """Whether the process lives for whose end a watcher waits: other tests have some at work."""
    try:
        words = Path(f"/proc/{watcher}/cmdline").read_bytes().decode()
    except OSError:
        return True  # it has ended
    return Path("/proc", words.partition(_OWNER)[2].split("-")[1]).exists()


def _is_of_another_test(guest: int, folder: Path) -> bool:
    """Whether a test beside this one has started a guest: no process above it names the folder."""
    above, commands = guest, []
    while above > 1:
        try:
            fields = Path(f"/proc/{above}/stat").read_text().rpartition(")")[2].split()
            commands.append(Path(f"/proc/{above}/cmdline").read_bytes().decode())
        except OSError:
            break
        above = int(fields[1])
    is_under_tests = any("pytest" in words for words in commands)
    return is_under_tests and not any(str(folder) in words for words in commands)


def _is_inside(pid: int) -> bool:
    """Whether a process is in a namespace of its own, not bubblewrap outside of it."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
    except OSError:
        return False
