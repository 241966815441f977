"""Measures the ``wasm`` executor: how soon a guest is ready, a tool call, computing, memory."""

from __future__ import annotations

import ast
import asyncio
import json
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import cpu
from benchmarks.cpython import timed_calls
from benchmarks.report import Figure
from pyagent.executors.base import Executor
from pyagent.executors.local import LocalExecutor
from pyagent.executors.wasm.executor import WasmExecutor
from pyagent.protocol import Executed, ToolCall, ToolParameter, ToolReturn, ToolStub

STARTS = 7
STEPS = 30
PAUSE_S = 0.05
"""What a model would take at least; the checkpoint of the last step is taken meanwhile."""

INCREASE = ToolStub(
    name="increase",
    signature="(number: int) -> int",
    doc="Adds 1.",
    parameters=[ToolParameter(name="number", hint="int", required=True)],
)


def wasm() -> dict[str, Figure]:
    return asyncio.run(_wasm())


async def _wasm() -> dict[str, Figure]:
    cold, first = await _cold_starts()
    warm = await _warm_starts()
    wasm, local = WasmExecutor(), LocalExecutor()
    try:
        call, slowest = await _calls(wasm)
        bare, _ = await _calls(local)
        steps = await _steps(wasm)
        slower = await _slower(wasm, local)
        memory = _memory_mb(wasm)
    finally:
        await wasm.aclose()
        await local.aclose()
    return {
        "guest_wasm": Figure(
            value=median(cold), unit="s", at_most=1.2, details={"first": first, "all": cold}
        ),
        "guest_wasm_warm": Figure(value=median(warm), unit="s", at_most=0.1, details={"all": warm}),
        "tool_call_wasm_guest": Figure(
            value=call, unit="ms", at_most=1.5, details={"p95": slowest, "local": bare}
        ),
        "step_wasm_guest": Figure(value=median(steps), unit="ms", details={"slowest": max(steps)}),
        "cpu_wasm_guest_vs_cpython": Figure(
            value=cpu.geometric_mean(slower), unit="times as long", details=slower
        ),
        "memory_wasm_guest": Figure(value=memory, unit="MB"),
    }


async def _cold_starts() -> tuple[list[float], float]:
    """Seconds until a guest is ready. The first also makes the image and the copy of Deno."""
    times = []
    for _ in range(STARTS + 1):
        executor = WasmExecutor()
        started = perf_counter()
        await executor.start()
        times.append(perf_counter() - started)
        await executor.aclose()
    return times[1:], times[0]


async def _warm_starts() -> list[float]:
    """Seconds until the spare guest has taken the place of one that was ended."""
    executor = WasmExecutor(spare=True)
    times = []
    await executor.start()
    try:
        for _ in range(STARTS):
            await asyncio.sleep(3)  # in which the next one gets ready
            await executor.reset()
            started = perf_counter()
            await executor.start()
            times.append(perf_counter() - started)
    finally:
        await executor.aclose()
    return times


async def _calls(executor: Executor) -> tuple[float, float]:
    """The median and the 95th percentile of a tool call, in milliseconds."""

    async def increase(call: ToolCall) -> ToolReturn:
        return ToolReturn(call_id=call.call_id, value=call.kwargs["number"] + 1)

    await executor.define_tools([INCREASE], increase)
    code = f"{timed_calls('increase(number=i)')}(answer, slowest)"
    middle, slowest = ast.literal_eval(await _value(executor, code))
    return float(middle), float(slowest)


async def _steps(executor: Executor) -> list[float]:
    """Milliseconds of small steps."""
    times = []
    for number in range(STEPS):
        await asyncio.sleep(PAUSE_S)
        started = perf_counter()
        await _value(executor, f"value_{number} = {number}\nprint(value_{number})\n0")
        times.append(1000 * (perf_counter() - started))
    return times


async def _slower(wasm: Executor, local: Executor) -> dict[str, float]:
    """Program → how many times as long it takes as in CPython."""
    code = f"{cpu.self_timing_code()}\nanswer"
    ours, bare = [
        json.loads(ast.literal_eval(await _value(executor, code))) for executor in (wasm, local)
    ]
    return {name: ours[name][1] / bare[name][1] for name in cpu.PROGRAMS}


async def _value(executor: Executor, code: str) -> str:
    last: Any = None
    async for event in executor.execute(code):
        last = event
    assert isinstance(last, Executed)
    assert last.error is None, last.error
    return str((last.value or {})["text/plain"])


def _memory_mb(executor: WasmExecutor) -> float:
    """What the guest's process holds, where the system tells it; else 0."""
    if sys.platform != "linux":
        return 0
    status = Path(f"/proc/{executor.process_id}/status").read_text("utf-8").splitlines()
    kilobytes = next(line.split()[1] for line in status if line.startswith("VmRSS"))
    return int(kilobytes) / 1000
