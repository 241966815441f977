"""Cases for how runs start and what ends them, on CPython and in a page."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from math import isclose
from typing import Any

from contracts.everywhere.cases import (
    LIMIT_S,
    Place,
    add,
    answer,
    block,
    both,
    calling,
    case,
    coding,
    counted,
    use,
)
from pyagent import AgentError, CodeAgent, ExecutorError, Limits, ScriptedModel, Tool, tool
from pyagent.models.price import Price


@case
async def limits_and_max_steps_end_a_run_in_order(place: Place) -> None:
    go_on = block("x = 1")
    async with coding(place, go_on, go_on, "Perhaps 1.", max_steps=2) as coder:
        result = await coder.arun("Go.")
        assert (result.reason, result.output, result.success) == ("max_steps", "Perhaps 1.", False)
    agent = calling([use("add", a=1, b=2)], "Three.", limits=Limits(tokens=1))
    assert (await agent.arun("Go.")).reason == "limit"
    async with coding(place, block("while True: pass"), limits=Limits(seconds=1)) as coder:
        assert (await coder.arun("Go.")).reason == "limit"


@case
async def stream_of_either_kind_ends_at_max_steps_with_the_best_answer(place: Place) -> None:
    calls = [[use("add", a=n, b=1)] for n in (1, 2)]
    code = [block("x = 1"), block("x = 2")]
    async with both(place, [*code, "Perhaps 2."], [*calls, "Perhaps 2."], max_steps=2) as agents:
        for agent in agents:
            events: list[Any] = [event async for event in agent.astream("Go.")]
            end = events[-1]
            assert (end.reason, end.output, end.success) == ("max_steps", "Perhaps 2.", False)
            assert [e.step for e in events if e.type == "step_started"] == [1, 2, 3]
            assert [e.step for e in events if e.type == "step_finished"] == [1, 2, 3]
            assert end.steps == 2


def hanging(ended: list[str]) -> Tool:
    @tool
    async def hang() -> None:
        """Never end."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("hang")

    return hang


@case
async def interrupt_ends_a_run_of_either_kind_and_the_tools_in_it(place: Place) -> None:
    ended: list[str] = []
    code = [block("hang()"), block("final_answer('fine')")]
    calls = [[use("hang"), use("add", a=1, b=2)], "fine"]
    async with both(place, code, calls, tools=[hanging(ended), add]) as agents:
        for agent in agents:
            end: Any = None
            async with asyncio.timeout(LIMIT_S):
                async for end in agent.astream("Go."):
                    if end.type == "tool_started" and end.name == "hang":
                        agent.interrupt()
            assert (end.type, end.reason, end.success) == ("run_finished", "cancelled", False)
            assert not agent.is_working
            assert (await agent.arun("Again.")).output == "fine"
    assert ended == ["hang"] * 2


@case
async def interrupt_stops_endless_code_and_keeps_earlier_variables(place: Place) -> None:
    endless = block("print('in', flush=True)\nwhile True: pass")
    async with coding(place, block("x = 41"), endless, block("final_answer(x + 1)")) as agent:
        async with asyncio.timeout(LIMIT_S):
            async for event in agent.astream("Go."):
                if event.type == "step_output":
                    agent.interrupt()
        assert agent.last_result is not None
        assert (agent.last_result.reason, len(agent.last_result.steps)) == ("cancelled", 1)
        assert (await agent.arun("And now?")).output == 42


@case
async def leaving_a_stream_early_cancels_the_run_and_ends_its_tools(place: Place) -> None:
    ended: list[str] = []
    code = [block("hang()"), block("final_answer('fine')")]
    async with both(place, code, [[use("hang")], "fine"], tools=[hanging(ended)]) as agents:
        for agent in agents:
            async with asyncio.timeout(LIMIT_S), aclosing(agent.astream("Go.")) as events:
                async for event in events:
                    if event.type == "tool_started":
                        break
            assert agent.last_result is not None
            assert agent.last_result.reason == "cancelled"
            assert (await agent.arun("Again.")).output == "fine"
            assert agent.state.runs == 2
    assert ended == ["hang"] * 2


@case
async def totals_count_tokens_cost_and_seconds_of_all_runs(place: Place) -> None:
    code = [counted(block(f"final_answer({n})"), 1_000 * n, 100) for n in (1, 2)]
    calls = [counted(*answer(n), 1_000 * n, 100) for n in (1, 2)]
    async with both(place, code, calls) as agents:
        for agent in agents:
            agent.model.price = Price(input=1, output=10)
            first, second = await agent.arun("One."), await agent.arun("Two.")
            assert first.cost is not None
            assert isclose(first.cost, 0.002)
            state = agent.state
            assert (state.runs, state.steps) == (2, 2)
            usage = state.token_usage
            assert (usage.input_tokens, usage.output_tokens) == (3_000, 200)
            assert state.cost is not None
            assert isclose(state.cost, 0.005)
            assert isclose(state.seconds, first.timing.total_s + second.timing.total_s)
            assert 0 <= first.timing.model_s <= first.timing.total_s


@case
async def synchronous_methods_work_or_name_the_asynchronous_ones(place: Place) -> None:
    def everything() -> list[object]:
        agent = calling("One.", "Two.", "Three.")
        return [
            agent.run("1").output,
            [event.type for event in agent.stream("2")][-1],
            [item.result.output for item in agent.map(["3"])],
        ]

    if place.has_threads:
        assert everything() == ["One.", "run_finished", ["Three."]]
        return
    for start in (
        lambda agent: agent.run("1"),
        lambda agent: list(agent.stream("2")),
        lambda agent: list(agent.map(["3"])),
        lambda agent: agent.close(),
    ):
        told = ""
        try:
            start(calling("One."))
        except AgentError as error:
            told = error.advice
        assert "await arun()" in told


@case
async def local_executor_says_that_there_are_no_processes(place: Place) -> None:
    if place.has_threads:
        return
    result = await CodeAgent(model=ScriptedModel([block("1")])).arun("Go.")
    assert result.problem is not None
    assert result.problem.kind == ExecutorError.kind, result.problem
    assert "executor" in result.problem.advice, result.problem
