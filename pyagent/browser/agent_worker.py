"""The agent worker's heart: agents behind a channel to the page.

``agent_entry`` starts it in the browser; tests start it on CPython with other parts. It answers
``ToAgent`` messages, and tells everything that happens in a run as the agent's events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import pyagent
from pyagent.agents.base import Agent
from pyagent.agents.images import MAX_IMAGE_BYTES, image_type
from pyagent.agents.result import AgentState, problem_of
from pyagent.browser.approvals import Approvals
from pyagent.browser.crew import Crew
from pyagent.browser.page_tools import PageTools
from pyagent.browser.port import PortChannel
from pyagent.browser.sandboxes import Sandboxes
from pyagent.errors import AgentError, ChannelClosed, ToolDefinitionError
from pyagent.executors.base import Executor
from pyagent.models.base import Model
from pyagent.models.page import PageModel
from pyagent.protocol import (
    AddAgent,
    AddTool,
    AgentReady,
    Approve,
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
    RemoveAgent,
    RemoveTool,
    RunFinished,
    SandboxAttached,
    SandboxLost,
    StartRun,
    StopRun,
    TokenUsage,
    ToolReturn,
    Totals,
)
from pyagent.tools import Tool

MakeModel = Callable[[ModelSettings], Model]


class AgentWorker:
    """One agent, those that it calls, and their page.

    ``make_model`` raises ``AgentError`` for settings that cannot work. ``tools`` are those that
    the worker brings itself. ``executor`` runs the agent's code and makes those of the others.
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
        self._page_tools = PageTools(channel.send)
        self._approvals = Approvals()
        self._crew = Crew(executor, self._approvals.ask, tools)
        self._models: list[Model] = []
        """The one in use last; before it those that a run may still use."""
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
                if message.run_id == self._run_id:
                    self._interrupt()
            case Approve():
                self._approvals.answered(message)
            case Configure():
                self._spawn(self._configure(message))
            case ClearConversation():
                self._spawn(self._clear())
            case AddTool() | RemoveTool() | AddAgent() | RemoveAgent():
                self._change(message)
            case ToolReturn():
                self._page_tools.returned(message)
            case SandboxAttached():
                ports = self._channel.ports
                self._sandboxes.attached(message, ports.popleft(), ports.popleft())
            case SandboxLost():
                self._sandboxes.lost(message)
            case PageModelDelta() | PageModelDone() | PageModelFailed():
                for model in self._models:
                    if isinstance(model, PageModel):
                        model.deliver(message)

    # --- runs ----------------------------------------------------------------------------------

    def _start_run(self, message: StartRun, buffers: list[bytes]) -> None:
        if self._run is None:
            self._crew.settle()
        agent = self._crew.agent
        if agent is None:
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
            self._run = self._spawn(self._drive(agent, message, files))

    async def _drive(self, agent: Agent, message: StartRun, files: dict[str, bytes]) -> None:
        images = _pictures(files) if agent.model.supports_images else []
        events = agent.astream_with_buffers(
            message.task,
            run_id=message.run_id,
            files=files,
            images=images,
            additional_args=message.additional_args,
            max_steps=message.max_steps,
        )
        async for event, buffers in events:
            if isinstance(event, RunFinished) and event.run_id == message.run_id:
                self._run = None  # whoever hears of the end may start the next run at once
                self._channel.send(_totals(agent.state))
            self._channel.send(event, buffers)

    def _interrupt(self) -> None:
        if self._crew.agent is not None:
            self._crew.agent.interrupt()

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
        try:
            model = self._make_model(message.model)
            agent = self._crew.choose(model, message.agent)
        except (AgentError, ValueError) as error:
            self._channel.send(Configured(problem=_problem_of(error)))
            return
        self._models.append(model)
        self._channel.send(Configured(prompt_prefix=agent.system_prompt))
        if self._run is not None:
            await asyncio.wait([self._run])  # it goes on as it began
        else:
            self._crew.settle()
        retired, self._models = self._models[:-1], self._models[-1:]
        for before in retired:
            await before.aclose()
        if message.agent.kind == "code":
            await self._executor.start()

    async def _clear(self) -> None:
        if self._run is not None:
            self._interrupt()
            await asyncio.wait([self._run])
        self._crew.settle()
        await self._crew.clear()
        self._channel.send(Cleared())

    def _change(self, message: AddTool | RemoveTool | AddAgent | RemoveAgent) -> None:
        try:
            match message:
                case AddTool():
                    self._crew.add_tool(self._page_tools.add(message))
                case RemoveTool():
                    self._crew.remove_tool(self._page_tools.remove(message.name))
                case AddAgent():
                    self._crew.add_member(message)
                case RemoveAgent():
                    self._crew.remove_member(message.name)
        except ToolDefinitionError as error:
            self._channel.send(Notice(level="warning", message=str(error)))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _pictures(files: Mapping[str, bytes]) -> list[bytes]:
    """Those of the files that a model can be shown."""
    return [data for data in files.values() if image_type(data) and len(data) <= MAX_IMAGE_BYTES]


def _totals(state: AgentState) -> Totals:
    return Totals(
        runs=state.runs,
        steps=state.steps,
        token_usage=state.token_usage,
        seconds=state.seconds,
    )


def _problem_of(error: AgentError | ValueError) -> Problem:
    if isinstance(error, AgentError):
        return problem_of(error)
    return Problem(kind="settings", message=str(error))
