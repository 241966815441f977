"""A page that keeps its conversation, and a sandbox on CPython whose checkpoints have its files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pyagent.executors.local import LocalExecutor
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.protocol import (
    AddTool,
    ApprovalRequested,
    Approve,
    CallMade,
    ConversationRestored,
    FileInfo,
    Json,
    RestoreConversation,
    ResumeRun,
    RunFinished,
    SavePoint,
    StartRun,
    TakeCheckpoint,
    ToolCall,
    ToolReturn,
)
from pyagent.tools import Tool
from support.browser.page_end import LIMIT_S, PageEnd, ReadingModel, with_models

Message = tuple[Any, list[bytes]]


class _FileKeeping:
    """A channel whose guest puts files into every checkpoint, as a guest in a page does."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    def send(self, message: Any, buffers: Sequence[bytes] = ()) -> None:
        if isinstance(message, TakeCheckpoint):
            message = replace(message, with_files=True)
        self._channel.send(message, buffers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)


class KeepingExecutor(LocalExecutor):
    """Starts each guest with an empty folder."""

    takes_objects = False

    def __init__(self) -> None:
        super().__init__()
        self._recovery._files_survive = False

    async def _start_process(self) -> Any:
        self._clear_files()
        process = await super()._start_process()
        process.channel = _FileKeeping(process.channel)  # type: ignore[assignment]
        return process


class StepsModel(ReadingModel):
    """Gives the reply that belongs to the number of replies in the conversation."""

    def __init__(self, replies: Sequence[Any], **options: Any) -> None:
        super().__init__([], **options)
        self._steps = replies

    def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
        done = sum(message.role == "assistant" for message in messages)
        reply = self._steps[done]
        return f"```python\n{reply}\n```" if isinstance(reply, str) else reply


class Journal:
    """What a page keeps of a conversation: the latest parts, the checkpoint, the calls."""

    def __init__(self) -> None:
        self.parts: dict[str, Json] = {}
        self.checkpoint = b""
        self.lost: dict[str, str] = {}
        self.is_over = True
        self.run_id = ""
        self.step = 0
        self.calls: list[CallMade] = []
        self.files: dict[str, bytes] = {}
        """The files that came with tasks."""
        self._calls: dict[int, CallMade] = {}

    def take(self, message: Any, buffers: Sequence[bytes] = ()) -> None:
        """Keep what a message says."""
        if isinstance(message, SavePoint):
            if (message.run_id, message.step) != (self.run_id, self.step) or message.is_over:
                self._calls.clear()
            self.parts |= message.parts
            for name in message.removed:
                del self.parts[name]
            if message.checkpoint == "new":
                self.checkpoint = buffers[0]
            elif message.checkpoint == "none":
                assert not self.checkpoint
            self.lost, self.is_over = message.lost, message.is_over
            self.run_id, self.step = message.run_id, message.step
        elif isinstance(message, ToolCall):
            made = CallMade(name=message.name, args=message.args, kwargs=message.kwargs)
            self._calls[message.call_id] = made
        elif isinstance(message, ToolReturn):
            made = self._calls[message.call_id]
            known = replace(made, is_known=True, value=message.value, error=message.error)
            self._calls[message.call_id] = known
        self.calls = list(self._calls.values())

    async def give_back(self, page: PageEnd) -> ConversationRestored:
        """Give the conversation to a new worker."""
        message = RestoreConversation(parts=self.parts, lost=self.lost, files=_infos(self.files))
        checkpoint = [self.checkpoint] if self.checkpoint else []
        page.send(message, [*self.files.values(), *checkpoint])
        return await page.until(ConversationRestored)


class KeepingPage:
    """What a page with tools does with the messages of a run, and what it keeps of them."""

    def __init__(
        self, page: PageEnd, journal: Journal, tools: dict[str, Callable[..., Json]]
    ) -> None:
        self.page = page
        self.journal = journal
        self.tools = tools
        self.messages: list[Message] = []
        """The messages of the runs, both from the worker and the page's returns."""
        self.questions: list[ApprovalRequested] = []
        self.allow = True

    def add_tools(self, *, side_effects: bool = True) -> None:
        for name in self.tools:
            schema = {"type": "object", "properties": {"to": {}}, "required": ["to"]}
            self.page.send(
                AddTool(
                    name=name, description=f"{name}.", parameters=schema, side_effects=side_effects
                )
            )

    async def begin(self, run_id: str, files: dict[str, bytes], **values: Json) -> RunFinished:
        """Give a task and follow its run to the end."""
        self.journal.files |= files
        task = StartRun(run_id=run_id, task="Do it.", files=_infos(files), additional_args=values)
        self.page.send(task, list(files.values()))
        return await self.follow(run_id)

    async def follow(self, run_id: str) -> RunFinished:
        """Answer calls and questions until the run ends."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                message, buffers = await self.page.channel.receive()
                self._note(message, buffers)
                if isinstance(message, ToolCall):
                    value = self.tools[message.name](**message.kwargs)
                    returned = ToolReturn(call_id=message.call_id, value=value)
                    self.page.send(returned)
                    self._note(returned, [])
                elif isinstance(message, ApprovalRequested):
                    self.questions.append(message)
                    self.page.send(
                        Approve(run_id=run_id, call_id=message.call_id, allowed=self.allow)
                    )
                elif isinstance(message, RunFinished) and message.run_id == run_id:
                    return message

    def _note(self, message: Any, buffers: list[bytes]) -> None:
        self.messages.append((message, buffers))
        self.journal.take(message, buffers)

    async def resume(self, run_id: str) -> RunFinished:
        """Give the conversation back to the worker, and have it go on."""
        restored = await self.journal.give_back(self.page)
        assert restored.problem is None
        self.page.send(ResumeRun(run_id=run_id, calls=self.journal.calls))
        return await self.follow(run_id)


def _infos(files: dict[str, bytes]) -> list[FileInfo]:
    return [FileInfo(path=n, size_bytes=len(d), media_type="") for n, d in files.items()]


def with_worker(
    scenario: Callable[[PageEnd], Any],
    model: Model,
    *,
    tools: Sequence[Tool] = (),
    **settings: Any,
) -> None:
    """Run ``scenario`` with a page whose agent is set up and has this model and these tools."""

    async def configured(page: PageEnd) -> None:
        await page.configure(**settings)
        await scenario(page)

    with_models(configured, lambda *_: model, make_executor=KeepingExecutor, tools=tools)
