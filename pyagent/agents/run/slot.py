"""The one place that an agent has for a run, and the event loop that all its runs share.

Each agent holds one ``RunSlot``. It starts and ends the task of a run; what happens in a run is
in ``run/loop.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from pyagent.agents.result import RunResult
from pyagent.errors import AgentError


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """What the task of a run returns."""

    result: RunResult
    raised: BaseException | None
    """To be raised in the caller, such as a hook's ``SystemExit``. If the task itself raised it,
    the event loop would end."""


class RunSlot:
    """Holds at most one run at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[RunOutcome] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_working(self) -> bool:
        """Whether a run is under way."""
        return self._task is not None

    def bind_loop(self) -> None:
        """Raise ``AgentError`` in any event loop but the first that used the agent.

        Executors and connections live in one event loop; in a second one they would hang.
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
        """Raise ``AgentError`` when a run is under way, or in another event loop."""
        if self._task is not None:
            raise AgentError(
                "The agent is already at work on a task.",
                advice="Wait for it, interrupt it, or make another with copy().",
                kind="busy",
            )
        self.bind_loop()

    def start(self, run: Coroutine[Any, Any, RunOutcome]) -> asyncio.Task[RunOutcome]:
        """Start a run, after ``check_free``. The caller must call ``end`` for it."""
        self._task = asyncio.create_task(run)
        return self._task

    def release(self) -> None:
        """Let the next run start, because this one is nearly over."""
        self._task = None

    async def end(self, task: asyncio.Task[RunOutcome]) -> None:
        """Cancel the run unless it is over, wait for it, and raise what it left to raise."""
        if not task.done():
            task.cancel()
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                task.add_done_callback(self._over)  # nobody waits for the task any longer
                raise
        self._over(task)
        if not task.cancelled() and (raised := task.result().raised) is not None:
            raise raised

    def _over(self, task: asyncio.Task[RunOutcome]) -> None:
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
