"""What scripts/bench measures: a name and a function that returns figures for each."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

from benchmarks import browser, cpython
from benchmarks.report import Figure

MEASUREMENTS: dict[str, Callable[[], dict[str, Figure]]] = {
    "imports": cpython.imports,
    "loop_local": cpython.loop,
    "tool_call_local": cpython.tool_call,
    "cpu_local": cpython.cpu_bound,
    "visits": browser.visits,
    "sandboxes": browser.sandboxes,
    "stopping": browser.stopping,
    "loop_wasm": browser.loop,
    "tool_call_wasm": browser.tool_call,
    "cpu_wasm": browser.cpu_bound,
}


def machine() -> dict[str, object]:
    """What the figures were measured on; a load above 1 a core makes all of them worse."""
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_1min": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }
