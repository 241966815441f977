"""The agent worker's heart: agents behind a channel to the page.

``agent_entry`` starts it in the browser; tests start it on CPython with other parts. It answers
``ToAgent`` messages, and tells everything that happens in a run as the agent's events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

import pyagent
from pyagent.agents.base import Agent
from pyagent.agents.inputs.images import MAX_IMAGE_BYTES, image_type
from pyagent.agents.result import AgentState, problem_of
from pyagent.agents.run.options import RunOptions
from pyagent.browser.crew import Crew
from pyagent.browser.page_batch import PageBatch
from pyagent.browser.page_tools import PageTools
from pyagent.browser.pending_approvals import PendingApprovals
from pyagent.browser.port import PortChannel
from pyagent.browser.sandboxes import Sandboxes
from pyagent.errors import AgentError, ChannelClosed, ToolDefinitionError
from pyagent.executors.base import Executor
from pyagent.models.base import Model
from pyagent.models.from_settings import as_one
from pyagent.models.page import PageModel
from pyagent.protocol import (
    AddAgent,
    AddTool,
    AgentReady,
    Approve,
    BatchTask,
    ClearConversation,
    Cleared,
    Configure,
    Configured,
    FileInfo,
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
    StartBatch,
    StartRun,
    StopRun,
    TokenUsage,
    ToolReturn,
    Totals,
)
from pyagent.tools import Tool

MakeModel = Callable[[ModelSettings], Model]

logger = logging.getLogger(__name__)


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
        self._sandboxes = sandboxes
        self._page_tools = PageTools(channel.send)
        self._approvals = PendingApprovals()
        self._crew = Crew(executor, self._approvals.ask, tools)
        self._models: list[list[Model]] = []
        """Those in use last; before them those that a run may still use."""
        self._run: asyncio.Task[None] | None = None
        self._run_id = ""
        self._stop: Callable[[], None] = lambda: None
        """Ends what ``_run`` does."""
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
                self._start(message.run_id, partial(self._drive, message, buffers))
            case StartBatch():
                self._start(message.batch_id, partial(self._drive_batch, message, buffers))
            case StopRun():
                if message.run_id == self._run_id:
                    # What was started just before has not begun yet.
                    asyncio.get_running_loop().call_soon(lambda: self._stop())
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
                for model in chain(*self._models):
                    if isinstance(model, PageModel):
                        model.deliver(message)

    # --- runs ----------------------------------------------------------------------------------

    def _start(self, run_id: str, begin: Callable[[Agent], Coroutine[Any, Any, None]]) -> None:
        """Start a run or a batch, or say why not."""
        if self._run is None:
            self._crew.settle()
        agent = self._crew.agent
        if agent is None:
            self._refuse(run_id, "no_model", "No model is chosen.", "Choose one first.")
        elif self._run is not None:
            message = "The agent is already at work on a task."
            self._refuse(run_id, "busy", message, "Wait for it, or stop it.")
        else:
            self._run_id = run_id
            self._run = self._spawn(begin(agent))

    async def _drive(self, message: StartRun, buffers: list[bytes], agent: Agent) -> None:
        self._stop = agent.interrupt
        options = _options(agent, message, _named(message.files, iter(buffers)))
        events = agent.astream_with_buffers(message.task, run_id=message.run_id, **options)
        async for event, data in events:
            if isinstance(event, RunFinished) and event.run_id == message.run_id:
                self._ended(agent)
            self._channel.send(event, data)

    async def _drive_batch(self, message: StartBatch, buffers: list[bytes], agent: Agent) -> None:
        given = iter(buffers)
        shared = _named(message.files, given)
        tasks: list[dict[str, Any]] = []
        for task in message.tasks:
            files = shared | _named(task.files, given)
            tasks.append({"task": task.task, **_options(agent, task, files)})
        batch = PageBatch(message.batch_id, tasks, self._channel.send)
        self._stop = batch.stop
        most = self._crew.copies_at_once(self._sandboxes.most) or message.concurrency
        finished = await batch.drive(agent, max(min(message.concurrency, most), 1))
        self._ended(agent)
        self._channel.send(finished)

    def _ended(self, agent: Agent) -> None:
        """Whoever hears of the end may start the next run at once."""
        self._run = None
        self._channel.send(_totals(agent.state))

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
        models: list[Model] = []
        try:
            for settings in (message.model, *message.others):
                models.append(self._make_model(settings))
            self._crew.choose(as_one(models, message.choose), message.agent)
        except AgentError as error:
            await self._refuse_settings(problem_of(error), models)
        except ValueError as error:
            await self._refuse_settings(Problem(kind="settings", message=str(error)), models)
        else:
            await self._use(models)

    async def _refuse_settings(self, problem: Problem, unused: Iterable[Model]) -> None:
        self._channel.send(Configured(problem=problem))
        await _close(unused)

    async def _use(self, models: list[Model]) -> None:
        self._models.append(models)
        self._channel.send(Configured())
        if self._run is not None:
            await asyncio.wait([self._run])  # it goes on as it began
        else:
            self._crew.settle()
        while self._models[0] is not models and models in self._models:
            await _close(self._models.pop(0))
        await self._prepare()

    async def _clear(self) -> None:
        if self._run is not None:
            self._stop()
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
        else:
            self._spawn(self._prepare())

    async def _prepare(self) -> None:
        """Get the agent of the next run ready, while there is nothing else to do."""
        if self._crew.coming is not None and self._run is None:
            await self._crew.coming.prepare()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _close(models: Iterable[Model]) -> None:
    """All of them, whatever becomes of one."""
    ends = await asyncio.gather(*(model.aclose() for model in models), return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            logger.warning("A model could not be closed.", exc_info=end)


def _named(infos: Sequence[FileInfo], buffers: Iterator[bytes]) -> dict[str, bytes]:
    """The next ``buffers`` by the names of the files that they are."""
    return {info.path: next(buffers) for info in infos}


def _options(agent: Agent, given: StartRun | BatchTask, files: dict[str, bytes]) -> RunOptions:
    """What comes with a task. A model that sees is shown the pictures among its files."""
    images = [data for data in files.values() if _is_picture(data)]
    return {
        "files": files,
        "images": images if agent.model.supports_images else [],
        "additional_args": given.additional_args,
        "max_steps": given.max_steps,
    }


def _is_picture(data: bytes) -> bool:
    return bool(image_type(data)) and len(data) <= MAX_IMAGE_BYTES


def _totals(state: AgentState) -> Totals:
    return Totals(
        runs=state.runs,
        steps=state.steps,
        token_usage=state.token_usage,
        seconds=state.seconds,
    )
