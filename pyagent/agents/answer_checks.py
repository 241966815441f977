"""Runs the ``final_answer_checks`` that users give an agent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pyagent.agents.hooks import call_hook
from pyagent.concurrency.blocking import CallBlocking
from pyagent.memory import Memory
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
            verdict = await call_hook(
                call_blocking, check, answer=answer, memory=memory, agent=agent
            )
        except Exception as error:
            # A check may say what is wrong by raising any exception.
            return ErrorInfo(type="AnswerRefused", message=f"{name}: {error}")
        if not verdict:
            return ErrorInfo(type="AnswerRefused", message=f"The answer failed {name}.")
    return None
