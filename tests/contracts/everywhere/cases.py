"""What agents and models do in the same way on CPython and in a page: ``CASES``, by name.

A case is a plain async function that takes a ``Place``. It needs only pyagent, the standard library
and what the page has, so the agent worker of a browser can run it too. The cases are in the files
beside this one; importing ``all_cases`` fills ``CASES``. ``test_everywhere`` runs them on CPython,
``test_contract_wasm`` in the page. Cases leave the defaults as they are, because code that a
person writes for one place must work in the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pyagent import (
    Agent,
    ChatMessage,
    CodeAgent,
    Executor,
    Model,
    ScriptedModel,
    TokenUsage,
    ToolCallingAgent,
    tool,
)
from pyagent.messages import ToolUse
from pyagent.models.base import ReplyDone

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
LIMIT_S = 60.0
"""How long a case waits for something that should happen at once."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place where cases run."""

    make_executor: Callable[[], Executor]
    has_threads: bool
    wait: Callable[[Coroutine[Any, Any, Any], asyncio.AbstractEventLoop], Any]
    """Makes a tool that is not async wait for work of an event loop: in a thread, or, if there are
    no threads, suspended in the middle of that loop."""


Case = Callable[[Place], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


@tool
def add(a: float, b: float) -> float:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


@asynccontextmanager
async def coding(
    place: Place, *replies: Any, model: Model | None = None, **options: Any
) -> AsyncIterator[CodeAgent]:
    """An agent that writes code. It is closed at the end of the block."""
    executor = place.make_executor()
    try:
        async with CodeAgent(
            options.pop("tools", ()), model or ScriptedModel(replies), executor=executor, **options
        ) as agent:
            yield agent
    finally:
        await executor.aclose()


def calling(*replies: Any, native: bool = True, **options: Any) -> ToolCallingAgent:
    """An agent that calls tools."""
    model = ScriptedModel(replies, supports_tools=native)
    return ToolCallingAgent(options.pop("tools", (add,)), model, **options)


@asynccontextmanager
async def both(
    place: Place, code: Sequence[Any], calls: Sequence[Any], **options: Any
) -> AsyncIterator[tuple[CodeAgent, ToolCallingAgent]]:
    """An agent of each kind, with these options and its own replies."""
    async with coding(place, *code, **options) as coder, calling(*calls, **options) as caller:
        yield coder, caller


def block(code: str) -> str:
    return f"```python\n{code}\n```"


def use(name: str, /, **arguments: Any) -> ToolUse:
    return ToolUse(
        id=f"{name} {sorted(arguments.values(), key=str)}", name=name, arguments=arguments
    )


def counted(reply: Any, input_tokens: int, output_tokens: int) -> list[Any]:
    """A reply with a text or a call, whose tokens a provider counted."""
    usage = TokenUsage(input_tokens=input_tokens, output_tokens=output_tokens)
    return [reply, ReplyDone(finish_reason="stop", token_usage=usage)]


def answer(value: Any) -> list[ToolUse]:
    """The reply that ends the run of an agent that calls tools."""
    return [use("final_answer", answer=value)]


def asked(agent: Agent, request: int = -1) -> tuple[ChatMessage, ...]:
    """The messages of a request to the model."""
    assert isinstance(agent.model, ScriptedModel)
    return agent.model.requests[request].messages
