"""``RayBatch``: a batch whose tasks run in the workers of a Ray cluster."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from pyagent.agents.batch import AsyncBatch, CountBy, OnEvent, Tasks, failed_task, read_task
from pyagent.agents.copies import Copyable
from pyagent.agents.distributed.crew import RayCrew, WorkerLost
from pyagent.agents.distributed.texts import agent_text, result_of, task_text
from pyagent.agents.result import RunResult
from pyagent.agents.saving import Savable
from pyagent.errors import AgentError

TRIES = 3
"""How often a task is given to a worker. The last time it has one to itself, so that a task that
ends its workers does not fail others with it."""


class RayBatch(AsyncBatch):
    """Yields results as they complete, like ``AsyncBatch``.

    A task whose worker ends before it has answered is given to another one, so it may run twice;
    its result comes once. ``agent.amap`` documents it.
    """

    def __init__(
        self,
        agent: Copyable,
        tasks: Tasks,
        *,
        concurrency: int = 10,
        workers: int | None = None,
        ray_options: Mapping[str, Any] | None = None,
        on_event: OnEvent | None = None,
        count_by: CountBy | None = None,
    ) -> None:
        super().__init__(agent, tasks, concurrency=concurrency, count_by=count_by)
        if on_event is not None:
            raise ValueError("on_event works only with engine='local'.")
        if workers is not None and not 1 <= workers <= concurrency:
            raise ValueError("workers must be from 1 to concurrency.")
        text = agent_text(cast(Savable, agent))  # every agent is both
        self._crew = RayCrew(text, count=workers, agents=concurrency, options=ray_options or {})
        self._slots = itertools.count()
        self.retries = 0
        """How many times a task was given to another worker."""

    @property
    def lost_workers(self) -> int:
        """How many workers ended before they had answered."""
        return self._crew.lost

    async def processes(self) -> list[dict[str, float]]:
        """The id (``pid``), memory (``bytes``) and time on a core (``seconds``) of each worker."""
        return await self._crew.processes()

    async def _end(self) -> None:
        await super()._end()
        await self._crew.aclose()

    async def _solve_tasks(self) -> None:
        slot = next(self._slots)
        while (taken := await self._source.take()) is not None:
            done = await self._solve_far(slot, *taken)
            await self._room.acquire()
            self._done.put_nowait(done)

    async def _solve_far(self, slot: int, index: int, given: object) -> tuple[int, str, RunResult]:
        task = str(given)
        try:
            task, options = read_task(given)
            text = task_text(task, options)
        except AgentError as error:
            return index, task, failed_task(error)
        for tried in range(1, TRIES + 1):
            try:
                if tried < TRIES:
                    answer = await self._crew.solve(slot, text)
                else:
                    answer = await self._crew.solve_alone(text)
            except WorkerLost:
                self.retries += tried < TRIES
                continue
            result = result_of(answer)
            _count_for(self._agent, result)
            return index, task, result
        given_up = AgentError(
            f"{TRIES} workers ended while they solved this task.",
            advice="See what it does: it may need more memory than a worker has.",
            kind="worker_lost",
        )
        return index, task, replace(failed_task(given_up), task=task)


def _count_for(agent: Copyable, result: RunResult) -> None:
    """Add a run in a worker to the totals of the agent, and of the agents that it called."""
    agent._count(result)
    for child in result.children:
        if (called := agent.managed_agents.get(child.agent)) is not None:
            _count_for(called, child)
