"""The limits of a run on tokens, cost and time, and how they are enforced.

``Limits`` in ``protocol`` says what they are. The asker counts each reply in the run's ``Budget``.
The run loop asks the budget before each step whether a limit is reached, and works inside its
``timeout``. The price of a reply is not known here: the model has put the cost into the usage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any

from pyagent.agents.result import add_usage
from pyagent.concurrency.sleeps import put_off
from pyagent.protocol import Limits, TokenUsage


class Budget:
    """What one run has used of its limits, and which limit is reached.

    ``caller`` is the budget of the run that this run is part of, if any: usage counts there too,
    and the limits there hold for this run too.
    """

    def __init__(self, limits: Limits, caller: Budget | None = None) -> None:
        self.usage = TokenUsage()
        """What the run has used so far, managed agents included."""
        self._limits = limits
        self._caller = caller
        self.known_cost_usd = 0.0
        """The cost of those replies whose price is known."""
        self._seconds_before = 0.0
        self._since: float | None = None
        """When the run began, by the clock of the event loop."""
        self._held_since = 0.0
        self._left_out_s = 0.0
        """The seconds of pauses and sleeps that are over."""
        self._task: asyncio.Task[Any] | None = None
        """The task that drives the run."""
        self._timeout: asyncio.Timeout | None = None
        self._holders = 0
        self._left_s: float | None = None
        """The seconds that were left when the clock was stopped; None while it runs."""

    def take_up(self, usage: TokenUsage, *, known_cost_usd: float, seconds: float) -> None:
        """Count what the run had used before it was interrupted."""
        self.usage, self.known_cost_usd, self._seconds_before = usage, known_cost_usd, seconds

    def spend(self, usage: TokenUsage) -> None:
        """Count a reply, here and in all runs that this one is part of."""
        self.usage = add_usage(self.usage, usage)
        self.known_cost_usd += usage.cost_usd or 0.0
        if self._caller is not None:
            self._caller.spend(usage)

    @property
    def seconds(self) -> float:
        """The seconds that count for the limit: those before an interruption, and no pauses."""
        if self._since is None:
            return self._seconds_before
        now = self._held_since if self._holders else asyncio.get_running_loop().time()
        return self._seconds_before + max(now - self._since - self._left_out_s, 0.0)

    @property
    def limit_reached(self) -> str:
        """Which limit of tokens or cost is reached, the run's own or a caller's; empty for none."""
        # One reply without a price does not hide the cost of the others.
        known = replace(self.usage, cost_usd=self.known_cost_usd)
        if reached := _reached(self._limits, known):
            return f"limit of {reached}"
        above = self._caller.limit_reached if self._caller is not None else ""
        return f"caller's {above}" if above else ""

    @property
    def has_cost_limit(self) -> bool:
        """Whether the run or a caller has a limit on cost."""
        above = self._caller is not None and self._caller.has_cost_limit
        return above or self._limits.cost_usd is not None

    def timeout(self) -> asyncio.Timeout:
        """Make the block in which the run must work; it ends at the limit of seconds.

        It raises ``TimeoutError`` then, unless somebody else cancelled the run too.
        """
        self._task = asyncio.current_task()
        self._since = asyncio.get_running_loop().time()
        seconds = self._limits.seconds
        left = None if seconds is None else max(seconds - self._seconds_before, 0.0)
        self._timeout = asyncio.timeout(left)
        return self._timeout

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Make a block in which no limit of seconds runs, the run's own or a caller's."""
        with self._caller.hold() if self._caller is not None else nullcontext():
            self._holders += 1
            if self._holders == 1:
                self._stop_clock()
            try:
                yield
            finally:
                self._holders -= 1
                if not self._holders:
                    self._go_on()

    def _stop_clock(self) -> None:
        timeout, self._held_since = self._timeout, asyncio.get_running_loop().time()
        if timeout is None or timeout.expired():
            return
        if (until := timeout.when()) is not None:
            self._left_s = until - asyncio.get_running_loop().time()
            timeout.reschedule(None)

    def _go_on(self) -> None:
        timeout = self._timeout
        self._left_out_s += asyncio.get_running_loop().time() - self._held_since
        if timeout is None or self._left_s is None:
            return
        with suppress(RuntimeError):  # the run may be over, or about to be
            timeout.reschedule(asyncio.get_running_loop().time() + self._left_s)
        self._left_s = None

    def slept(self, seconds: float) -> None:
        """Leave the seconds of a sleep of the tab out of the limit."""
        if not self._holders:  # a pause is left out with the sleep in it
            self._left_out_s += seconds
        if self._timeout is not None:
            put_off(self._timeout, seconds)

    def forget_timeout(self) -> None:
        """Note that the run was cancelled by somebody else, not by its own timeout."""
        self._timeout = None

    @property
    def time_is_up(self) -> str:
        """Which limit of seconds ends the run, the run's own or a caller's; empty for none.

        Empty too when a person stops the run and the time passes before everything has stopped.
        """
        timeout, task = self._timeout, self._task
        # With two cancellations, one came from somebody else.
        if timeout is not None and timeout.expired() and task is not None and task.cancelling() < 2:
            return f"limit of {self._limits.seconds:g} s"
        above = self._caller.time_is_up if self._caller is not None else ""
        return f"caller's {above}" if above else ""


def _reached(limits: Limits, usage: TokenUsage) -> str:
    """Which limit ``usage`` has reached, in words; empty for none."""
    if limits.tokens is not None and usage.total_tokens >= limits.tokens:
        return f"{limits.tokens:,} tokens"
    if limits.cost_usd is not None and (usage.cost_usd or 0.0) >= limits.cost_usd:
        return f"{limits.cost_usd:g} US dollars"
    return ""
