"""The run around a tool call: who hears of it, and whose tokens it spends.

A managed agent's run lies within its caller's: what it spends counts there at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import count
from time import perf_counter
from typing import Any, TypeAlias

from pyagent.agents.options import Limits
from pyagent.agents.result import RunResult, add_usage
from pyagent.protocol import Event, Notice, TokenUsage

Emit: TypeAlias = Callable[[Event, Sequence[bytes]], None]

logger = logging.getLogger(__name__)

_CALLS_END_S = 0.5
"""Longest wait for tools. With the time that its code needs, a stopped run ends within a second."""
_AGENTS_END_S = 5.0
"""Longest wait for managed agents, which end by themselves: each waits so for its own calls."""


class Scope:
    """One run, as its parts know it. The run loop makes it and sets ``step``.

    ``within`` is the run that this one is part of.
    """

    def __init__(
        self, run_id: str, emit: Emit, limits: Limits, within: Scope | None = None
    ) -> None:
        self.run_id = run_id
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
        self._calls: dict[asyncio.Task[Any], str] = {}
        self._agents: set[asyncio.Task[Any]] = set()
        """Those of the calls that are runs of managed agents."""
        self._emit = emit
        self._limits = limits
        self._within = within
        self._started = perf_counter()

    def emit(self, event: Event, buffers: Sequence[bytes] = ()) -> None:
        """Tell what happens."""
        self._emit(event, buffers)

    def warn(self, message: str) -> None:
        """Tell a person something that is no step."""
        self.emit(Notice(run_id=self.run_id, level="warning", message=message))

    @contextmanager
    def call(self, name: str, *, of_agent: bool = False) -> Iterator[int]:
        """Around a call of the tool of that name; gives the call's number."""
        task = asyncio.current_task()
        assert task is not None
        self._calls[task] = name
        if of_agent:
            self._agents.add(task)
        try:
            yield next(self._call_ids)
        finally:
            del self._calls[task]
            self._agents.discard(task)

    def leave(self, error: BaseException) -> None:
        """End the run, and let its caller have ``error``.

        For parts of the run with tasks of their own: there it would end the event loop.
        """
        self.raised = self.raised or error
        if self.task is not None:
            self.task.cancel()

    async def calls_ended(self) -> None:
        """Wait for calls that were cancelled: a managed agent stops its own run first.

        Only for a moment, and not when this is cancelled too. Those that go on are named.
        """
        with suppress(asyncio.CancelledError):
            started = perf_counter()
            if self._agents:
                await asyncio.wait(self._agents, timeout=_AGENTS_END_S)
            if self._calls:
                left = _CALLS_END_S - (perf_counter() - started)
                await asyncio.wait(self._calls, timeout=max(left, 0))
        for name in self._calls.values():
            message = f"{name}() was told to stop and has not; the run ended without it."
            logger.warning(message)
            self.warn(message)

    def spend(self, usage: TokenUsage) -> None:
        """Count a reply, here and in all runs that this one is part of."""
        self.usage = add_usage(self.usage, usage)
        self._known_cost_usd += usage.cost_usd or 0.0
        if self._within is not None:
            self._within.spend(usage)

    @property
    def limit_reached(self) -> str:
        """Which limit of tokens or cost is reached, its own or a caller's; empty for none."""
        # One reply without a price does not hide the cost of the others.
        known = replace(self.usage, cost_usd=self._known_cost_usd)
        if reached := self._limits.reached_by(known):
            return f"limit of {reached}"
        above = self._within.limit_reached if self._within is not None else ""
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
        above = self._within.time_is_up if self._within is not None else ""
        return f"caller's {above}" if above else ""

    @property
    def has_cost_limit(self) -> bool:
        """Whether cost may end it, by its own limit or a caller's."""
        above = self._within is not None and self._within.has_cost_limit
        return above or self._limits.cost_usd is not None

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return perf_counter() - self._started
