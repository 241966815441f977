"""The state of one run, shared by the parts that take it forward.

The run loop makes it and hands it to the actor, the asker and the toolbox. It holds the number of
the step, what was spent, the tool calls under way and the runs of managed agents, and it passes
events on. A managed agent's run knows its caller's run: what it spends counts there at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import count
from time import perf_counter
from typing import Any, TypeAlias

from pyagent.agents.result import RunResult, add_usage
from pyagent.agents.run.limits import limit_reached
from pyagent.protocol import Event, Limits, Notice, TokenUsage

Emit: TypeAlias = Callable[[Event, Sequence[bytes]], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A call of a tool that is under way."""

    name: str
    grace_s: float
    """How long the end of the run waits for it."""


class RunState:
    """One run under way. ``caller`` is the run of the agent that called this one, if any."""

    def __init__(
        self, run_id: str, emit: Emit, limits: Limits, caller: RunState | None = None
    ) -> None:
        self.id = run_id
        self.step = 0
        self.usage = TokenUsage()
        """Of this run so far, managed agents included."""
        self.hold_deadline: Callable[[], AbstractContextManager[None]] = nullcontext
        """While it is held, the deadline of the step's code does not run."""
        self.children: list[RunResult] = []
        """The runs of managed agents, as they end."""
        self.task: asyncio.Task[Any] | None = None
        """What drives the run."""
        self.timeout: asyncio.Timeout | None = None
        """Its limit of seconds, around that."""
        self.raised: BaseException | None = None
        """What was raised to end more than this run, as ``sys.exit`` does. It is its caller's."""
        self._call_ids = count(1)
        self._known_cost_usd = 0.0
        self._calls: dict[asyncio.Task[Any], _Call] = {}
        self._emit = emit
        self._limits = limits
        self._caller = caller
        self._started = perf_counter()

    def emit(self, event: Event, buffers: Sequence[bytes] = ()) -> None:
        """Tell what happens."""
        self._emit(event, buffers)

    def warn(self, message: str) -> None:
        """Tell a person something that is no step."""
        self.emit(Notice(run_id=self.id, level="warning", message=message))

    @contextmanager
    def call(self, name: str, *, grace_s: float) -> Iterator[int]:
        """Wrap a call of the tool ``name``; gives the number of the call.

        When the run ends, it waits ``grace_s`` seconds at most for a call that was cancelled.
        """
        task = asyncio.current_task()
        assert task is not None
        self._calls[task] = _Call(name=name, grace_s=grace_s)
        try:
            yield next(self._call_ids)
        finally:
            del self._calls[task]

    def leave(self, error: BaseException) -> None:
        """End the run, and let its caller have ``error``.

        For parts of the run with tasks of their own: there it would end the event loop.
        """
        self.raised = self.raised or error
        if self.task is not None:
            self.task.cancel()

    async def calls_ended(self) -> None:
        """Wait for calls that were cancelled, each for its grace, and name those that go on.

        Cancelling this ends the wait.
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

    def spend(self, usage: TokenUsage) -> None:
        """Count a reply, here and in all runs that this one is part of."""
        self.usage = add_usage(self.usage, usage)
        self._known_cost_usd += usage.cost_usd or 0.0
        if self._caller is not None:
            self._caller.spend(usage)

    @property
    def limit_reached(self) -> str:
        """Which limit of tokens or cost is reached, its own or a caller's; empty for none."""
        # One reply without a price does not hide the cost of the others.
        known = replace(self.usage, cost_usd=self._known_cost_usd)
        if reached := limit_reached(self._limits, known):
            return f"limit of {reached}"
        above = self._caller.limit_reached if self._caller is not None else ""
        return f"caller's {above}" if above else ""

    @property
    def time_is_up(self) -> str:
        """Which limit of seconds ends the run, its own or a caller's; empty for none.

        Not when a person ends it, even where the time passes before all has stopped.
        """
        timeout, task = self.timeout, self.task
        # Two cancellations are one of somebody else too.
        if timeout is not None and timeout.expired() and task is not None and task.cancelling() < 2:
            return f"limit of {self._limits.seconds:g} s"
        above = self._caller.time_is_up if self._caller is not None else ""
        return f"caller's {above}" if above else ""

    @property
    def has_cost_limit(self) -> bool:
        """Whether cost may end it, by its own limit or a caller's."""
        above = self._caller is not None and self._caller.has_cost_limit
        return above or self._limits.cost_usd is not None

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return perf_counter() - self._started
