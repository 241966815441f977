"""What ends a run: steps, tokens, cost, seconds, and people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import pytest

from pyagent import CodeAgent, Limits, RouterModel, ScriptedModel, Tool, ToolCallingAgent, tool
from pyagent.agents.base import Agent
from pyagent.agents.result import RunResult
from pyagent.models.base import (
    ModelEvent,
    ModelRequest,
    ReplyDone,
    TextDelta,
)
from pyagent.models.price import Price
from pyagent.protocol import Notice, RunFinished, StepFinished, StepStarted, TokenUsage
from support.agents.scripted_agents import agent_with, block, caller_with, in_loop, requests_of, use

GO_ON = block("x = 1")


class _Silent(ScriptedModel):
    """Never replies."""

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        await asyncio.Event().wait()
        yield TextDelta(text="")


def _costing(text: str, cost_usd: float | None, tokens: int = 10) -> list[object]:
    usage = TokenUsage(input_tokens=tokens, output_tokens=0, cost_usd=cost_usd)
    return [TextDelta(text=text), ReplyDone(finish_reason="stop", token_usage=usage)]


def _ended_by_limit(result: RunResult) -> str:
    assert (result.success, result.reason) == (False, "limit")
    assert result.problem is not None
    return result.problem.message


def test_limit_of_tokens_ends_the_run_before_the_next_request() -> None:
    with agent_with(*[_costing(GO_ON, None, 60)] * 3, limits=Limits(tokens=100)) as agent:
        assert "100 tokens" in _ended_by_limit(agent.run("Go."))
        assert len(requests_of(agent)) == 2
        assert "limit was reached" in agent.memory.interactions[0].closing


def test_limit_of_cost_ends_the_run_by_the_price_of_the_model() -> None:
    model = ScriptedModel([GO_ON] * 3, price=Price(input=1_000.0, output=0.0))
    with CodeAgent(model=model, limits=Limits(cost_usd=0.01)) as agent:
        result = agent.run("Go.")
    assert "0.01 US dollars" in _ended_by_limit(result)
    assert result.token_usage.cost_usd is not None
    assert result.token_usage.cost_usd >= 0.01
    assert len(model.requests) == 1


def test_reply_without_a_price_does_not_hide_the_cost_of_the_others() -> None:
    replies = [_costing(GO_ON, cost) for cost in (0.01, None, 0.01)]
    with agent_with(*replies, limits=Limits(cost_usd=0.02)) as agent:
        result = agent.run("Go.")
    assert _ended_by_limit(result)
    assert result.token_usage.cost_usd is None


def test_limit_of_cost_warns_when_no_price_is_known() -> None:
    with agent_with(block("final_answer(1)"), limits=Limits(cost_usd=1.0)) as agent:
        events = list(agent.stream("Go."))
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.message.startswith("No price is known for scripted")
    assert isinstance(events[-1], RunFinished)
    assert events[-1].success


def test_limit_of_cost_names_the_models_without_a_price() -> None:
    def told(*models: ScriptedModel) -> list[str]:
        with CodeAgent([], RouterModel(models), limits=Limits(cost_usd=1.0)) as agent:
            return [event.message for event in agent.stream("Go.") if isinstance(event, Notice)]

    def named(name: str, price: Price | None) -> ScriptedModel:
        return ScriptedModel([block("final_answer(1)")], model_id=name, price=price)

    price = Price(input=1.0, output=2.0)
    assert told(named("a", price), named("b", price)) == []
    (notice,) = told(named("a", price), named("b", None))
    assert notice.startswith("No price is known for b, so its cost")


def test_limit_of_seconds_ends_endless_code() -> None:
    replies = [block("while True:\n    pass"), block("final_answer('still here')")]
    with agent_with(*replies, limits=Limits(seconds=1.0)) as agent:
        assert "1 s" in _ended_by_limit(agent.run("Go."))
        agent.limits = Limits()
        assert agent.run("And now?").output == "still here"


def test_limit_of_seconds_ends_the_wait_for_a_model_that_never_replies() -> None:
    for kind in (CodeAgent, ToolCallingAgent):
        with kind(model=_Silent(), limits=Limits(seconds=0.05)) as agent:
            events = list(agent.stream("Go."))
        assert isinstance(events[-1], RunFinished)
        assert events[-1].reason == "limit"


def test_limit_holds_after_a_plan_and_before_the_last_answer() -> None:
    expensive = _costing("1. Go on.", None, 200)
    with agent_with(expensive, GO_ON, planning_interval=1, limits=Limits(tokens=100)) as agent:
        assert _ended_by_limit(agent.run("Go."))
    with agent_with(
        _costing(GO_ON, None, 200), "Perhaps.", max_steps=1, limits=Limits(tokens=100)
    ) as agent:
        assert _ended_by_limit(agent.run("Go."))


def test_negative_number_of_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        CodeAgent(model=ScriptedModel(), max_steps=-1)
    with caller_with("Hm.") as agent:
        problem = agent.run("Go.", max_steps=-1).problem
        assert requests_of(agent) == []
    assert problem is not None
    assert (problem.kind, problem.message) == (
        "bad_argument",
        "max_steps must be at least 0, not -1.",
    )


def test_limit_holds_before_a_plan_that_is_due() -> None:
    replies = [_costing("1. Go on.", None), _costing(GO_ON, None, 200), "2. Go on."]
    with agent_with(*replies, planning_interval=1, limits=Limits(tokens=100)) as agent:
        assert _ended_by_limit(agent.run("Go."))
        assert len(requests_of(agent)) == 2


def test_max_steps_ends_with_a_last_answer_and_reports_each_step_once() -> None:
    call = [use("final_answer", result=1)]
    for replies in (["Perhaps 1."], [[use("final_answer", answer="Perhaps 1.")]]):
        with caller_with(call, call, *replies, max_steps=2) as agent:
            events = list(agent.stream("Go."))
            result = agent.last_result
            assert "no steps left" in str(requests_of(agent)[-1].messages)
        assert result is not None
        assert (result.output, result.success, result.reason) == ("Perhaps 1.", False, "max_steps")
        for kind in (StepStarted, StepFinished):
            assert [e.step for e in events if isinstance(e, kind)] == [1, 2, 3]
        last = [e.is_last_answer for e in events if isinstance(e, StepStarted)]
        assert last == [False, False, True]
        assert isinstance(events[-1], RunFinished)


@pytest.mark.parametrize(
    ("make", "step"),
    [(agent_with, block("x = 1")), (caller_with, [use("final_answer", result=1)])],
    ids=["code", "calls"],
)
def test_endless_run_ends_after_twenty_steps_and_leaves_a_note(make: Any, step: Any) -> None:
    with make(*[step] * 20, "Perhaps.", "Well.", "Well.") as agent:
        result = agent.run("Go.")
        assert (len(result.steps), result.reason) == (20, "max_steps")
        agent.run("And now?")
        last = requests_of(agent)[21].messages[-1].content
    assert last == "(The work ended here because there were no steps left.)\n\nTask: And now?"


def test_interrupt_ends_a_run_of_either_kind_as_cancelled() -> None:
    def interrupt(agent: Agent) -> None:
        events = []
        for event in agent.stream("Go."):
            events.append(event)
            if event.type == "tool_started":
                agent.interrupt()
        assert isinstance(events[-1], RunFinished)
        assert (events[-1].reason, events[-1].success) == ("cancelled", False)
        assert not agent.is_working

    @tool
    async def hang() -> None:
        """Never end."""
        await asyncio.Event().wait()

    with agent_with(block("hang()"), tools=[hang]) as coder:
        interrupt(coder)
    with caller_with([use("hang"), use("hang")], tools=[hang]) as caller:
        interrupt(caller)


def test_leaving_a_stream_early_ends_the_tools_and_raises_nothing() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()

        @tool
        async def hang() -> None:
            """Never end."""
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        model = ScriptedModel([[use("hang")], "Hello."], supports_tools=True)
        async with ToolCallingAgent([hang], model) as agent:
            stream = agent.astream("Go.")
            async for event in stream:
                if event.type == "tool_started":
                    break
            await stream.aclose()
            assert ended.is_set()
            assert agent.last_result is not None
            assert agent.last_result.reason == "cancelled"
            assert (await agent.arun("Hi.")).output == "Hello."

    in_loop(scenario())


def test_closing_an_agent_just_after_its_start_ends_the_run() -> None:
    async def scenario() -> None:
        agent = ToolCallingAgent(model=_Silent())
        stream = agent.astream("Go.")
        first = asyncio.ensure_future(anext(stream))
        while not agent.is_working:
            await asyncio.sleep(0)
        await agent.aclose()
        assert (await first).type == "run_started"
        assert [event.type async for event in stream][-1] == "run_finished"

    in_loop(scenario())


def slow_to_end(may_end: asyncio.Event, ended: asyncio.Event) -> Tool:
    @tool
    async def stubborn() -> None:
        """Clean up for far longer than a stop may take."""
        try:
            await asyncio.Event().wait()
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(may_end.wait(), 20.0)
            ended.set()

    return stubborn


@pytest.mark.parametrize("reason", ["cancelled", "limit"])
@pytest.mark.parametrize("depth", [0, 2])
def test_tool_that_ignores_a_stop_does_not_delay_the_end(
    reason: str, depth: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        may_end, ended = asyncio.Event(), asyncio.Event()
        agent = agent_above(slow_to_end(may_end, ended), depth)
        agent.limits = Limits(seconds=0.3 if reason == "limit" else None)
        notices = []
        async for event in agent.astream("Go."):
            if isinstance(event, Notice):
                notices.append(event.message)
            if reason == "cancelled" and event.type == "tool_started" and event.name == "stubborn":
                agent.interrupt()
        assert not ended.is_set()
        assert reasons_of(agent.last_result) == [reason] * (depth + 1)
        assert notices == ["stubborn() was told to stop and has not; the run ended without it."]
        assert [record.message for record in caplog.records] == notices
        may_end.set()
        await ended.wait()

    in_loop(scenario())


def test_code_killed_in_a_deeply_nested_run_is_in_the_result() -> None:
    async def scenario() -> None:
        code = block("print('at work', flush=True)\nsum(range(10**11))")
        coder = CodeAgent([], ScriptedModel([code]), name="worker", description="Works.")
        agent = callers_of(coder, 2)
        notices = []
        async for event in agent.astream("Go."):
            if isinstance(event, Notice):
                notices.append(event.message)
            if event.type == "step_output":
                agent.interrupt()
        assert notices == []
        assert reasons_of(agent.last_result) == ["cancelled"] * 3

    in_loop(scenario())


class _SlowToClose(ScriptedModel):
    """Says nothing, and needs longer to close than the run has."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked = asyncio.Event()

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        try:
            self.asked.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1.3)
        yield TextDelta(text="")


