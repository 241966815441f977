"""What agents and models do alike on CPython and inside a page: ``CASES`` maps a name to a case.

A case is a plain async function of a ``Place``. It needs nothing but pyagent, the standard library
and what the page has, so that the agent worker of a browser can run it too. The cases are in the
files ``everywhere_*.py``; importing ``everywhere_all`` fills ``CASES``. ``test_everywhere`` runs
them on CPython, ``test_contract_wasm`` in the page. The defaults are left as they are: what a
person writes in one place must work in the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
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
    ToolCallingAgent,
    tool,
)
from pyagent.messages import ToolUse

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
LIMIT_S = 60.0
"""How long a case waits for what should come at once."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the cases run."""

    make_executor: Callable[[], Executor]
    has_threads: bool


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
    """An agent that writes code, closed on the way out."""
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


def block(code: str) -> str:
    return f"```python\n{code}\n```"


def use(name: str, /, **arguments: Any) -> ToolUse:
    return ToolUse(
        id=f"{name} {sorted(arguments.values(), key=str)}", name=name, arguments=arguments
    )


def asked(agent: Agent, request: int = -1) -> tuple[ChatMessage, ...]:
    """What the model was sent."""
    assert isinstance(agent.model, ScriptedModel)
    return agent.model.requests[request].messages
