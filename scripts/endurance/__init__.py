"""What scripts/soak measures: for each measurement, a name and a function that returns figures.

The function takes the share of the whole that it is to measure.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.report import Figure
from benchmarks.stopping import stopping
from endurance import executors, kills, memory, messages, replies, tabs

SHORT = 0.03

MEASUREMENTS: dict[str, Callable[[float], dict[str, Figure]]] = {
    "kills": lambda share: kills.kills(_of(100, share)),
    "executor_kills": lambda share: executors.executor_kills(_of(100, share)),
    "stops": lambda share: stopping(_of(30, share)),
    "streams": lambda share: replies.streams(_of(200, share)),
    "bodies": lambda share: replies.bodies(_of(500, share)),
    "tabs": lambda share: tabs.tabs(_of(1_000, share)),
    "messages": lambda share: messages.messages(_of(10_000, share)),
    "memory": lambda share: memory.memory(_of(500, share)),
}


def _of(whole: int, share: float) -> int:
    return max(round(whole * share), 1)
