"""Runs the ``final_answer_checks`` that users give an agent."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterable
from itertools import pairwise
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
            accepts, reason = _read(verdict, answer, check)
        except Exception as error:
            # A check may say what is wrong by raising any exception.
            why = str(error) or type(error).__name__
            return ErrorInfo(type="AnswerRefused", message=f"{name}: {why}")
        if not accepts:
            message = f"{name}: {reason}" if reason else f"The answer failed {name}."
            return ErrorInfo(type="AnswerRefused", message=message)
    return None


def _read(verdict: Any, answer: Json, check: Callable[..., Any]) -> tuple[bool, str]:
    """Whether the verdict accepts the answer, and the reason if it tells one.

    A text is the reason to refuse, and an empty one is none. A pair is a verdict with its reason.
    Everything else counts as true or false, and so does a part of the answer, as in ``lambda
    answer: answer.strip()``.
    """
    if isinstance(verdict, str):
        if verdict.strip() and verdict not in str(answer):
            return False, verdict.strip()
        return bool(verdict.strip() or str(answer).strip()), ""
    if isinstance(verdict, tuple) and len(verdict) == 2 and isinstance(verdict[0], bool):
        return verdict[0], str(verdict[1] or "")
    return bool(verdict) or (verdict is None and _only_raises(check)), ""


def _only_raises(check: Callable[..., Any]) -> bool:
    """Whether a check can return nothing but None, as one does that speaks by ``raise`` alone.

    A check that also returns something may mean None as a no, as ``re.match`` does.
    """
    if not inspect.isroutine(check):  # an object that can be called
        check = type(check).__call__
    code = getattr(inspect.unwrap(check), "__code__", None)
    if code is None:
        return False
    for before, this in pairwise(dis.get_instructions(code)):
        if this.opname == "RETURN_CONST" and this.argval is not None:  # up to Python 3.13
            return False
        is_none = before.opname.startswith("LOAD_CONST") and before.argval is None
        if this.opname == "RETURN_VALUE" and (this.is_jump_target or not is_none):
            return False
    return True
