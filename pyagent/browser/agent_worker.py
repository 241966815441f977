"""The agent worker: answers the page's messages and runs the agent.

``agent_entry`` starts it in the browser; tests start it on CPython with other parts. It receives
``ToAgent`` messages and sends every event of a run to the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

import pyagent
from pyagent.agents.base import Agent
from pyagent.agents.result import problem_of
from pyagent.agents.run.options import RunOptions
from pyagent.browser.crew import Crew
from pyagent.browser.journal.restoring import KeptConversation, take_back
from pyagent.browser.journal.save_points import SavePoints
from pyagent.browser.models_in_use import ModelsInUse, close_models
from pyagent.browser.page_batch import PageBatch
from pyagent.browser.page_channel import PageChannel
from pyagent.browser.page_tools import PageTools
from pyagent.browser.pending_approvals import PendingApprovals, PendingInputs
from pyagent.browser.reports import refused, send_event, totals_of
from pyagent.browser.sandboxes import Sandboxes
from pyagent.browser.task_inputs import batch_tasks, named_files, run_options
from pyagent.concurrency.in_turn import InTurn
from pyagent.concurrency.sleeps import Heartbeat
from pyagent.errors import AgentError, ChannelClosed, ToolDefinitionError
from pyagent.executors.base import Executor
from pyagent.models.base import Model
from pyagent.models.from_settings import as_one
from pyagent.models.http.network import Network
from pyagent.protocol import (
    AddAgent,
    AddTool,
    AgentReady,
    Approve,
    ClearConversation,
    Cleared,
    Configure,
    Configured,
    ConversationRestored,
    GiveInput,
    ModelSettings,
    NetworkChanged,
    Notice,
    PageModelDelta,
    PageModelDone,
    PageModelFailed,
    PageModelRead,
    PauseEnded,
    Problem,
    RemoveAgent,
    RemoveTool,
    RestoreConversation,
    ResumeRun,
    RunFinished,
    SandboxAttached,
    SandboxLost,
    StartBatch,
    StartRun,
    Stopping,
    StopRun,
    ToolCall,
    ToolReturn,
    TryNow,
)
from pyagent.texts import lasting
from pyagent.tools import Tool

logger = logging.getLogger(__name__)

TOLD_S = 10.0
"""The shortest sleep that a person is told of."""

MakeModel = Callable[[ModelSettings], Model]


class AgentWorker:
    """Serves one page: its agent, and the agents that this one calls.

    ``make_model`` raises ``AgentError`` for settings that cannot work. ``tools`` are the tools that
    the page need not add. ``executor`` runs the agent's code and makes the other agents' executors.
    ``network`` is that of the models, and hears what the page says of it.
    ``offered`` returns the modules of the site's packages that the prompt names.
    """

    def __init__(
        self,
        channel: PageChannel,
        *,
        make_model: MakeModel,
        executor: Executor,
        sandboxes: Sandboxes,
        tools: Sequence[Tool] = (),
        network: Network | None = None,
        offered: Callable[[], Coroutine[Any, Any, list[str]]] | None = None,
    ) -> None:
        self._channel = channel
        self._make_model = make_model
        self._sandboxes = sandboxes
        self._page_tools = PageTools(self._call_page)
        self._approvals = PendingApprovals()
        self._inputs = PendingInputs()
        self._crew = Crew(
            executor,
            self._approvals.ask,
            tools,
            on_input=self._inputs.ask,
            call_blocking=channel.call_inline,
        )
        self._executor = executor
        self._saves = SavePoints(channel.send, executor)
        self._coming = KeptConversation()
        """What came so far of a conversation to take back, while more follows."""
        self._changes = InTurn()
        """Clear the conversation or take one back; runs that come later wait for that."""
        self._models = ModelsInUse()
        self._network = network or Network()
        self._run: asyncio.Task[None] | None = None
        self._run_id = ""
        self._stop: Callable[[], None] = lambda: None
        """Ends the run or the batch that ``_run`` drives, once it has begun."""
        self._is_stopped = False
        """Whether that must end, even if it has not begun yet."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._offered = offered
        self._packages: asyncio.Task[list[str]] | None = None
        """Reads what packages the site has, once; every ``Configure`` waits for it."""

    async def serve(self) -> None:
        """Answer messages until the page closes the channel. Raises ``ProtocolError``."""
        if self._offered is not None:
            self._packages = asyncio.create_task(self._offered())
        self._channel.send(AgentReady(version=pyagent.__version__))
        heartbeat = Heartbeat(self._slept)
        try:
            while True:
                message, buffers = await self._channel.receive()
                self._handle(message, buffers)
        except ChannelClosed:
            return
        finally:
            heartbeat.stop()

    def _slept(self, seconds: float) -> None:
        """Tell the person that the tab slept during a run."""
        if self._run is not None and seconds >= TOLD_S:
            told = f"The tab was asleep for {lasting(seconds)}. The run goes on."
            ended = PauseEnded(run_id=self._run_id, reason="asleep", message=told, seconds=seconds)
            self._channel.send(ended)

    def _handle(self, message: Any, buffers: list[bytes]) -> None:
        match message:
            case StartRun():
                self._start(message.run_id, partial(self._drive, message, buffers))
            case StartBatch():
                self._start(message.batch_id, partial(self._drive_batch, message, buffers))
            case ResumeRun():
                self._start(message.run_id, partial(self._resume, message))
            case StopRun():
                self._channel.send(Stopping(run_id=message.run_id))
                if message.run_id == self._run_id:
                    self._stop_run()
            case Approve():
                self._approvals.answered(message)
            case GiveInput():
                self._inputs.answered(message)
            case Configure():
                self._spawn(self._configure(message))
            case ClearConversation():
                self._changes.start(self._clear(self._run))
            case RestoreConversation():
                self._coming.take(message, buffers)
                if not message.more:
                    kept, self._coming = self._coming, KeptConversation()
                    self._changes.start(self._restore(kept, is_busy=self._run is not None))
            case AddTool() | RemoveTool() | AddAgent() | RemoveAgent():
                self._change(message)
            case ToolReturn():
                self._page_tools.returned(message)
            case NetworkChanged():
                self._network.report(online=message.online)
            case TryNow():
                self._network.try_now()
            case SandboxAttached():
                ports = self._channel.ports
                self._sandboxes.attached(message, ports.popleft(), ports.popleft())
            case SandboxLost():
                self._sandboxes.lost(message)
            case PageModelRead() | PageModelDelta() | PageModelDone() | PageModelFailed():
                self._models.deliver(message)

    # --- runs ----------------------------------------------------------------------------------

    def _start(self, run_id: str, begin: Callable[[Agent], Coroutine[Any, Any, None]]) -> None:
        """Start a run or a batch, or tell the page why that is not possible."""
        if self._run is None:
            self._crew.settle()
            self._spawn(self._crew.close_discarded())
        if self._crew.agent is None:
            self._refuse(run_id, "no_model", "No model is chosen.", "Choose one first.")
        elif self._run is not None:
            message = "The agent is already at work on a task."
            self._refuse(run_id, "busy", message, "Wait for it, or stop it.")
        else:
            self._run_id, self._is_stopped, self._stop = run_id, False, lambda: None
            self._run = self._spawn(self._begin(begin, self._changes.last))

    async def _begin(
        self,
        begin: Callable[[Agent], Coroutine[Any, Any, None]],
        changing: asyncio.Task[None] | None,
    ) -> None:
        if changing is not None:
            await asyncio.wait([changing])
        agent = self._crew.agent  # a restoring may have settled on another one
        assert agent is not None
        await begin(agent)

    def _stop_run(self) -> None:
        self._is_stopped = True
        self._stop()

    async def _drive(self, message: StartRun, buffers: list[bytes], agent: Agent) -> None:
        options = run_options(agent, message, named_files(message.files, iter(buffers)))
        await self._follow(message.run_id, message.task, options, agent)

    async def _resume(self, message: ResumeRun, agent: Agent) -> None:
        if agent.progress.unfinished is None:
            self._run = None
            told = "There is no interrupted run to go on with."
            self._refuse(message.run_id, "nothing_to_resume", told, "Give a new task.")
            return
        calls = [self._page_tools.made(call) for call in message.calls]
        options: RunOptions = {"resume": True, "calls_made": calls, "max_steps": message.max_steps}
        await self._follow(message.run_id, None, options, agent)

    async def _follow(
        self, run_id: str, task: str | None, options: RunOptions, agent: Agent
    ) -> None:
        """Do the run, and send the page its events and what it must keep."""
        self._saves.begin(agent, run_id)
        has_begun = False
        async for event, data in agent.astream_with_buffers(task, run_id=run_id, **options):
            if event.run_id != run_id:
                send_event(self._channel, event, data)
                continue
            if isinstance(event, RunFinished):
                await self._saves.end(agent, was_stopped=event.reason == "cancelled")
                self._ended(agent)
            send_event(self._channel, event, data)
            self._saves.told(event)
            if not has_begun:
                has_begun, self._stop = True, agent.interrupt
                if self._is_stopped:
                    agent.interrupt()

    async def _drive_batch(self, message: StartBatch, buffers: list[bytes], agent: Agent) -> None:
        tasks = batch_tasks(agent, message, buffers)
        batch = PageBatch(message.batch_id, tasks, partial(send_event, self._channel))
        self._stop = batch.stop
        if self._is_stopped:
            batch.stop()
        most = self._crew.copies_at_once(self._sandboxes.most) or message.concurrency
        finished = await batch.drive(agent, max(min(message.concurrency, most), 1))
        self._saves.totals(agent, message.batch_id)
        self._ended(agent)
        self._channel.send(finished)

    def _call_page(self, call: ToolCall) -> None:
        # The page counts a call to the step after its last save point.
        self._saves.flush()
        self._channel.send(call)

    def _ended(self, agent: Agent) -> None:
        """Be ready for the next run before the page hears that this one ended."""
        self._run = None
        self._channel.send(totals_of(agent.state))

    def _refuse(self, run_id: str, kind: str, message: str, advice: str) -> None:
        problem = Problem(kind=kind, message=message, advice=advice)
        self._channel.send(refused(run_id, problem))

    # --- settings ------------------------------------------------------------------------------

    async def _configure(self, message: Configure) -> None:
        if self._packages is not None:
            self._crew.packages = await asyncio.shield(self._packages)
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
        await close_models(unused)

    async def _use(self, models: list[Model]) -> None:
        self._models.add(models)
        self._channel.send(Configured())
        if self._run is not None:
            await asyncio.wait([self._run])  # a run keeps the settings with which it began
        else:
            self._crew.settle()
        await self._crew.close_discarded()
        await self._models.close_before(models)
        await self._prepare()

    async def _clear(self, run: asyncio.Task[None] | None) -> None:
        if run is not None and run is self._run:
            self._stop_run()
            await asyncio.wait([run])
        self._crew.settle()
        await self._crew.close_discarded()
        await self._crew.clear()
        self._saves.forget()
        self._channel.send(Cleared())

    async def _restore(self, kept: KeptConversation, *, is_busy: bool) -> None:
        problem: Problem | None = Problem(kind="busy", message="The agent is at work on a task.")
        try:
            if not is_busy:
                if self._packages is not None:
                    await asyncio.shield(self._packages)  # an earlier Configure waited, too
                problem = await take_back(
                    kept, crew=self._crew, executor=self._executor, saves=self._saves
                )
        except Exception as error:  # whatever the page kept, the worker goes on
            logger.exception("A conversation could not be restored")
            problem = problem_of(error)
        self._channel.send(ConversationRestored(problem=problem))
        self._spawn(self._prepare())

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
        """Prepare the agent of the next run while the worker is idle."""
        if self._crew.coming is not None and self._run is None:
            await self._crew.coming.prepare()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
