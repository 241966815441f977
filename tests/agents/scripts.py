"""What the tests of agents share: scripted agents on the local executor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyagent import CodeAgent, ScriptedModel


def block(code: str) -> str:
    """A reply with this code."""
    return f"I run some code.\n```python\n{code}\n```"


@contextmanager
def agent_with(*replies: Any, tools: Any = (), **options: Any) -> Iterator[CodeAgent]:
    """An agent whose model gives these replies; closed on the way out."""
    with CodeAgent(tools, ScriptedModel(replies), **options) as agent:
        yield agent


def asked(agent: CodeAgent, request: int = -1) -> str:
    """The last message of what the model was sent."""
    model = agent.model
    assert isinstance(model, ScriptedModel)
    return model.requests[request].messages[-1].content
