"""Limits of a run that calls agents: they hold for all of the agents together, at any time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pyagent import Limits, ScriptedModel, ToolCallingAgent, tool
from pyagent.agents.result import RunResult, add_usage
from pyagent.memory import ActionStep
from pyagent.models.base import ModelEvent, ModelRequest, TextDelta
from pyagent.models.price import Price
from pyagent.protocol import Notice, RunFinished, RunStarted, TokenUsage
from support.agents.scripted_agents import agent_with, block, caller_with, costing, requests_of, use


@tool
def look() -> str:
    """Look around."""
    return "Nothing."


def endless(tokens: int, **options: Any) -> ToolCallingAgent:
    """A managed agent that looks around for ever, for so many tokens a step."""
    steps = [costing(use("look"), tokens=tokens) for _ in range(99)]
    model = ScriptedModel(steps, supports_tools=True)
    return ToolCallingAgent([look], model, name="worker", description="Works.", **options)


def own_usage(result: RunResult) -> TokenUsage:
    """The usage of the run's own replies."""
    total = TokenUsage()
    for step in result.steps:
        total = add_usage(total, step.token_usage)
    return total


@pytest.mark.parametrize(
    "limits", [Limits(tokens=1_000), Limits(cost_usd=0.01)], ids=["tokens", "cost"]
)
@pytest.mark.parametrize("at_once", [10, 2])
def test_parallel_calls_together_stay_within_the_callers_limit(
    limits: Limits, at_once: int
) -> None:
    calls = costing(*[use("worker", task=str(i)) for i in range(10)], tokens=100)
    child = endless(400)
    options: dict[str, Any] = {"managed_agents": [child], "max_tool_calls": at_once}
    with caller_with(calls, "Done.", limits=limits, **options) as agent:
        result = agent.run("Go.")
    assert (result.reason, len(requests_of(agent))) == ("limit", 1)
    assert [run.reason for run in result.children] == ["limit"] * 10
    # Only replies that were under way when the limit was reached go beyond it.
    assert 1_000 <= result.token_usage.input_tokens < 1_000 + 400 * at_once


def test_tokens_and_cost_of_parallel_calls_count_once_in_the_callers_totals() -> None:
    def works(task: str) -> list[Any]:
        return costing(use("final_answer", answer=task), tokens=30)

    model = ScriptedModel([works("a"), works("b")], supports_tools=True)
    child = ToolCallingAgent(model=model, name="worker", description="Works.")
    calls = costing(use("worker", task="a"), use("worker", task="b"), tokens=100)
    done = costing("Done.", tokens=200)
    with caller_with(calls, done, managed_agents=[child]) as agent:
        events = list(agent.stream("Go."))
        result = agent.last_result
    assert result is not None
    assert [run.token_usage.input_tokens for run in result.children] == [30, 30]
    assert own_usage(result).input_tokens == 300
    assert result.token_usage.input_tokens == 360
    assert result.cost == pytest.approx(360 / 1e5)
    assert agent.state.token_usage == result.token_usage
    ended = [event for event in events if isinstance(event, RunFinished)]
    assert [event.token_usage.input_tokens for event in ended] == [30, 30, 360]


def test_limit_ends_agents_at_every_depth() -> None:
    deep = endless(40)
    model = ScriptedModel([costing(use("worker", task="Go."), tokens=30)] * 9, supports_tools=True)
    manager = ToolCallingAgent(
        [], model, name="manager", description="Manages.", managed_agents=[deep]
    )
    call = costing(use("manager", task="Go."), tokens=10)
    with caller_with(call, managed_agents=[manager], limits=Limits(tokens=100)) as agent:
        result = agent.run("Go.")
    (middle,) = result.children
    (inner,) = middle.children
    assert [run.reason for run in (result, middle, inner)] == ["limit"] * 3
    assert [run.token_usage.input_tokens for run in (inner, middle, result)] == [80, 110, 120]
    assert inner.problem is not None
    assert "caller's caller's limit of 100 tokens" in inner.problem.message


