"""Tools and agents that workers in other processes can import."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from pyagent import ChatMessage, ScriptedModel, tool
from pyagent.messages import ToolUse


@tool
def end_this_process() -> str:
    """Ends the process that the agent works in."""
    os._exit(3)


@tool
def environment(name: str) -> str:
    """A variable of the process that the agent works in.

    Args:
        name: Name of the variable.
    """
    return os.environ.get(name, "missing")


@tool
async def wait_for_ever() -> str:
    """Never answers."""
    await asyncio.Event().wait()
    return "answered"


class ByTask(ScriptedModel):
    """Does what the task says: ``call NAME``, ``code TEXT``, or answers with the task."""

    def __init__(self) -> None:
        super().__init__(supports_tools=True)

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        self.requests.clear()
        task = messages[1].content.removeprefix("Task:").strip().splitlines()[0]
        verb, _, rest = task.partition(" ")
        if verb == "code":
            return f"```python\n{rest}\n```"
        name, _, argument = rest.partition(" ")
        if verb == "call" and messages[-1].role != "tool":
            arguments = {"name": argument} if argument else {}
            return ["…", ToolUse(id="call", name=name, arguments=arguments)]
        answer = messages[-1].content if verb == "call" else task
        return ["…", ToolUse(id="end", name="final_answer", arguments={"answer": answer})]
