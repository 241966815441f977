"""``RayWorker``: what runs in a worker's process, as an actor of Ray.

It holds warm agents: each forgets a task before it takes the next one. Ray itself is not imported
here.
"""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import aclosing
from pathlib import Path
from time import process_time
from typing import Any

from pyagent.agents.copies import Copyable
from pyagent.agents.distributed.texts import agent_of, result_text, task_of
from pyagent.agents.result import problem_of
from pyagent.errors import AgentError
from pyagent.wire import to_data


class RayWorker:
    """Solves tasks with copies of one agent, several at a time if they are asked for so."""

    def __init__(self, agent: str) -> None:
        self._text = agent
        self._agent: Copyable | None = None
        self._free: list[Copyable] = []
        self._all: list[Copyable] = []

    async def prepare(self) -> str:
        """Make the agent. Returns what is wrong as a ``Problem`` in JSON; empty if nothing is."""
        try:
            self._agent = agent_of(self._text)
        except (AgentError, TypeError, ValueError) as error:
            return json.dumps(to_data(problem_of(error)))
        return ""

    async def solve(self, text: str) -> str:
        """Solve a task, and return its result."""
        task, options = task_of(text)
        agent = self._free.pop() if self._free else self._another()
        async with aclosing(agent.astream(task, **options)) as events:
            async for _ in events:
                pass
        assert agent.last_result is not None
        self._free.append(agent)
        return result_text(agent.last_result)

    async def close(self) -> None:
        """Stop all runs and end their sandboxes."""
        agents, self._all, self._free = self._all, [], []
        await asyncio.gather(*(agent.aclose() for agent in agents), return_exceptions=True)

    async def process(self) -> dict[str, float]:
        """The process: its id, the memory that it uses in bytes, and its time on a core."""
        size = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return {"pid": os.getpid(), "bytes": size, "seconds": process_time()}

    def _another(self) -> Any:
        assert self._agent is not None
        agent = self._agent.copy()
        self._all.append(agent)
        return agent
