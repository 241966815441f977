"""Questions to the person whether a tool may run, answered by the page's ``Approve``."""

from __future__ import annotations

import asyncio

from pyagent.agents.approval import Verdict
from pyagent.protocol import ApprovalRequested, Approve


class PendingApprovals:
    """``ask`` is an agent's ``on_approval``; the worker hands ``answered`` what the page says."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], asyncio.Future[Approve]] = {}

    async def ask(self, request: ApprovalRequested) -> Verdict:
        """Wait for the person's word. Whoever stops the run ends the wait by cancelling it."""
        key = request.run_id, request.call_id
        asked: asyncio.Future[Approve] = asyncio.get_running_loop().create_future()
        self._asked[key] = asked
        try:
            answer = await asked
        finally:
            del self._asked[key]
        return answer.allowed or answer.reason

    def answered(self, message: Approve) -> None:
        """The person's word. One on what nobody asks any longer is dropped."""
        asked = self._asked.get((message.run_id, message.call_id))
        if asked is not None and not asked.done():
            asked.set_result(message)
