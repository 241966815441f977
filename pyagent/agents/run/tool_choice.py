"""``ToolChoice``: how a small model comes to call a tool.

A small model that sees tools calls one of them, needed or not, and makes up a fact that it lacks.
So it first takes its step as if there were no tools. If it made nothing up, and its code runs, that
was the step. Otherwise it is asked which tool helps, and then told to call that one. A reply that
computes nothing, such as a greeting, stands if the model says that no tool helps. Code that fails
is a step like any other, and the next step has the tools.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from pyagent.agents.run.asker import Asker, Question
from pyagent.agents.run.setup import Setup
from pyagent.memory import TASK, ActionStep
from pyagent.messages import ChatMessage
from pyagent.parsing.made_up import made_up
from pyagent.prompts.small_models import first_call, look_first, now_answer, which_tool
from pyagent.protocol import ToolStub


class ToolChoice:
    """What a small model is told of the tools in one run, step by step.

    ``opening`` makes the first messages of a request that names no tools.
    """

    def __init__(
        self, setup: Setup, asker: Asker, opening: Callable[[], Sequence[ChatMessage]]
    ) -> None:
        self._setup = setup
        self._asker = asker
        self._opening = opening
        self._stubs = setup.toolbox.stubs()
        self._calls = re.compile(rf"\b(?:{'|'.join(stub.name for stub in self._stubs)})\(")
        self._chosen: ToolStub | None = None
        self._is_named = self._is_first = False
        """Whether the model was told to call a tool, and whether that was in this step."""
        self._tried: list[ToolStub] = []
        # A plan was made with the tools in view.
        self.is_open = bool(self._stubs) and setup.planning_interval is None
        """Whether the model still works without tools. Set it to False once that went wrong."""

    def without_tools(self) -> Sequence[ChatMessage]:
        """The conversation in which no tool is named."""
        return [*self._opening(), *map(self._stripped, self._conversation)]

    def is_made_up(self, code: str) -> bool:
        """Whether ``code`` rests on values that nobody told the model."""
        system, *_ = self._opening()  # the agent's instructions are there
        said = [m for m in map(self._stripped, self._conversation) if m.role == "user"]
        return bool(made_up(code, "\n".join(message.content for message in (system, *said))))

    async def helps(self, asked: str) -> bool:
        """Ask the model whether a tool helps with the task, and keep which one."""
        self._chosen = await self._choose(asked, or_none=True)
        return self._chosen is not None

    async def closing(self, asked: str, last: ActionStep | None) -> str:
        """The text at the end of what the model reads before a step; empty without tools.

        ``asked`` is the task, ``last`` the step before.
        """
        if not self._stubs:
            return ""
        self._is_first, self._is_named = not self._is_named, True
        if self._is_first:
            if self._chosen is None:
                self._chosen = await self._choose(asked, or_none=False)
            return self._first_call()
        if last is None or last.error is None:
            return now_answer(asked)
        if self._chosen is not None and not _failed(self._chosen, last):
            return look_first(self._chosen.name)  # it did not know what the tool gives
        self._chosen = await self._choose(asked, or_none=False)
        return self._first_call()

    def ignored(self, code: str) -> str:
        """The text to ask again with, if the first code calls no tool; else empty."""
        if self._chosen is None or not self._is_first or self._calls.search(code):
            return ""
        return look_first(self._chosen.name)

    def _first_call(self) -> str:
        return first_call(self._chosen.name) if self._chosen else ""

    @property
    def _conversation(self) -> list[ChatMessage]:
        return self._setup.memory.conversation()

    def _stripped(self, message: ChatMessage) -> ChatMessage:
        before = self._setup.before_task
        if message.role != "user" or not before:
            return message
        return replace(message, content=message.content.replace(f"{before}{TASK}", TASK))

    async def _choose(self, asked: str, *, or_none: bool) -> ToolStub | None:
        """Ask which of the tools that were not tried yet helps; None if the reply names none."""
        left = [stub for stub in self._stubs if stub not in self._tried] or self._stubs
        chosen: ToolStub | None = left[0]
        if len(left) > 1 or or_none:
            reply = await self._asker.ask(
                Question(
                    messages=lambda: which_tool(left, asked, or_none=or_none),
                    channel=None,
                    enough=_has_line,
                )
            )
            words = re.findall(r"\w+", reply.text)
            named = (stub for word in words for stub in left if stub.name == word)
            chosen = next(named, None)
        if chosen is not None:
            self._tried.append(chosen)
        return chosen


def _failed(tool: ToolStub, step: ActionStep) -> bool:
    """Whether the call of the tool itself failed in a step."""
    return f"{tool.name}() failed" in step.observation


def _has_line(text: str) -> bool:
    return "\n" in text.strip()
