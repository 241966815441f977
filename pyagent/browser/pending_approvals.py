"""Asks the person in the page: whether a tool may run, and what code wants to know.

The page answers with ``Approve`` and ``GiveInput``.
"""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

from pyagent.agents.approval import Verdict
from pyagent.protocol import ApprovalRequested, Approve, GiveInput, InputRequested

A = TypeVar("A", Approve, GiveInput)


class _Pending(Generic[A]):
    """The calls that wait for an answer, by run and number."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], asyncio.Future[A]] = {}

    def answered(self, message: A) -> None:
        """Take an answer from the page. An answer that no call waits for is dropped."""
        asked = self._asked.get((message.run_id, message.call_id))
        if asked is not None and not asked.done():
            asked.set_result(message)

    async def _answer(self, request: ApprovalRequested | InputRequested) -> A:
        """Wait for the person's answer. Stopping the run cancels the wait."""
        key = request.run_id, request.call_id
        asked: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked[key] = asked
        try:
            return await asked
        finally:
            del self._asked[key]


class PendingApprovals(_Pending[Approve]):
    """``ask`` serves as an agent's ``on_approval``."""

    async def ask(self, request: ApprovalRequested) -> Verdict:
        """Wait for the person's decision."""
        answer = await self._answer(request)
        return answer.allowed or answer.reason


class PendingInputs(_Pending[GiveInput]):
    """``ask`` serves as an agent's ``on_input``."""

    async def ask(self, request: InputRequested) -> str | None:
        """Wait for the person's text; None if they give none."""
        return (await self._answer(request)).text
