"""The run that an agent has under way, and the event loop in which all its runs live.

An agent holds one. It starts and ends the run's task; what a run does is in ``run``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from pyagent.agents.result import RunResult
from pyagent.errors import AgentError


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a run's task comes to."""

    result: RunResult
    raised: BaseException | None
    """What is to be raised in the caller: a hook's ``SystemExit``, say. Raised by the task it
    would end the event loop."""


class Runner:
    """At most one run at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Ended] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_working(self) -> bool:
        """Whether a run is under way."""
        return self._task is not None

    def bind_loop(self) -> None:
        """Executors and connections live in one event loop; a second one would hang.

        Raises ``AgentError`` in any but the first.
        """
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise AgentError(
                "The agent lives in another event loop.",
                advice="Put all its runs into one asyncio.run, or use run() and stream() for all. "
                "In a forked process use a copy() of it.",
                kind="busy",
            )

    def check_free(self) -> None:
        """Raises ``AgentError`` when a run is under way, or this is another event loop."""
        if self._task is not None:
            raise AgentError(
                "The agent is already at work on a task.",
                advice="Wait for it, interrupt it, or make another with copy().",
                kind="busy",
            )
        self.bind_loop()

    def start(self, run: Coroutine[Any, Any, Ended]) -> asyncio.Task[Ended]:
        """Start a run, after ``check_free``. Whoever does must see to its end with ``end``."""
        self._task = asyncio.create_task(run)
        return self._task

    def release(self) -> None:
        """The run is as good as over: the next one may start."""
        self._task = None

    async def end(self, task: asyncio.Task[Ended]) -> None:
        """Cancel the run if it is not over, wait for it, and raise what its caller is to get."""
        if not task.done():
            task.cancel()
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                task.add_done_callback(self._over)  # nobody waits for it any longer
                raise
        self._over(task)
        if not task.cancelled() and (raised := task.result().raised) is not None:
            raise raised

    def _over(self, task: asyncio.Task[Ended]) -> None:
        if self._task is task:
            self._task = None

    def interrupt(self) -> None:
        """Cancel the run, from any thread. Harmless when there is none."""
        task, loop = self._task, self._loop
        if task is not None and loop is not None:
            loop.call_soon_threadsafe(task.cancel)

    async def stop(self) -> None:
        """Interrupt the run and wait for its end."""
        task = self._task
        self.interrupt()
        if task is not None:
            await asyncio.wait([task])
