"""``RayCrew``: the workers of one batch on a Ray cluster. The only module that knows Ray."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pyagent.agents.distributed.ray_worker import RayWorker
from pyagent.concurrency.threads import in_thread
from pyagent.errors import AgentError, LoadError

_END_WAIT_S = 5.0
_BEGIN_WAIT_S = 180.0
"""How long a worker may take to begin. A cluster without a free core never begins one."""
_LOCAL: Mapping[str, Any] = {
    "include_dashboard": False,
    "log_to_driver": False,
    "logging_level": logging.ERROR,
    "object_store_memory": 128 * 1024 * 1024,
}
"""How a cluster on this machine is started: texts cross, so it needs no store of gigabytes."""


class WorkerLost(Exception):
    """A worker ended before it had answered."""


class RayCrew:
    """``count`` workers with ``agent``, each of which solves ``at_once`` tasks at a time.

    Raises ``AgentError`` if Ray is missing, a cluster cannot be reached, or a worker cannot make
    the agent. A worker that was lost is replaced when it is next needed.
    """

    def __init__(
        self, agent: str, *, count: int | None, agents: int, options: Mapping[str, Any]
    ) -> None:
        self.lost = 0
        """How many workers were lost."""
        self._agent = agent
        self._count = count
        self._agents = agents
        self._options = options
        self._ray: Any = None
        self._workers: dict[int, asyncio.Task[Any]] = {}
        self._alone: set[asyncio.Task[Any]] = set()
        self._joining: asyncio.Task[None] | None = None

    async def solve(self, slot: int, text: str) -> str:
        """Solve a task in the worker that serves this slot. Raises ``WorkerLost``."""
        await self._join()
        place = slot % (self._count or 1)
        if place not in self._workers:
            self._workers[place] = asyncio.create_task(self._started(num_cpus=self._share))
        starting = self._workers[place]
        try:
            return await self._asked(await asyncio.shield(starting), text)
        except WorkerLost:
            if self._workers.get(place) is starting:  # only the first to notice replaces it
                del self._workers[place]
                self.lost += 1
            raise

    async def solve_alone(self, text: str) -> str:
        """Solve a task in a new worker that does nothing else. Raises ``WorkerLost``."""
        await self._join()
        starting = asyncio.create_task(self._started(num_cpus=0))  # no core may be left for it
        self._alone.add(starting)
        try:
            return await self._asked(await asyncio.shield(starting), text)
        except WorkerLost:
            self.lost += 1
            raise
        finally:
            await self._end(starting)
            self._alone.discard(starting)

    async def processes(self) -> list[dict[str, float]]:
        """The id, the memory in bytes and the seconds on a core of each worker's process."""
        workers = [await starting for starting in self._workers.values()]
        return [await worker.process.remote() for worker in workers]

    async def aclose(self) -> None:
        """End all workers, and what runs in them. The cluster stays for the next batch."""
        if self._joining is not None and not self._joining.done():
            await asyncio.wait([self._joining])
        everyone = [*self._workers.values(), *self._alone]
        self._workers.clear()
        await asyncio.gather(*map(self._end, everyone))

    # --- the cluster ---------------------------------------------------------------------------

    async def _join(self) -> None:
        if self._joining is None:
            self._joining = asyncio.create_task(self._connect())
        await asyncio.shield(self._joining)

    async def _connect(self) -> None:
        if find_spec("ray") is None:
            raise AgentError(
                "engine='ray' needs the package ray, which is not installed.",
                advice="Run: pip install ray",
            )
        # Ray warns of a change to GPUs in a later version, which is nothing to us.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        self._ray = await in_thread(lambda: import_module("ray"))
        if not self._ray.is_initialized():
            try:
                await in_thread(self._begin)
            except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
                raise AgentError(
                    f"The Ray cluster cannot be reached: {str(error).strip()[:300]}",
                    advice="Check RAY_ADDRESS, or unset it for a cluster on this machine.",
                ) from error
        cpus = int(self._ray.cluster_resources().get("CPU", 1))
        if self._count is None:
            self._count = max(1, min(self._agents, cpus))
        # Shares of a core may not add up on several machines.
        self._share = 1.0 if self._count <= cpus else 0.0

    def _begin(self) -> None:
        options = dict(self._options)
        if not options.get("address") and not os.environ.get("RAY_ADDRESS"):
            # Its workers have the environment of this process, and import what it can import.
            path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
            env = {"env_vars": {"PYTHONPATH": path}}
            options = {**_LOCAL, "num_cpus": self._count, "runtime_env": env, **options}
        self._ray.init(**options)

    # --- workers -------------------------------------------------------------------------------

    async def _started(self, *, num_cpus: float) -> Any:
        remote = self._ray.remote(RayWorker)
        worker = remote.options(
            num_cpus=num_cpus,
            max_concurrency=self._agents + 2,  # two more: it can always be asked and closed
            scheduling_strategy="SPREAD",
        ).remote(self._agent)
        try:
            async with asyncio.timeout(_BEGIN_WAIT_S):
                wrong = await worker.prepare.remote()
        except (TimeoutError, asyncio.CancelledError) as error:
            self._kill(worker)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise AgentError(
                f"The Ray cluster began no worker within {_BEGIN_WAIT_S:g} s.",
                advice="Its cores may all be in use: ask for fewer workers, or wait.",
            ) from error
        except self._ray.exceptions.RayTaskError as error:
            raise AgentError(f"A worker could not begin: {error}") from error
        except self._ray.exceptions.RayError as error:
            raise WorkerLost from error
        if wrong:
            problem = json.loads(wrong)
            raise LoadError(
                f"A worker cannot make the agent: {problem['message']}",
                advice=problem["advice"] or "Install on the workers what this program imports.",
            )
        return worker

    async def _asked(self, worker: Any, text: str) -> str:
        try:
            return str(await worker.solve.remote(text))
        except self._ray.exceptions.RayTaskError as error:
            raise AgentError(f"A worker failed: {error}") from error
        except self._ray.exceptions.RayError as error:
            raise WorkerLost from error

    async def _end(self, starting: asyncio.Task[Any]) -> None:
        starting.cancel()  # one that has not begun may never begin
        await asyncio.wait([starting])
        if starting.cancelled() or starting.exception() is not None:
            return
        worker = starting.result()
        with suppress(self._ray.exceptions.RayError, TimeoutError):
            async with asyncio.timeout(_END_WAIT_S):
                await worker.close.remote()
        self._kill(worker)

    def _kill(self, worker: Any) -> None:
        with suppress(Exception):  # whatever it says, the worker is gone
            self._ray.kill(worker)
