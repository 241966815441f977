"""Measures the library on CPython: imports, the agent's loop, tools, code in ``local``."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import cpu
from benchmarks.report import Figure
from pyagent import CodeAgent, RunResult, ScriptedModel, Tool, tool
from pyagent.protocol import Event

STEPS = 60
TOOL_CALLS = 100


def timed_calls(call: str) -> str:
    """Code that repeats a call. ``answer`` is the median time in milliseconds, and ``slowest`` the
    95th percentile.
    """
    return f"""
import statistics, time

durations = []
for i in range({TOOL_CALLS}):
    started = time.perf_counter()
    {call}
    durations.append(time.perf_counter() - started)
answer = statistics.median(durations) * 1000
slowest = statistics.quantiles(durations, n=20)[-1] * 1000
"""


@tool
def increase(number: int) -> int:
    """Adds 1.

    Args:
        number: Any number.
    """
    return number + 1


class QuickModel(ScriptedModel):
    """Gives its whole reply at once, after a pause for checkpoints like that of a real model."""

    def __init__(self, replies: list[str], *, delay_s: float = 0.02) -> None:
        super().__init__(replies, delay_s=delay_s)

    def pieces(self, text: str) -> Iterator[str]:
        yield text


def block(code: str) -> str:
    return f"I run this.\n```python\n{code.strip()}\n```"


def step_replies(steps: int = STEPS) -> list[str]:
    """Replies that are small steps; each binds a name and prints."""
    codes = [f"value_{i} = {i}\nprint(value_{i})" for i in range(steps - 1)]
    return [block(code) for code in [*codes, "final_answer('done')"]]


def imports() -> dict[str, Figure]:
    alone = _import_time("import pyagent")
    agent = _import_time("from pyagent import CodeAgent, OpenAIModel")
    smolagents = _import_time("import smolagents")
    return {
        "import_pyagent": Figure(value=alone, unit="s", at_most=0.25),
        "import_agent_and_model": Figure(value=agent, unit="s", at_most=0.3),
        "import_smolagents": Figure(
            value=smolagents, unit="s", details={"times_pyagent_agent": smolagents / agent}
        ),
    }


def _import_time(statement: str, runs: int = 9) -> float:
    """Seconds of processor time in a fresh process.

    The first run only warms the disk's cache and writes bytecode. Installed packages have bytecode,
    but a working copy has none if the environment forbids writing it.
    """
    code = f"from time import process_time as t; a = t(); {statement}; print(t() - a)"
    command = [sys.executable, "-c", code]
    with TemporaryDirectory() as folder:
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        times = [float(subprocess.check_output(command, env=env)) for _ in range(runs + 1)]
    return median(times[1:])


def loop() -> dict[str, Figure]:
    """The best of three runs: other work on the machine can only add time."""
    figures = [loop_overhead(asyncio.run(_step_events()), at_most=1) for _ in range(3)]
    best = min(figures, key=lambda figure: figure.value)
    awake = [loop_overhead(asyncio.run(_step_events(delay_s=0)), at_most=1) for _ in range(3)]
    details = {**best.details, "awake_ms": min(figure.value for figure in awake)}
    return {"loop_overhead_local": replace(best, details=details)}


async def _step_events(**delay: float) -> list[tuple[str, float]]:
    """The events of a run. Without a delay neither process sleeps, so only the work is left."""
    model = QuickModel(step_replies(), **delay)
    async with CodeAgent([], model, max_steps=STEPS) as agent:
        events: list[Event] = [event async for event in agent.astream("Measure.")]
    return [(event.type, getattr(event, "seconds", 0)) for event in events]


def loop_overhead(events: Sequence[tuple[str, float]], *, at_most: float) -> Figure:
    """Each step's time without the model's. ``events`` are pairs of type and seconds."""
    steps = [seconds for name, seconds in events if name == "step_finished"]
    replies = [seconds for name, seconds in events if name == "model_replied"]
    rest = [1000 * (step - reply) for step, reply in zip(steps, replies, strict=True)]
    details = {"fastest_ms": min(rest), "slowest_ms": max(rest)}
    return Figure(value=median(rest[1:]), unit="ms", at_most=at_most, details=details)


def tool_call() -> dict[str, Figure]:
    model = QuickModel([block(timed_calls("increase(number=i)") + "final_answer(answer)")])
    result = asyncio.run(_run(model, tools=[increase]))
    return {"tool_call_local": Figure(value=result.output, unit="ms", at_most=2)}


def cpu_bound() -> dict[str, Figure]:
    model = QuickModel([block(cpu.self_timing_code() + "final_answer(answer)")])
    result = asyncio.run(_run(model))
    faster = cpu.ratios(result.output, cpu.smolagents_timings())
    return {
        "cpu_local_vs_smolagents": Figure(
            value=cpu.geometric_mean(faster), unit="x", at_least=70, details=faster
        )
    }


async def _run(
    model: ScriptedModel, *, tools: list[Tool] | None = None, **options: Any
) -> RunResult:
    async with CodeAgent(tools or [], model, **options) as agent:
        await agent.prepare()
        return (await agent.arun("Measure.")).raise_for_problem()
