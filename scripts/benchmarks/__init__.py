"""What scripts/bench measures: for each measurement, a name and a function that returns figures."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from time import perf_counter

from benchmarks import (
    browser,
    comparison,
    cpython,
    drawing,
    executors,
    growth,
    inquiries,
    local_model,
    on_ray,
    packages,
    stopping,
    under_deno,
)
from benchmarks.report import Figure

MEASUREMENTS: dict[str, Callable[[], dict[str, Figure]]] = {
    "imports": cpython.imports,
    "loop_local": cpython.loop,
    "tool_call_local": cpython.tool_call,
    "cpu_local": cpython.cpu_bound,
    "executors": executors.executors,
    "inquiries": inquiries.inquiries,
    "inquiries_by_code": inquiries.inquiries_by_code,
    "short_tasks_on_ray": on_ray.short_tasks_on_ray,
    "comparison": comparison.comparison,
    "growth": growth.growth,
    "visits": browser.visits,
    "sandboxes": browser.sandboxes,
    "packages": packages.imports,
    "stopping": stopping.stopping,
    "wasm_guest": under_deno.wasm,
    "loop_wasm": browser.loop,
    "tool_call_wasm": browser.tool_call,
    "drawing": drawing.drawing,
    "cpu_wasm": browser.cpu_bound,
    "local_model": local_model.local_model,
}


def machine() -> dict[str, object]:
    """The machine that the figures were measured on. A busy or slow one makes all of them worse."""
    started = perf_counter()
    for _ in range(10_000_000):
        pass
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_1min": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "ten_million_empty_loops_s": round(perf_counter() - started, 2),
    }
