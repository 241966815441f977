"""Runs attempts one after another in one guest of each kind, as the code that a model wrote."""

from __future__ import annotations

import ast
import asyncio
import os
import resource
import shutil
import socket
from textwrap import indent
from typing import Any

import pytest

from contracts.executor.cases import Outcome, run
from pyagent.executors.base import Executor
from pyagent.executors.kinds import EXECUTORS
from support.executors.places import Places

from .attempt import Attempt
from .host import Host

UNFENCED = "local"
FENCES: dict[str, dict[str, Any]] = {
    "docker": {"memory": "600m", "disk": "16m", "processes": 64},
    "bubblewrap": {"memory": "600m", "disk": "16m", "processes": 64},
}
"""The fences that are attacked, with small limits, so that reaching them takes no time."""

DEADLINE_S = 20.0
_VERDICT = "verdict: "


class Attackers:
    """One living guest of each kind that was asked for."""

    def __init__(self, places: Places, machine: Host) -> None:
        self._places = places
        self._machine = machine
        self._runner = asyncio.Runner()
        self._executors: dict[str, Executor] = {}

    def gets_out(self, kind: str, attempt: Attempt) -> bool:
        """Make an attempt. Returns whether it got out, as far as it or the machine can tell."""
        at = self._machine.at
        at["interfaces"] = [name for _, name in socket.if_nameindex() if name != "lo"]
        at["engine"] = self._engine if "docker" in attempt.needs else ""
        return self._runner.run(self._attack(kind, attempt, at))

    def close(self) -> None:
        for executor in self._executors.values():
            self._runner.run(executor.aclose())
        self._runner.close()

    @property
    def _engine(self) -> str:
        return self._places.docker.removeprefix("unix://")

    def _executor(self, kind: str) -> Executor:
        if kind not in self._executors:
            self._executors[kind] = self._places.make(kind, FENCES.get(kind))
        return self._executors[kind]

    async def _attack(self, kind: str, attempt: Attempt, at: dict[str, Any]) -> bool:
        executor, machine = self._executor(kind), self._machine
        got_out, outcome = await self._try(executor, attempt.code, at)
        if attempt.then:
            await executor.reset()
            got_out = (await self._try(executor, attempt.then, at))[0]
        if attempt.judge == "lost":
            works = await run(executor, "6 * 7", deadline_s=DEADLINE_S)
            assert works.text == "42"
            return outcome.executed.error is not None
        judged = {
            "": lambda: False,
            "heard": lambda: machine.was_heard(at["token"]),
            "hurt": lambda: machine.victim_is_hurt(at["pid"]),
            "runs": lambda: machine.runs(at["token"]),
        }[attempt.judge]
        return judged() or got_out

    async def _try(self, executor: Executor, code: str, at: dict[str, Any]) -> tuple[bool, Outcome]:
        text = (
            f"def _attempt(at):\n{indent(code, '    ')}\n"
            f"try:\n    _found = bool(_attempt({at!r}))\n"
            "except Exception as _error:\n    _found = False\n    print(repr(_error))\n"
            f"print('\\n{_VERDICT}' + repr(_found))"
        )
        outcome = await run(executor, text, deadline_s=DEADLINE_S)
        last = outcome.stdout.rpartition(_VERDICT)[2] if _VERDICT in outcome.stdout else "False"
        return bool(ast.literal_eval(last.strip())), outcome


def fences() -> list[str]:
    """The kinds of this checkout that have a fence to attack."""
    return [kind for kind in FENCES if kind in {*EXECUTORS, "bubblewrap"}]


def require(needs: tuple[str, ...], machine: Host) -> None:
    """Skip a control whose way out this machine does not have without a fence either."""
    missing = [need for need in needs if not _HAS[need](machine)]
    if missing:
        pytest.skip(f"this machine has no {', '.join(missing)}")


def _vsock(machine: Host) -> bool:
    try:
        with socket.socket(socket.AF_VSOCK):
            return True
    except OSError:
        return False


_HAS: dict[str, Any] = {
    "root": lambda machine: os.geteuid() == 0,
    "bash": lambda machine: shutil.which("bash") is not None,
    "interfaces": lambda machine: len(socket.if_nameindex()) > 1,
    "vsock": _vsock,
    "shadow": lambda machine: os.path.exists("/etc/shadow"),
    "sysrq": lambda machine: os.access("/proc/sysrq-trigger", os.W_OK),
    "kmsg": lambda machine: os.access("/dev/kmsg", os.R_OK),
    "first process": lambda machine: os.path.exists(f"/proc/1/root{machine.drop}"),
    "handles": lambda machine: True,
    "unshare": lambda machine: os.geteuid() == 0,
    "keys": lambda machine: machine.has_key,
    "shm": lambda machine: shutil.disk_usage("/dev/shm").free > 64 << 20,
    "descriptors": lambda machine: resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 1600,
    "cores": lambda machine: resource.getrlimit(resource.RLIMIT_CORE)[1] != 0,
    "docker": lambda machine: True,
}
