"""Agents that call tools, wherever they are."""

from __future__ import annotations

import asyncio
import json

from everywhere import LIMIT_S, Place, asked, calling, case, use

from pyagent import tool


@case
async def tool_calls_of_a_reply_run_together_and_one_failing_loses_no_other(_: Place) -> None:
    meeting = asyncio.Barrier(2)

    @tool
    async def meet(name: str) -> str:
        """Wait for the other.

        Args:
            name: Your name.
        """
        async with asyncio.timeout(LIMIT_S):
            await meeting.wait()
        return name

    calls = [use("meet", name="Ann"), use("meet"), use("meet", name="Bob")]
    agent = calling(calls, [use("final_answer", answer="Done.")], tools=[meet])
    assert (await agent.arun("Meet.")).output == "Done."
    first, wrong, last = [message.content for message in asked(agent)[-3:]]
    assert (first, last) == ("Ann", "Bob")
    assert "name" in wrong, wrong


@case
async def calls_in_text_do_where_a_model_has_none_of_its_own(_: Place) -> None:
    written = json.dumps({"name": "add", "arguments": {"a": 1, "b": 2}})
    answer = json.dumps({"name": "final_answer", "arguments": {"answer": 3}})
    agent = calling(f"I add.\n```json\n{written}\n```", answer, native=False)
    result = await agent.arun("Add.")
    assert (result.success, result.output) == (True, 3)
