"""A person's word before a tool runs."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeAlias

from pyagent.agents.run.state import RunState
from pyagent.concurrency.blocking import CallBlocking, call_either
from pyagent.protocol import ApprovalRequested, ErrorInfo

logger = logging.getLogger(__name__)

Verdict: TypeAlias = bool | str
"""True allows the call; False, or a text that says why for the model, refuses it."""
OnApproval: TypeAlias = Callable[[ApprovalRequested], Verdict | Awaitable[Verdict]]


class Approval:
    """Which tools wait for leave, and who is asked. ``*`` among ``names`` stands for all."""

    def __init__(self, names: Collection[str] = (), ask: OnApproval | None = None) -> None:
        if names and ask is None:
            raise ValueError("approve names tools, but nobody is there to ask: give on_approval.")
        if isinstance(names, str):
            raise TypeError("approve is a list of tools' names, not one string.")
        self.names = frozenset(names)
        self.ask = ask
        self._turn = asyncio.Lock()

    def concerns(self, name: str) -> bool:
        """Whether the tool waits for leave."""
        return name in self.names or "*" in self.names

    async def refusal(
        self, request: ApprovalRequested, run: RunState, call_blocking: CallBlocking
    ) -> ErrorInfo | None:
        """Ask; None when the call is allowed. The code's deadline does not run meanwhile."""
        run.emit(request)
        with run.hold_deadline():
            try:
                verdict = await self._verdict(request, call_blocking)
            except Exception:
                # Who could not be asked has not allowed it.
                logger.exception("The question whether %s may run failed", request.name)
                verdict = "the question could not be asked."
        if verdict is True:
            return None
        reason = f" They said: {verdict}" if isinstance(verdict, str) and verdict else ""
        return ErrorInfo(
            type="NotApproved",
            message=f"The person did not allow {request.name}() with these arguments.{reason} "
            "Do not try it again in the same way.",
        )

    async def _verdict(self, request: ApprovalRequested, call_blocking: CallBlocking) -> Any:
        assert self.ask is not None
        if inspect.iscoroutinefunction(self.ask):
            return await self.ask(request)
        async with self._turn:  # who asks with input() asks one question at a time
            return await call_either(call_blocking, self.ask, request)
