"""Asks the page whether a tool may run. The page answers with ``Approve``."""

from __future__ import annotations

import asyncio

from pyagent.agents.approval import Verdict
from pyagent.protocol import ApprovalRequested, Approve


class PendingApprovals:
    """The calls that wait for an answer. ``ask`` serves as an agent's ``on_approval``."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], asyncio.Future[Approve]] = {}

    async def ask(self, request: ApprovalRequested) -> Verdict:
        """Wait for the person's answer. Stopping the run cancels the wait."""
        key = request.run_id, request.call_id
        asked: asyncio.Future[Approve] = asyncio.get_running_loop().create_future()
        self._asked[key] = asked
        try:
            answer = await asked
        finally:
            del self._asked[key]
        return answer.allowed or answer.reason

    def answered(self, message: Approve) -> None:
        """Take an answer from the page. An answer that no call waits for is dropped."""
        asked = self._asked.get((message.run_id, message.call_id))
        if asked is not None and not asked.done():
            asked.set_result(message)
