"""Which guests of a kind live on this machine, and what is left when none should."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from support.executors.docker_engine import docker
from support.executors.killing import none_left, processes_with

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
        return [pid for pid in processes_with(_FENCED) if _is_inside(pid)]
    return processes_with(str(folder / "pyagent-"))


def left_behind(kind: str, engine: str, folder: Path) -> list[str]:
    """Containers, processes and folders that are still there after a while."""

    def look() -> list[str]:
        found = [f"process {pid}" for pid in guests_of(kind, engine, folder)]
        found += [f"process {pid}" for pid in processes_with("pyagent.owner=pyagent-")] * (
            kind == "docker"
        )
        if kind == "docker":
            found += docker(engine, "ps", "--all", "--quiet").split()
        return found + [str(path) for path in folder.glob("pyagent-*") if kind != "local"]

    return none_left(look)


def _is_inside(pid: int) -> bool:
    """Whether a process is in a namespace of its own, not bubblewrap outside of it."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
    except OSError:
        return False
