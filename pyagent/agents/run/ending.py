"""``Ending``: how a run ends, and what is then said to the person and to the model.

A run that is stopped ends soon, whatever it does: see ``end_soon``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from pyagent.agents.result import problem_of
from pyagent.agents.run.observation import FAILED, OUT_OF_LIMIT, STOPPED
from pyagent.errors import AgentError, Cancelled, LimitError
from pyagent.protocol import Answer, Problem

logger = logging.getLogger(__name__)

STOP_S = 0.9
"""How long a stopped run waits for what it does. The calls of tools have a wait of their own."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run ends."""

    reason: Literal["answered", "max_steps", "limit", "error", "cancelled"]
    answer: Answer | None = None
    error: AgentError | None = None
    """What ended the run; None after an answer."""
    closing: str = ""
    """How the run ended, in words for the model's next turn."""

    @property
    def problem(self) -> Problem | None:
        """The error as the person is told it; None when the person stopped the run."""
        if self.error is None or self.reason == "cancelled":
            return None
        return problem_of(self.error)


def at_limit(limit: str, kind: type[LimitError] = LimitError) -> Ending:
    """The end at a limit, which ``limit`` names."""
    error = kind(
        f"The run was ended at its {limit}.",
        advice="Allow more, or ask for a smaller part of the task.",
    )
    return Ending(reason="limit", error=error, closing=OUT_OF_LIMIT)


def stopped() -> Ending:
    """The end by the person."""
    return Ending(reason="cancelled", error=Cancelled("The run was stopped."), closing=STOPPED)


def fault(cause: Exception) -> Ending:
    """The end by an error that pyagent did not expect. It is logged."""
    logger.error("A run failed", exc_info=cause)
    error = AgentError(
        f"{type(cause).__name__}: {cause}",
        advice="This is a fault in pyagent; the log has the details.",
    )
    error.__cause__ = cause
    return Ending(reason="error", error=error, closing=FAILED)


async def end_soon(solving: asyncio.Task[Ending]) -> None:
    """Cancel a task and wait for its end, at most ``STOP_S``. A further stop changes nothing."""
    solving.cancel()
    until = perf_counter() + STOP_S
    while not solving.done() and (left := until - perf_counter()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.wait([solving], timeout=left)


def left_behind(warn: Callable[[str], None]) -> Ending:
    """The end of a run whose task goes on, because something in it ignores the stop."""
    message = "Something was told to stop and has not; the run ended without it."
    logger.warning(message)
    warn(message)
    return stopped()