def test_stop_by_a_person_is_not_a_limit_even_if_the_time_passes_during_the_stop() -> None:
    async def scenario() -> None:
        model = _SlowToClose()
        agent = ToolCallingAgent([], model, limits=Limits(seconds=1.0))
        run = asyncio.create_task(agent.arun("Go."))
        await model.asked.wait()
        agent.interrupt()
        assert (await run).reason == "cancelled"

    in_loop(scenario())


def agent_above(tool: Tool, depth: int) -> ToolCallingAgent:
    """The topmost of ``depth`` agents, each calling the next, above one that calls the tool."""
    model = ScriptedModel([[use(tool.name)]], supports_tools=True)
    agent = ToolCallingAgent([tool], model, name="worker", description="Works.")
    return callers_of(agent, depth)


def callers_of(agent: Any, depth: int) -> Any:
    """Agents that each call the next, above this one."""
    for _ in range(depth):
        model = ScriptedModel([[use("worker", task="Go.")]], supports_tools=True)
        agent = ToolCallingAgent(
            model=model, managed_agents=[agent], name="worker", description="Works."
        )
    return agent


def reasons_of(result: RunResult | None) -> list[str]:
    """The reasons of a run and of the runs below it, from the top down."""
    if result is None:
        return []
    return [result.reason, *reasons_of(next(iter(result.children), None))]
