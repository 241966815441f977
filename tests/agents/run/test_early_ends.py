"""Replies that end early are counted by estimate: what was read, and what was written so far."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from pyagent import (
    CodeAgent,
    Limits,
    RunResult,
    ScriptedModel,
    ServerError,
    TokenUsage,
    ToolCallingAgent,
)
from pyagent.models.base import (
    ModelEvent,
    ModelRequest,
    PromptRead,
    ReasoningDelta,
    TextDelta,
)
from pyagent.models.price import Price
from support.agents.scripted_agents import LIMIT_S, agent_with, block, caller_with, use

LONG = "x" * 4_000
"""About 1,000 tokens."""


class Hanging(ScriptedModel):
    """Writes much and then waits for ever."""

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        yield TextDelta(text=LONG)
        await asyncio.wait_for(asyncio.Event().wait(), LIMIT_S)


def _is_counted(result: RunResult | None) -> None:
    assert result is not None
    assert 1_000 <= result.token_usage.output_tokens < 1_100
    assert result.token_usage.input_tokens > 100
    assert result.token_usage.estimated


@pytest.mark.parametrize(
    "said",
    [LONG, ReasoningDelta(text=LONG), use("search", query=LONG)],
    ids=["text", "reasoning", "call"],
)
def test_reply_that_fails_is_counted(said: Any) -> None:
    with agent_with([said, ServerError("Gone.")]) as agent:
        result = agent.run("Go.")
        assert result.reason == "error"
        _is_counted(result)
        assert agent.state.token_usage == result.token_usage


def test_what_the_model_read_is_counted_though_its_reply_is_not_read_to_the_end() -> None:
    class Counting(ScriptedModel):
        async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            yield PromptRead(input_tokens=300, cached_tokens=290)
            yield TextDelta(text=block("final_answer(2)") + "\n")
            await asyncio.wait_for(asyncio.Event().wait(), LIMIT_S)

    with CodeAgent(model=Counting(prompt_style="short")) as agent:
        result = agent.run("Go.")
    assert result.success
    assert result.token_usage.input_tokens == 300
    assert result.token_usage.cached_tokens == 290


def test_reply_that_is_interrupted_is_counted_with_its_cost() -> None:
    with CodeAgent(model=Hanging(price=Price(input=0.0, output=1_000.0))) as agent:
        for event in agent.stream("Go."):
            if event.type == "model_delta":
                agent.interrupt()
        _is_counted(agent.last_result)
        assert agent.state.cost is not None
        assert 1.0 <= agent.state.cost < 1.1


def test_reply_that_a_limit_of_seconds_ends_is_counted() -> None:
    with ToolCallingAgent(model=Hanging(), limits=Limits(seconds=0.2)) as agent:
        result = agent.run("Go.")
    assert result.reason == "limit"
    _is_counted(result)


def test_request_that_fails_before_its_reply_costs_nothing() -> None:
    with agent_with(ServerError("Gone.")) as agent:
        assert agent.run("Go.").token_usage == TokenUsage()


def test_limits_count_a_reply_that_failed() -> None:
    model = ScriptedModel([[LONG, ServerError("Gone.")]])
    child = CodeAgent(model=model, name="child", description="C.")
    call = [use("child", task="Go.")]
    with caller_with(call, "Sorry.", managed_agents=[child], limits=Limits(tokens=1_500)) as agent:
        result = agent.run("Go.")
    assert result.reason == "limit"
