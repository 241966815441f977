"""Measures executors: how soon a guest is ready, what a call of a tool and a step cost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.report import Figure
from pyagent.executors.base import Executor
from pyagent.executors.kinds import make_executor
from pyagent.protocol import Executed, ToolCall, ToolParameter, ToolReturn, ToolStub
from support.executors.docker_engine import IMAGE, docker_engine

_STARTS = 7
_STEPS = 60
_CALLS = 200
_POOL_S = 0.1
_READY_S = {"docker": 0.8, "bubblewrap": 0.4}
_CALL_MS = {"docker": 0.5, "local": 0.3}
_STEP_MS = {"local": 1.0}
_CODE = f"""
import statistics, time
taken = []
for i in range({_CALLS}):
    started = time.perf_counter()
    echo(i)
    taken.append(time.perf_counter() - started)
final_answer(statistics.median(taken) * 1000)
"""
_STUB = ToolStub(
    name="echo",
    signature="(a: int) -> int",
    doc="Returns it.",
    parameters=[ToolParameter(name="a", hint="int", required=True)],
)


def executors() -> dict[str, Figure]:
    """Every kind that a machine with Linux has, beside a bare Python."""
    figures = {"ready_bare_python": Figure(value=_bare(), unit="s")}
    figures |= _measured("local", "local", {})
    figures |= _measured("bubblewrap", "local", {"fence": "bubblewrap"})
    with docker_engine() as engine:
        command = ["docker", "--host", engine]
        return figures | _measured("docker", "docker", {"command": command, "image": IMAGE})


def _bare() -> float:
    def once() -> float:
        started = perf_counter()
        subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
        return perf_counter() - started

    return median(once() for _ in range(_STARTS))


def _measured(kind: str, executor_type: str, options: Mapping[str, Any]) -> dict[str, Figure]:
    ready, pooled, call_ms, step_ms = asyncio.run(_measure(executor_type, options))
    return {
        f"ready_{kind}": Figure(value=ready, unit="s", at_most=_READY_S.get(kind)),
        f"ready_from_pool_{kind}": Figure(value=pooled, unit="s", at_most=_POOL_S),
        f"call_{kind}": Figure(value=call_ms, unit="ms", at_most=_CALL_MS.get(kind)),
        f"step_{kind}": Figure(value=step_ms, unit="ms", at_most=_STEP_MS.get(kind)),
    }


async def _measure(
    executor_type: str, options: Mapping[str, Any]
) -> tuple[float, float, float, float]:
    starts = []
    for _ in range(_STARTS + 1):  # the first one makes the image and fills caches
        executor = make_executor(executor_type, options)
        starts.append(await _ready(executor))
        await executor.aclose()
    pooled = []
    executor = make_executor(executor_type, {**options, "spare": 1})
    try:
        await executor.start()
        for _ in range(_STARTS):
            await asyncio.sleep(1.5)  # the spare is there
            await executor.reset()
            pooled.append(await _ready(executor))
        await executor.define_tools([_STUB], _echo)
        call_ms = float(str((await _run(executor, _CODE)).answer.value))  # type: ignore[union-attr]
        steps = []
        for _ in range(_STEPS):
            started = perf_counter()
            await _run(executor, "1")
            steps.append(perf_counter() - started)
            await executor.keep()
    finally:
        await executor.aclose()
    return median(starts[1:]), median(pooled), call_ms, median(steps) * 1000


async def _ready(executor: Executor) -> float:
    started = perf_counter()
    await executor.start()
    return perf_counter() - started


async def _run(executor: Executor, code: str) -> Executed:
    last = [event async for event in executor.execute(code)][-1]
    assert isinstance(last, Executed)
    return last


async def _echo(call: ToolCall) -> ToolReturn:
    return ToolReturn(call_id=call.call_id, value=call.args[0])
