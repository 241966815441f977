"""``make_batch``: a batch on the engine that its options name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyagent.agents.batch import AsyncBatch, MapOptions, Tasks
from pyagent.agents.copies import Copyable

ENGINES = ("local", "ray")
_ONLY_RAY = ("workers", "ray_options")


def make_batch(agent: Copyable, tasks: Tasks, options: MapOptions) -> AsyncBatch:
    """Make the batch. Raises ``ValueError`` for an engine that does not exist."""
    given: dict[str, Any] = dict(options)
    engine = given.pop("engine", "local")
    if engine == "ray":
        # Imported here: every agent imports this module, and few have a cluster.
        from pyagent.agents.distributed.on_ray import RayBatch

        return RayBatch(agent, tasks, **given)
    if engine != "local":
        raise ValueError(f"There is no engine {engine!r}; there is: {', '.join(ENGINES)}.")
    return AsyncBatch(agent, tasks, **_without_ray(given))


def _without_ray(given: Mapping[str, Any]) -> dict[str, Any]:
    if needless := [name for name in _ONLY_RAY if given.get(name) is not None]:
        raise ValueError(f"{' and '.join(needless)} need engine='ray'.")
    return {name: value for name, value in given.items() if name not in _ONLY_RAY}
