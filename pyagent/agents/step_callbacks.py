"""Calls the ``step_callbacks`` that users give an agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyagent.agents.options import StepCallbacks
from pyagent.concurrency.blocking import CallBlocking, call_either
from pyagent.memory import Step, SummaryStep


async def call_back(
    callbacks: StepCallbacks, step: Step, agent: object, call_blocking: CallBlocking
) -> None:
    """Call the callbacks for this kind of step."""
    for callback in callbacks_for(callbacks, type(step)):
        await call_either(call_blocking, callback, step, agent)


def callbacks_for(callbacks: StepCallbacks, kind: type[Step]) -> list[Callable[..., Any]]:
    """Return the callbacks for this kind of step, in their order."""
    if not isinstance(callbacks, Mapping):
        # A summary is not a step of its own: it stands for steps that were taken.
        return [] if kind is SummaryStep else list(callbacks)
    concerned = [given for kinds, given in callbacks.items() if issubclass(kind, kinds)]
    return [
        callback
        for given in concerned
        for callback in (given if isinstance(given, list | tuple) else (given,))
    ]
