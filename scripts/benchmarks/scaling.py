"""What more workers of a Ray cluster would bring, computed from what ``on_ray`` measured.

Two things bound a batch: what the workers can do, each on a core of its own, and what the program
that hands out tasks and takes results can do, which is one process. ``docs/ray.md`` has the table.
"""

from __future__ import annotations

from dataclasses import dataclass

WORKERS = (10, 100, 1_000)
MODEL_S = 10.0
"""How long a task waits for its model, for the number of agents that keep the workers busy."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Work is the time on a core, for each task."""

    tools_work_s: float
    """A short task of an agent that calls tools."""
    code_work_s: float
    """A short task of an agent that writes code, which gets a process of its own."""
    far_work_s: float
    """What a worker adds to either."""
    driver_work_s: float
    start_s: float
    """Until the first answer of a cluster that is started for the batch."""
    worker_bytes: int


MEASURED = Measured(
    tools_work_s=0.00073,
    code_work_s=0.068,
    far_work_s=0.00053,
    driver_work_s=0.00051,
    start_s=12.0,
    worker_bytes=138 * 2**20,
)
"""On two cores of a virtual machine with Python 3.11 and Ray 2.60, other work beside it; the start
without it."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What so many workers can do, if each has a core of its own."""

    workers: int
    tools_per_s: float
    code_per_s: float
    tools_agents: int
    """How many agents it takes to reach that, if each waits ``MODEL_S`` for its model."""
    code_agents: int
    pays_from: int
    """The number of tasks with code from which a cold cluster is faster than one process."""
    memory_gib: float


def one_process(*, cores: int, measured: Measured = MEASURED) -> tuple[float, float]:
    """The most tasks a second without Ray: with tools, on one core, and with code, on all."""
    with_code = min(cores / measured.code_work_s, 1 / measured.tools_work_s)
    return 1 / measured.tools_work_s, with_code


def scale(workers: int, *, cores: int, measured: Measured = MEASURED) -> Scale:
    """What ``workers`` can do. ``cores`` are those of the machine without Ray."""
    most = 1 / measured.driver_work_s
    tools = min(most, workers / (measured.tools_work_s + measured.far_work_s))
    code = min(most, workers / (measured.code_work_s + measured.far_work_s))
    _, here = one_process(cores=cores, measured=measured)
    return Scale(
        workers=workers,
        tools_per_s=tools,
        code_per_s=code,
        tools_agents=round(tools * MODEL_S),
        code_agents=round(code * MODEL_S),
        pays_from=round(measured.start_s / (1 / here - 1 / code)),
        memory_gib=workers * measured.worker_bytes / 2**30,
    )


def table(*, cores: int = 2, measured: Measured = MEASURED) -> str:
    """The table of ``docs/ray.md``, in Markdown."""
    tools, code = one_process(cores=cores, measured=measured)
    lines = [
        "| | tasks/s with tools | tasks/s with code | memory of the workers | faster from |",
        "|---|---|---|---|---|",
        f"| one process, {cores} cores | {_number(tools)} | {_number(code)} | | |",
    ]
    for workers in WORKERS:
        row = scale(workers, cores=cores, measured=measured)
        lines.append(
            f"| {workers:,} workers | {_number(row.tools_per_s)} | {_number(row.code_per_s)} "
            f"| {_number(row.memory_gib)} GiB | {_number(row.pays_from)} tasks |"
        )
    return "\n".join(lines)


def _number(value: float) -> str:
    """Two significant digits."""
    return f"{float(f'{value:.2g}'):,.10g}"
