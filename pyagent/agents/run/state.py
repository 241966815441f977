"""The state of one run, shared by the parts that take it forward.

The run loop makes it and hands it to the actor, the asker and the toolbox. It holds the number of
the step, the budget, the tool calls under way and the results of managed agents' runs, and it
passes events on. Others read its fields and write them only by its methods.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeAlias

from pyagent.agents.result import RunResult
from pyagent.agents.run.bounds import Bounds, Outward
from pyagent.agents.run.limits import Budget
from pyagent.agents.run.resuming.made_calls import MadeCalls
from pyagent.protocol import Event, Notice, PauseEnded, RunPaused
from pyagent.texts import lasting

Emit: TypeAlias = Callable[[Event, Sequence[bytes]], None]
Pause: TypeAlias = Callable[[], Awaitable[None]]
HoldDeadline: TypeAlias = Callable[[], AbstractContextManager[None]]

logger = logging.getLogger(__name__)


MAX_WARNINGS = 100
"""The most warnings that a result keeps."""


MOST_CALLS_IN_A_STEP = 1_000_000
"""How many numbers of calls are left out for a step that was interrupted."""


async def _go_on() -> None:
    """Pauses nothing."""


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A tool call under way."""

    name: str
    grace_s: float
    """How long the run waits for the call when the run ends."""


class RunState:
    """One run under way. ``budget`` is what it may still use, ``bounds`` are its conversation's."""

    def __init__(
        self,
        run_id: str,
        emit: Emit,
        budget: Budget,
        *,
        pause: Pause | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.id = run_id
        self.step = 0
        """The number of the step that is being taken, from 1; 0 before the first."""
        self.is_over = False
        """Whether the run has ended, so that what it left behind must do nothing more."""
        self.budget = budget
        self.bounds = (bounds or Bounds()).of_run(lambda: (self.id, self.step))
        self.children: list[RunResult] = []
        """The runs of managed agents, in the order in which they ended."""
        self.warnings: list[str] = []
        """What the person was told beside the steps, each text once."""
        self.to_raise: BaseException | None = None
        """What the caller of the run must get as an exception; see ``raise_in_caller``."""
        self.pause: Pause = pause or _go_on
        """Waits before a plan or a step until the reader of the run wants more."""
        self.made_calls = MadeCalls()
        """The calls that must not be made twice, and those of the step under way."""
        self._emit = emit
        self._task: asyncio.Task[Any] | None = None
        """The task that drives the run."""
        self._hold_deadline: HoldDeadline = nullcontext
        self.last_call_id = 0
        """The highest number of a call that was made or may have been."""
        self._calls: dict[asyncio.Task[Any], _Call] = {}
        self._started = perf_counter()

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return perf_counter() - self._started

    def take_up(self, seconds: float, *, last_call_id: int) -> None:
        """Count the seconds that the run had taken before it was interrupted, and its calls on.

        A person may still answer a question about a call of the interrupted step. Nobody noted how
        many it made, so their numbers are left out.
        """
        self._started -= seconds
        self.last_call_id = last_call_id + MOST_CALLS_IN_A_STEP

    def drive_here(self) -> None:
        """Note that the current task drives the run. ``leave`` cancels that task."""
        self._task = asyncio.current_task()

    def enter_step(self, number: int) -> None:
        """Set the step that the events from now on belong to."""
        self.step = number

    def add_child(self, result: RunResult) -> None:
        """Add the run of a managed agent that was called in ``result.parent_step``."""
        self.children.append(result)

    # --- events --------------------------------------------------------------------------------

    def emit(self, event: Event, buffers: Sequence[bytes] = ()) -> None:
        """Pass an event on to whoever listens to the run.

        Raises ``CancelledError`` like ``check_is_on``.
        """
        self.check_is_on()
        self._emit(event, buffers)

    def check_is_on(self) -> None:
        """Raise ``CancelledError`` in what a stopped run left behind."""
        if self.is_over:
            raise asyncio.CancelledError

    def warn(
        self, message: str, *, retry_in_s: float | None = None, drops_reply: bool = False
    ) -> None:
        """Tell the person something that is not part of a step."""
        is_lasting = retry_in_s is None and message not in self.warnings
        if is_lasting and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(message)
        notice = Notice(
            run_id=self.id,
            level="warning",
            message=message,
            retry_in_s=retry_in_s,
            drops_reply=drops_reply,
        )
        self.emit(notice)

    @contextmanager
    def paused(self, message: str) -> Iterator[None]:
        """Wrap a wait for the network: the person is told, and no limit of seconds runs."""
        self.emit(RunPaused(run_id=self.id, message=message))
        started, told = perf_counter(), "The wait for the network ended after {}."
        try:
            with self.budget.hold():
                yield
            told = "The network is back after {}. The run goes on."
        except asyncio.CancelledError:
            told = ""  # the run was stopped, and says so
            raise
        finally:
            seconds = perf_counter() - started
            if told and not self.is_over:
                message = told.format(lasting(seconds))
                self.emit(PauseEnded(run_id=self.id, message=message, seconds=seconds))

    # --- the deadline of a step's code ---------------------------------------------------------

    def use_deadline(self, hold: HoldDeadline) -> None:
        """Set how the deadline of the code is held; without this there is no deadline to hold."""
        self._hold_deadline = hold

    def hold_deadline(self) -> AbstractContextManager[None]:
        """Make a block in which the deadline of the step's code does not run."""
        return self._hold_deadline()

    @asynccontextmanager
    async def turn_outward(self) -> AsyncIterator[Outward]:
        """Make a block in which only this call counts what goes out, or asks about it.

        The deadline of the step's code does not run meanwhile: another call may be a question.
        """
        outward = self.bounds.outward
        with self.hold_deadline():
            async with outward.turn:
                yield outward

    # --- calls of tools ------------------------------------------------------------------------

    @contextmanager
    def call(self, name: str, *, grace_s: float) -> Iterator[int]:
        """Wrap a call of the tool ``name``; yields the number of the call.

        When the run ends, it waits at most ``grace_s`` seconds for a call that was cancelled.
        """
        task = asyncio.current_task()
        assert task is not None
        self._calls[task] = _Call(name=name, grace_s=grace_s)
        try:
            self.last_call_id += 1
            yield self.last_call_id
        finally:
            del self._calls[task]

    async def wait_for_calls(self) -> None:
        """Wait for cancelled calls, each for its grace, and warn of those that go on.

        Cancelling this method ends the wait.
        """
        with suppress(asyncio.CancelledError):
            started = perf_counter()
            for grace_s in sorted({call.grace_s for call in self._calls.values()}):
                left = grace_s - (perf_counter() - started)
                waiting = [task for task, call in self._calls.items() if call.grace_s == grace_s]
                if waiting:
                    await asyncio.wait(waiting, timeout=max(left, 0))
        for call in self._calls.values():
            message = f"{call.name}() was told to stop and has not; the run ended without it."
            logger.warning(message)
            self.warn(message)

    # --- exceptions that end more than the run -------------------------------------------------

    def raise_in_caller(self, error: BaseException) -> None:
        """Keep ``error``, such as a ``SystemExit``, for the caller to get once the run has ended.

        Raised in the task of the run, or of a part of it, it would end the event loop.
        """
        self.to_raise = error

    def leave(self, error: BaseException) -> None:
        """End the run from a part that has a task of its own, and raise ``error`` in the caller."""
        if self.to_raise is None:
            self.raise_in_caller(error)
        if self._task is not None:
            self._task.cancel()
