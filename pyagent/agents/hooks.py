"""Calls the functions that users give an agent: ``final_answer_checks`` and ``step_callbacks``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyagent.agents.options import StepCallbacks
from pyagent.concurrency.blocking import CallBlocking, call_either
from pyagent.memory import Memory, Step, SummaryStep
from pyagent.protocol import ErrorInfo, Json


async def check_answer(
    checks: Iterable[Callable[..., Any]],
    answer: Json,
    memory: Memory,
    agent: object,
    call_blocking: CallBlocking,
) -> ErrorInfo | None:
    """Call each check; return what is wrong with the answer, or None when all checks pass."""
    for check in checks:
        name = getattr(check, "__name__", "check")
        try:
            verdict = await call_either(call_blocking, check, answer, memory, agent)
        except Exception as error:
            # A check may say what is wrong by raising any exception.
            return ErrorInfo(type="AnswerRefused", message=f"{name}: {error}")
        if not verdict:
            return ErrorInfo(type="AnswerRefused", message=f"The answer failed {name}.")
    return None


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
