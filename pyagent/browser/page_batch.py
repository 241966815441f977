"""Runs many tasks at once for a page, with ``Agent.amap``.

The page sees the batch as a run that calls an agent for each task. So it shows a batch, asks for
approval and stops in the same way as with managed agents. In addition it gets each task's result in
a ``BatchResult`` as soon as the task is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from pyagent.agents.base import Agent
from pyagent.agents.batch import AsyncBatch, BatchItem, BatchSummary
from pyagent.agents.inputs.files import file_info
from pyagent.agents.result import problem_of
from pyagent.protocol import (
    BatchResult,
    BatchTotals,
    Event,
    FileProduced,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from pyagent.texts import counted, cut_middle

TASKS_A_STEP = 200
"""Below the 300 or so calls of one step that a page keeps."""
CALL = "task"
"""Name of the tool call that stands for a task."""


class Send(Protocol):
    """Sends a message to the page."""

    def __call__(self, message: Event | BatchResult, buffers: Sequence[bytes] = ()) -> None: ...


class PageBatch:
    """One batch. ``drive`` may be called once. ``tasks`` have the form that ``amap`` takes."""

    def __init__(self, batch_id: str, tasks: Sequence[Mapping[str, Any]], send: Send) -> None:
        self._id = batch_id
        self._tasks = tasks
        self._send = send
        self._stopped = asyncio.Event()
        self._step = 0
        self._steps_taken = 0
        self._runs: dict[int, str] = {}
        """Index of a task → id of its run."""
        self._ends: dict[int, RunFinished] = {}
        """Index of a task → the end of its run, which is sent after the task's files."""
        self._produced: dict[int, dict[str, FileProduced]] = {}

    def stop(self) -> None:
        """End all runs, even if ``drive`` has not begun. Results that were sent stay valid."""
        self._stopped.set()

    async def drive(self, agent: Agent, concurrency: int) -> RunFinished:
        """Work until all tasks are done or ``stop`` is called. The caller sends what it returns."""
        self._send(RunStarted(run_id=self._id, task=counted(len(self._tasks), "task")))
        batch = agent.amap(self._tasks, concurrency=concurrency, on_event=self._hear)
        working = asyncio.create_task(self._work(batch))
        stopping = asyncio.create_task(self._stopped.wait())
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()
        await asyncio.wait([working])
        for number in range(1, self._step + 1):
            seconds = batch.summary.seconds
            self._send(StepFinished(run_id=self._id, step=number, seconds=seconds))
        return self._finished(working, batch.summary)

    async def _work(self, batch: AsyncBatch) -> None:
        async with batch:
            async for item in batch:
                self._tell(item, batch.summary)

    # --- while a task is solved ----------------------------------------------------------------

    def _hear(self, index: int, event: Event) -> None:
        if index not in self._runs:
            self._begin(index, event.run_id)
        if event.run_id == self._runs[index]:
            match event:
                case RunStarted():
                    event = replace(
                        event,
                        agent=f"Task {index + 1}",
                        parent_run_id=self._id,
                        parent_call_id=index + 1,
                    )
                case RunFinished():
                    self._ends[index] = event
                    return
                case FileProduced():
                    self._produced[index][event.file.path] = event
                    return
        elif isinstance(event, FileProduced):
            return  # files of a managed agent are not the task's
        self._send(event)

    def _begin(self, index: int, run_id: str) -> None:
        self._runs[index] = run_id
        self._produced[index] = {}
        if _step_of(index) > self._step:
            self._step = _step_of(index)
            self._send(StepStarted(run_id=self._id, step=self._step))
        self._send(
            ToolStarted(
                run_id=self._id,
                step=_step_of(index),
                call_id=index + 1,
                name=CALL,
                arguments={"task": self._tasks[index]["task"]},
            )
        )

    # --- ends ----------------------------------------------------------------------------------

    def _tell(self, item: BatchItem, summary: BatchSummary) -> None:
        """Send what is known when a task is done: its files, the end of its run, its result."""
        index, result = item.index, item.result
        for path, event in self._produced.pop(index).items():
            if path in result.files:
                self._send(event, [result.files[path]])
        end = self._ends.pop(index)
        self._steps_taken += end.steps
        self._send(end)
        self._send(
            ToolFinished(
                run_id=self._id,
                step=_step_of(index),
                call_id=index + 1,
                name=CALL,
                preview=cut_middle(str(result.output), 200) if result.success else "",
                seconds=result.timing.total_s,
            )
        )
        told = BatchResult(
            batch_id=self._id,
            index=index,
            result=end,
            files=[file_info(path, data) for path, data in result.files.items()],
            totals=_totals(summary),
        )
        self._send(told, list(result.files.values()))

    def _finished(self, working: asyncio.Task[None], summary: BatchSummary) -> RunFinished:
        was_stopped = working.cancelled()
        error = None if was_stopped else working.exception()
        problem = None if error is None else problem_of(error)
        return RunFinished(
            run_id=self._id,
            success=not (was_stopped or problem),
            reason="cancelled" if was_stopped else "error" if problem else "answered",
            output=f"{summary.answered} of {counted(len(self._tasks), 'task')} answered.",
            problem=problem,
            token_usage=summary.token_usage,
            steps=self._steps_taken,
            seconds=summary.seconds,
        )


def _step_of(index: int) -> int:
    return index // TASKS_A_STEP + 1


def _totals(summary: BatchSummary) -> BatchTotals:
    return BatchTotals(
        done=summary.done,
        answered=summary.answered,
        counts=dict(summary.counts),
        token_usage=summary.token_usage,
        seconds=summary.seconds,
    )
