"""Passes the questions of code on to a person: ``input()``, ``getpass()`` and ``on_input``."""

from __future__ import annotations

import asyncio
import inspect
import logging
from time import perf_counter
from typing import Any

from pyagent.agents.approval import OnInput
from pyagent.agents.run.state import RunState
from pyagent.concurrency.blocking import CallBlocking, call_either
from pyagent.protocol import (
    ErrorInfo,
    InputRequested,
    ToolCall,
    ToolFinished,
    ToolReturn,
    ToolStarted,
)
from pyagent.sandbox.asking import INPUT, NOBODY
from pyagent.texts import cut_middle

logger = logging.getLogger(__name__)

MAX_PROMPT_CHARS = 2_000
MAX_ANSWER_CHARS = 100_000
_NO_ANSWER = (
    "The person gave no answer to input(). Use values that you have, or ask in final_answer(...)."
)
_PREVIEW_CHARS = 500


class Questions:
    """The function that answers the questions of code; None if nobody is there."""

    def __init__(self, ask: OnInput | None = None) -> None:
        self.ask = ask
        self._turn = asyncio.Lock()

    async def answer(
        self, call: ToolCall, run: RunState, call_blocking: CallBlocking
    ) -> ToolReturn:
        """Ask the person, and return the answer, or an ``EOFError`` for the code.

        The deadline of the code does not run meanwhile. The answer to a secret question is in no
        event.
        """
        if self.ask is None:
            return _no_answer(call, NOBODY)
        request = _request(call, run)
        started = perf_counter()
        run.emit(
            ToolStarted(
                run_id=run.id,
                step=request.step,
                call_id=call.call_id,
                name=INPUT,
                arguments={"prompt": request.prompt},
            )
        )
        run.emit(request)
        with run.hold_deadline():
            answer = await self._answer(request, call_blocking)
        reply = _no_answer(call, _NO_ANSWER)
        if isinstance(answer, str):
            reply = ToolReturn(call_id=call.call_id, value=answer[:MAX_ANSWER_CHARS])
        is_open = isinstance(answer, str) and not request.secret
        run.emit(
            ToolFinished(
                run_id=run.id,
                step=request.step,
                call_id=call.call_id,
                name=INPUT,
                preview=cut_middle(answer, _PREVIEW_CHARS) if is_open else "",
                error=reply.error,
                seconds=perf_counter() - started,
            )
        )
        return reply

    async def _answer(self, request: InputRequested, call_blocking: CallBlocking) -> Any:
        assert self.ask is not None
        try:
            if inspect.iscoroutinefunction(self.ask):
                return await self.ask(request)
            async with self._turn:  # a function that uses input() must ask one question at a time
                return await call_either(call_blocking, self.ask, request)
        except Exception:
            logger.exception("Asking the person failed")
            return None


def _request(call: ToolCall, run: RunState) -> InputRequested:
    prompt = call.args[0] if call.args else ""
    return InputRequested(
        run_id=run.id,
        step=run.step,
        call_id=call.call_id,
        prompt=cut_middle(str(prompt), MAX_PROMPT_CHARS),
        secret=call.kwargs.get("secret") is True,
    )


def _no_answer(call: ToolCall, message: str) -> ToolReturn:
    return ToolReturn(call_id=call.call_id, error=ErrorInfo(type="EOFError", message=message))