def test_agents_own_limit_ends_only_its_call() -> None:
    child = endless(40, limits=Limits(tokens=50))
    call = costing(use("worker", task="Go."), tokens=10)
    done = costing("Too much for it.", tokens=10)
    with caller_with(call, done, managed_agents=[child], limits=Limits(tokens=1_000)) as agent:
        result = agent.run("Go.")
    assert result.output == "Too much for it."
    assert [run.reason for run in result.children] == ["limit"]
    (step, _) = result.steps
    assert isinstance(step, ActionStep)
    assert "at its limit of 50 tokens" in step.tool_results[0].text


def test_missing_price_of_a_managed_agent_is_reported_if_the_caller_has_a_limit() -> None:
    model = ScriptedModel(["Hello."], model_id="unpriced", supports_tools=True)
    child = ToolCallingAgent(model=model, name="worker", description="Works.")
    priced = ScriptedModel(
        [[use("worker", task="Go.")], "Done."], supports_tools=True, price=Price(input=1, output=1)
    )
    limits = Limits(cost_usd=1.0)
    with ToolCallingAgent(model=priced, managed_agents=[child], limits=limits) as agent:
        events = list(agent.stream("Go."))
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.message.startswith("No price is known for unpriced")


class _Silent(ScriptedModel):
    """Never replies."""

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        await asyncio.Event().wait()
        yield TextDelta(text="")


def silent(**options: Any) -> ToolCallingAgent:
    """A managed agent that waits for its model for ever."""
    return ToolCallingAgent(model=_Silent(), name="worker", description="Works.", **options)


def test_limit_of_seconds_is_the_reason_given_for_calls_that_it_ends() -> None:
    calls = [use("worker", task="a"), use("worker", task="b")]
    with caller_with(calls, managed_agents=[silent()], limits=Limits(seconds=0.3)) as agent:
        events = list(agent.stream("Go."))
        result = agent.last_result
    ends = [event for event in events if isinstance(event, RunFinished)]
    assert [end.reason for end in ends] == ["limit"] * 3
    assert result is not None
    for told in (*ends[:2], *result.children):
        assert told.reason == "limit"
        assert told.problem is not None
        assert told.problem.message == "The run was ended at its caller's limit of 0.3 s."


def test_limit_of_seconds_is_the_reason_given_at_every_depth() -> None:
    model = ScriptedModel([[use("worker", task="Go.")]], supports_tools=True)
    manager = ToolCallingAgent(
        model=model, name="manager", description="Manages.", managed_agents=[silent()]
    )
    call = [use("manager", task="Go.")]
    with caller_with(call, managed_agents=[manager], limits=Limits(seconds=0.3)) as agent:
        result = agent.run("Go.")
    (middle,) = result.children
    (inner,) = middle.children
    assert [run.reason for run in (result, middle, inner)] == ["limit"] * 3
    assert inner.problem is not None
    assert "caller's caller's limit of 0.3 s" in inner.problem.message


@pytest.mark.parametrize("limits", [Limits(seconds=60), Limits()], ids=["limit", "no limit"])
def test_interrupt_of_the_caller_is_not_a_limit(limits: Limits) -> None:
    managed = {"managed_agents": [silent()], "limits": limits}
    with (
        agent_with(block("worker('a')"), **managed) as coder,
        caller_with([use("worker", task="a")], **managed) as caller,
    ):
        for agent in (coder, caller):
            ends = []
            for event in agent.stream("Go."):
                if isinstance(event, RunStarted) and event.agent == "worker":
                    agent.interrupt()
                elif isinstance(event, RunFinished):
                    ends.append(event.reason)
            assert ends == ["cancelled"] * 2
            assert agent.last_result is not None
            assert [run.reason for run in agent.last_result.children] == ["cancelled"]


def test_call_that_begins_when_the_limit_is_reached_asks_nothing() -> None:
    child = endless(400)
    code = "for n in '123':\n    try:\n        worker(n)\n    except Exception:\n        pass"
    with agent_with(
        costing(block(code), tokens=100), managed_agents=[child], limits=Limits(tokens=500)
    ) as agent:
        result = agent.run("Go.")
    assert result.reason == "limit"
    assert [run.token_usage.input_tokens for run in result.children] == [400, 0, 0]
