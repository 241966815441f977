"""The agent worker's heart: an agent behind a channel to the page.

``agent_entry`` starts it in the browser; tests start it on CPython with other parts. It answers
``ToAgent`` messages, and tells everything that happens in a run as the agent's events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pyagent
from pyagent.agents.code import CodeAgent
from pyagent.browser.page_tools import PageTools
from pyagent.browser.port import PortChannel
from pyagent.browser.sandboxes import Sandboxes
from pyagent.errors import AgentError, ChannelClosed, ToolDefinitionError
from pyagent.executors.base import Executor
from pyagent.models.base import Model
from pyagent.models.page import PageModel
from pyagent.protocol import (
    AddTool,
    AgentReady,
    ClearConversation,
    Cleared,
    Configure,
    Configured,
    ModelSettings,
    Notice,
    PageModelDelta,
    PageModelDone,
    PageModelFailed,
    Problem,
    RemoveTool,
    RunFinished,
    SandboxAttached,
    SandboxLost,
    StartRun,
    StopRun,
    TokenUsage,
    ToolReturn,
)
from pyagent.tools import Tool, call_inline

log = logging.getLogger(__name__)

MakeModel = Callable[[ModelSettings], Model]


class AgentWorker:
    """One agent and its page.

    ``make_model`` raises ``AgentError`` for settings that cannot work. ``tools`` are those that
    the worker brings itself.
    """

    def __init__(
        self,
        channel: PortChannel,
        *,
        make_model: MakeModel,
        executor: Executor,
        sandboxes: Sandboxes,
        tools: Sequence[Tool] = (),
    ) -> None:
        self._channel = channel
        self._make_model = make_model
        self._executor = executor
        self._sandboxes = sandboxes
        self._tools = {tool.name: tool for tool in tools}
        self._page_tools = PageTools(channel.send)
        self._agent: CodeAgent | None = None
        self._run: asyncio.Task[None] | None = None
        self._run_id = ""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self) -> None:
        """Answer messages until the page closes the channel. Raises ``ProtocolError``."""
        self._channel.send(AgentReady(version=pyagent.__version__))
        try:
            while True:
                message, buffers = await self._channel.receive()
                self._handle(message, buffers)
        except ChannelClosed:
            return

    def _handle(self, message: Any, buffers: list[bytes]) -> None:
        match message:
            case StartRun():
                self._start_run(message, buffers)
            case StopRun():
                if self._agent is not None and message.run_id == self._run_id:
                    self._agent.interrupt()
            case Configure():
                self._spawn(self._configure(message))
            case ClearConversation():
                self._spawn(self._clear())
            case AddTool():
                self._add_tool(message)
            case RemoveTool():
                self._remove_tool(message)
            case ToolReturn():
                self._page_tools.returned(message)
            case SandboxAttached():
                ports = self._channel.ports
                self._sandboxes.attached(message, ports.popleft(), ports.popleft())
            case SandboxLost():
                self._sandboxes.lost(message)
            case PageModelDelta() | PageModelDone() | PageModelFailed():
                if self._agent is not None and isinstance(self._agent.model, PageModel):
                    self._agent.model.deliver(message)

    # --- runs ----------------------------------------------------------------------------------

    def _start_run(self, message: StartRun, buffers: list[bytes]) -> None:
        if self._agent is None:
            self._refuse(message.run_id, "no_model", "No model is chosen.", "Choose one first.")
        elif self._run is not None:
            self._refuse(
                message.run_id,
                "busy",
                "The agent is already at work on a task.",
                "Wait for it, or stop it.",
            )
        else:
            files = {info.path: data for info, data in zip(message.files, buffers, strict=True)}
            self._run_id = message.run_id
            self._run = self._spawn(self._drive(self._agent, message, files))
            self._run.add_done_callback(self._run_ended)

    async def _drive(self, agent: CodeAgent, message: StartRun, files: dict[str, bytes]) -> None:
        events = agent.astream_with_buffers(message.task, files=files, run_id=message.run_id)
        async for event, buffers in events:
            self._channel.send(event, buffers)

    def _run_ended(self, run: asyncio.Task[None]) -> None:
        self._run, self._run_id = None, ""

    def _refuse(self, run_id: str, kind: str, message: str, advice: str) -> None:
        self._channel.send(
            RunFinished(
                run_id=run_id,
                success=False,
                reason="error",
                problem=Problem(kind=kind, message=message, advice=advice),
                token_usage=TokenUsage(),
                steps=0,
                seconds=0.0,
            )
        )

    # --- settings ------------------------------------------------------------------------------

    async def _configure(self, message: Configure) -> None:
        settings = message.agent
        try:
            model = self._make_model(message.model)
            if self._agent is None:
                self._agent = CodeAgent(
                    list(self._tools.values()),
                    model,
                    memory_size=settings.memory_size,
                    executor=self._executor,
                    call_blocking=call_inline,
                )
        except (AgentError, ValueError) as error:
            kind = error.kind if isinstance(error, AgentError) else "settings"
            advice = error.advice if isinstance(error, AgentError) else ""
            text = error.message if isinstance(error, AgentError) else str(error)
            self._channel.send(Configured(problem=Problem(kind=kind, message=text, advice=advice)))
            return
        agent = self._agent
        before, agent.model = agent.model, model
        agent.instructions = settings.instructions
        agent.max_steps = settings.max_steps
        agent.deadline_s = settings.deadline_s
        agent.memory.size = settings.memory_size
        self._channel.send(Configured(prompt_prefix=agent.system_prompt))
        if self._run is not None:
            await asyncio.wait([self._run])  # it may still use the model before
        if before is not model:
            await before.aclose()
        await self._executor.start()

    async def _clear(self) -> None:
        if self._agent is not None:
            if self._run is not None:
                self._agent.interrupt()
                await asyncio.wait([self._run])
            await self._agent.aclear()
        self._channel.send(Cleared())

    def _add_tool(self, message: AddTool) -> None:
        try:
            tool = self._page_tools.add(message)
            if self._agent is not None:
                self._agent.tools.add(tool)
        except ToolDefinitionError as error:
            self._channel.send(Notice(level="warning", message=str(error)))
        else:
            self._tools[tool.name] = tool

    def _remove_tool(self, message: RemoveTool) -> None:
        tool = self._page_tools.remove(message.name)
        if tool is not None:
            self._tools.pop(tool.name, None)
            if self._agent is not None:
                self._agent.tools.remove(tool.name)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
