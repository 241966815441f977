"""1,000 short tasks in this process and on a Ray cluster on this machine, and what a worker costs.

The model answers at once, so the tasks are our own work and nothing else. ``scaling`` computes from
these figures what more workers would bring.
"""

from __future__ import annotations

import os
import resource
from itertools import cycle, islice
from time import perf_counter, process_time
from typing import Any, cast

from benchmarks.report import Figure
from inquiries import INSTRUCTIONS, QUESTIONS, order_status
from pyagent import CodeAgent, ToolCallingAgent
from pyagent.agents.base import Agent
from pyagent.agents.batch import MapOptions
from pyagent.agents.distributed.on_ray import RayBatch
from pyagent.concurrency import background
from support.agents.desk import CodeDesk, Desk

COUNT = 1_000
CODE_COUNT = 50
WORKERS = 2
AGENTS = 10


def short_tasks_on_ray(count: int = COUNT, *, code_count: int = CODE_COUNT) -> dict[str, Figure]:
    """Solve the tasks here, then on the cluster, once cold and once warm."""
    import ray

    tasks = [text.format(number) for number, text in enumerate(islice(cycle(QUESTIONS), count))]
    with ToolCallingAgent([order_status], Desk(), instructions=INSTRUCTIONS) as agent:
        here = _measured(agent, tasks, {"concurrency": AGENTS})
        far: MapOptions = {"engine": "ray", "workers": WORKERS, "concurrency": AGENTS}
        try:
            cold = _measured(agent, tasks[:WORKERS], far)
            warm = _measured(agent, tasks, far)
        finally:
            ray.shutdown()
    with CodeAgent([order_status], CodeDesk(), instructions=INSTRUCTIONS) as agent:
        code = _measured(agent, tasks[:code_count], {"concurrency": AGENTS})
    busy = sum(each["seconds"] for each in warm["workers"])
    return {
        "short_tasks_local": _per_second(count, here),
        "short_tasks_ray": _per_second(count, warm),
        "local_work": Figure(value=1000 * here["driver_s"] / count, unit="ms a task"),
        "local_work_code": Figure(value=1000 * code["all_s"] / code_count, unit="ms a task"),
        "ray_start": Figure(value=cold["first_s"], unit="s"),
        "ray_worker_start": Figure(value=warm["first_s"], unit="s"),
        "ray_worker_memory": Figure(
            value=sum(each["bytes"] for each in warm["workers"]) / WORKERS / 2**20, unit="MiB"
        ),
        "ray_worker_work": Figure(value=1000 * busy / count, unit="ms a task"),
        "ray_driver_work": Figure(value=1000 * warm["driver_s"] / count, unit="ms a task"),
    }


def _per_second(count: int, measured: dict[str, Any]) -> Figure:
    seconds = measured["last_s"] - measured["first_s"]
    return Figure(
        value=(count - 1) / seconds,
        unit="tasks/s",
        details={"first_s": measured["first_s"], "seconds": measured["last_s"]},
    )


def _measured(agent: Agent, tasks: list[str], options: MapOptions) -> dict[str, Any]:
    os.environ.pop("RAY_ADDRESS", None)
    started, first_s, before, workers = perf_counter(), 0.0, 0.0, []
    all_before = _on_cores()
    with agent.map(tasks, **options) as batch:
        for item in batch:
            if not first_s:
                first_s, before = perf_counter() - started, process_time()
                if options.get("engine") == "ray":
                    begun = _seconds(batch)
            if item.done == len(tasks) and options.get("engine") == "ray":
                workers = _seconds(batch)
                for each, earlier in zip(workers, begun, strict=False):
                    each["seconds"] -= earlier["seconds"]
        last_s, driver_s = perf_counter() - started, process_time() - before
    return {
        "first_s": first_s,
        "last_s": last_s,
        "driver_s": driver_s,
        "all_s": _on_cores() - all_before,
        "workers": workers,
    }


def _on_cores() -> float:
    """The time that this process and those that it has ended were on a core."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _seconds(batch: Any) -> list[dict[str, float]]:
    return background.call(cast(RayBatch, batch._batch).processes())
