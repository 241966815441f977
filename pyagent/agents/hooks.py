"""The functions that a caller gives to an agent: final answer checks and step callbacks."""

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
    """Ask every check; return what is wrong with the answer, or None when all let it pass."""
    for check in checks:
        name = getattr(check, "__name__", "check")
        try:
            verdict = await call_either(call_blocking, check, answer, memory, agent)
        except Exception as error:
            # A check says what is wrong by whatever it raises.
            return ErrorInfo(type="AnswerRefused", message=f"{name}: {error}")
        if not verdict:
            return ErrorInfo(type="AnswerRefused", message=f"The answer failed {name}.")
    return None


async def call_back(
    callbacks: StepCallbacks, step: Step, agent: object, call_blocking: CallBlocking
) -> None:
    """Call the callbacks for steps of this kind."""
    for callback in callbacks_for(callbacks, type(step)):
        await call_either(call_blocking, callback, step, agent)


def callbacks_for(callbacks: StepCallbacks, kind: type[Step]) -> list[Callable[..., Any]]:
    """Return the callbacks for steps of that kind, in their order."""
    if not isinstance(callbacks, Mapping):
        # A summary was not taken: it stands for steps that were.
        return [] if kind is SummaryStep else list(callbacks)
    concerned = [given for kinds, given in callbacks.items() if issubclass(kind, kinds)]
    return [
        callback
        for given in concerned
        for callback in (given if isinstance(given, list | tuple) else (given,))
    ]
