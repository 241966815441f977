"""Kills executors' hosts and guests at random moments, and counts what that loses.

Run as a program, this is the host: it counts up in a sandbox, a step at a time, and writes down
each step that is kept, until it is killed. Started again, it goes on from there.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.executor.cases import run
from pyagent.executors.base import Executor
from pyagent.executors.kinds import make_executor

_WAIT_S = 30.0
_TESTS = Path(__file__).parent.parent.parent
_PATH = os.pathsep.join(map(str, (_TESTS.parent, _TESTS)))
_STEP = "n = globals().get('n', 0) + 1\n_ = open(f'step{n}.txt', 'w').write(str(n))\n(n, n)"
_COUNT = (
    "import os\n(globals().get('n', 0), len([p for p in os.listdir() if p.startswith('step')]))"
)


@dataclass
class Tally:
    """What kills came to."""

    kills: int = 0
    kept: int = 0
    lost: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


async def _host(executor_type: str, options: dict[str, Any], folder: Path) -> None:
    """Count up for ever; a line on stdout for each step that is kept."""
    executor = make_executor(executor_type, options)
    saved = folder / "checkpoint"
    if saved.exists():
        executor.restore(saved.read_bytes())
    n, files = await _ask(executor, _COUNT)
    _say("begun", n, files)
    while True:
        await _ask(executor, _STEP)
        kept = await executor.keep()
        new = folder / "new"
        new.write_bytes(kept.checkpoint)
        n, files = await _ask(executor, _COUNT)
        new.rename(saved)
        _say("kept", n, files)


def _say(word: str, n: int, files: int) -> None:
    sys.stdout.write(f"{word} {n} {files}\n")
    sys.stdout.flush()


async def _ask(executor: Executor, code: str) -> tuple[int, int]:
    """Run code that ends with two numbers, or with those of ``_COUNT`` if its guest was killed."""
    outcome = await run(executor, code, deadline_s=60)
    if outcome.executed.error is not None and outcome.error.type == "SandboxLost":
        return await _ask(executor, _COUNT)
    n, files = ast.literal_eval(outcome.text)
    return n, files


def kill_at_random(
    executor_type: str,
    options: dict[str, Any],
    folder: Path,
    *,
    count: int,
    guests: Any,
    longest_s: float,
    seed: int = 12,
) -> Tally:
    """Kill hosts and, every second time, one of their guests first.

    ``guests`` returns the process ids of the guests that live. A finished step is lost if a later
    host does not have it.
    """
    chance, tally, known = random.Random(seed), Tally(), 0
    arguments = [executor_type, json.dumps(options), str(folder)]
    for number in range(count):
        host = subprocess.Popen(
            [sys.executable, __file__, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": _PATH},
        )
        assert host.stdout is not None
        lines: list[bytes] = []
        # Early kills hit the start of the host and of its guest.
        if number % 4:
            lines.append(host.stdout.readline())
        time.sleep(chance.uniform(0, longest_s))
        if number % 2:
            for pid in guests():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                tally.kills += 1
            time.sleep(chance.uniform(0, longest_s))
        host.kill()
        tally.kills += 1
        lines += host.stdout.read().splitlines()
        host.wait()
        host.stdout.close()
        for words in (line.decode().split() for line in lines):
            if len(words) == 3:
                n, files = int(words[1]), int(words[2])
                if n < known or files < known:
                    tally.lost.append(f"{' '.join(words)} after {known} were kept")
                known = max(known, n if words[0] == "kept" else 0)
    tally.kept = known
    return tally


def none_left(look: Any) -> list[str]:
    """What ``look`` still finds after a while; empty once it finds nothing."""
    until = time.monotonic() + _WAIT_S
    while (found := look()) and time.monotonic() < until:
        time.sleep(0.1)
    return list(found)


def processes_with(word: str) -> list[int]:
    """The processes whose arguments hold a word, apart from this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word.encode() in path.read_bytes() and path.parent.name != str(os.getpid()):
                found.append(int(path.parent.name))
    return found


if __name__ == "__main__":
    asyncio.run(_host(sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3])))
