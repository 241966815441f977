"""Scripted agents on the local executor, shared by the tests of agents."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, TypeVar

from pyagent import (
    ActionStep,
    ChatMessage,
    CodeAgent,
    ModelError,
    ScriptedModel,
    Step,
    TokenUsage,
    ToolCallingAgent,
    tool,
)
from pyagent.agents.base import Agent
from pyagent.messages import ToolUse
from pyagent.models.base import ModelRequest, ReplyDone

LIMIT_S = 20.0
"""How long a test waits for something that should happen at once."""

T = TypeVar("T")

_ids = count(1)


@tool
def price_of(name: str) -> float:
    """Price of a thing. For agents that are saved: it can be imported.

    Args:
        name: What it is.
    """
    return len(name) * 1.5


def block(code: str) -> str:
    """A reply with this code."""
    return f"I run some code.\n```python\n{code}\n```"


def costing(*said: Any, tokens: int) -> list[Any]:
    """A reply of so many tokens, each for a hundred-thousandth of a dollar."""
    usage = TokenUsage(input_tokens=tokens, cost_usd=tokens / 1e5)
    return [*said, ReplyDone(finish_reason="stop", token_usage=usage)]


@contextmanager
def agent_with(*replies: Any, tools: Any = (), **options: Any) -> Iterator[CodeAgent]:
    """A ``CodeAgent`` whose model gives these replies. It is closed at the end of the block."""
    with CodeAgent(tools, ScriptedModel(replies), **options) as agent:
        yield agent


@contextmanager
def caller_with(
    *replies: Any, tools: Any = (), native: bool = True, **options: Any
) -> Iterator[ToolCallingAgent]:
    """The same with a ``ToolCallingAgent``. ``native`` means that its model has native calls."""
    model = ScriptedModel(replies, supports_tools=native)
    with ToolCallingAgent(tools, model, **options) as agent:
        yield agent


def use(tool: str, /, **arguments: Any) -> ToolUse:
    """A native tool call. Ids are unique over all calls."""
    return ToolUse(id=f"use_{next(_ids)}", name=tool, arguments=arguments)


def actions(steps: Iterable[Step]) -> list[ActionStep]:
    """The action steps among ``steps``."""
    return [step for step in steps if isinstance(step, ActionStep)]


def requests_of(agent: Agent) -> list[ModelRequest]:
    """The requests that the model got."""
    assert isinstance(agent.model, ScriptedModel)
    return agent.model.requests


def asked(agent: Agent, request: int = -1) -> str:
    """The last message of a request that the model got."""
    return requests_of(agent)[request].messages[-1].content


def gone(pid: int) -> bool:
    """Whether the process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def in_loop(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario in a loop of its own, for a limited time."""

    async def bounded() -> T:
        async with asyncio.timeout(LIMIT_S):
            return await scenario

    return asyncio.run(bounded())


class Echo(ScriptedModel):
    """Answers with the task; raises for ``fail`` in it, and calls a missing tool for ``again``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(supports_tools=True, **options)

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        task = next(m.content for m in messages if m.role == "user").removeprefix("Task: ")
        if "fail" in task:
            return ModelError("The model is ill.")
        done = ReplyDone(
            finish_reason="stop", token_usage=TokenUsage(input_tokens=10, output_tokens=2)
        )
        if "again" in task:
            return [ToolUse(id="1", name="nothing", arguments={}), done]
        return [task, done]


def echoing(**options: Any) -> ToolCallingAgent:
    """An agent with an ``Echo`` model."""
    return ToolCallingAgent([], Echo(**options))
