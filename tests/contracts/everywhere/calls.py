"""Cases for agents that call tools, on CPython and in a page."""

from __future__ import annotations

import asyncio
import json

from contracts.everywhere.cases import LIMIT_S, Place, answer, asked, calling, case, use
from pyagent import Tool, tool


@case
async def tool_calls_of_a_reply_run_together_and_one_failure_keeps_the_others(_: Place) -> None:
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
async def calls_in_text_work_for_a_model_without_native_calls(_: Place) -> None:
    written = json.dumps({"name": "add", "arguments": {"a": 1, "b": 2}})
    answer = json.dumps({"name": "final_answer", "arguments": {"answer": 3}})
    agent = calling(f"I add.\n```json\n{written}\n```", answer, native=False)
    result = await agent.arun("Add.")
    assert (result.success, result.output) == (True, 3)


@case
async def results_keep_the_order_of_twelve_calls_that_end_in_reverse(_: Place) -> None:
    ended = [asyncio.Event() for _ in range(13)]
    ended[12].set()

    @tool
    async def wait_for_next(n: int) -> int:
        """End after the call that was made next.

        Args:
            n: Which.
        """
        async with asyncio.timeout(LIMIT_S):
            await ended[n + 1].wait()
        ended[n].set()
        return n

    agent = calling([use("wait_for_next", n=n) for n in range(12)], "Done.", tools=[wait_for_next])
    assert (await agent.arun("Go.")).output == "Done."
    results = [message.content for message in asked(agent) if message.role == "tool"]
    assert results == [str(n) for n in range(12)]


@case
async def values_may_be_named_in_arguments_until_a_reset(_: Place) -> None:
    agent = calling([use("add", a="n", b=1)], answer("n"), answer("n"), answer("n"))
    result = await agent.arun("Add one.", additional_args={"n": 4})
    assert result.output == 4
    assert asked(agent)[-1].content == "5"
    assert "n (int) = 4" in asked(agent)[1].content
    assert (await agent.arun("Again.")).output == 4
    assert (await agent.arun("Anew.", reset=True)).output == "n"
    assert [message.content for message in asked(agent)[1:]] == ["Task: Anew."]


@case
async def parallel_calls_wait_for_a_setup_that_waits(place: Place) -> None:
    loop, may_end = asyncio.get_running_loop(), asyncio.Event()
    setups: list[str] = []

    class Slow(Tool):
        name = "slow"
        description = "Needs much before its first call."

        def setup(self) -> None:
            setups.append("begun")
            place.wait(may_end.wait(), loop)
            setups.append("ended")

        def forward(self) -> str:
            """Answer."""
            return " ".join(setups)

    @tool
    async def let_it_end() -> None:
        """Let the setup end: the calls before this one have begun."""
        may_end.set()

    calls = [use("slow"), use("slow"), use("let_it_end")]
    agent = calling(calls, "Done.", tools=[Slow(), let_it_end])
    async with asyncio.timeout(LIMIT_S):
        assert (await agent.arun("Go.")).output == "Done."
    results = [message.content for message in asked(agent) if message.role == "tool"]
    assert [result.partition("\n")[0] for result in results[:2]] == ["begun ended"] * 2
