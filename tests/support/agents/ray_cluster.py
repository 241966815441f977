"""What ``engine="ray"`` starts, for the tests of one file: nothing of it may outlive them."""

from __future__ import annotations

import builtins
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENDS_S = 60.0
KEY = "PYAGENT_TEST_KEY"
"""A variable that workers have, because it was there when the cluster began."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    folder = tempfile.mkdtemp(prefix="ray", dir="/tmp")  # the paths of its sockets must be short
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv(KEY, "from the environment")
        # What a node has installed: programs that join by an address send no paths.
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, ROOT / "tests"))))
        patch.setattr(builtins, "print", builtins.print)  # Ray puts its own in this place
        yield
        # Not above: importing it takes a second, also when other tests are chosen.
        import ray

        processes = below(os.getpid(), "ray")
        ray.shutdown()
        wait_for_ends(processes)
    shutil.rmtree(folder, ignore_errors=True)


def below(parent: int, word: str) -> list[int]:
    """The processes below a process whose command has a word in it."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == parent:
            pid = int(path.name)
            found += [pid] * (word in command) + below(pid, word)
    return found


def wait_for_ends(pids: list[int]) -> None:
    until = time.monotonic() + ENDS_S
    while left := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < until, f"processes of Ray are left: {left}"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
