"""``Agent``, the base class of all agents: a model, tools and a memory behind ``run``.

``astream`` is the core, which the browser uses; ``arun`` is built on it. ``run`` and ``stream`` are
the synchronous forms, which ``concurrency/background.py`` runs in a loop in a thread. An agent does
one run at a time and remembers its conversation. ``copy`` makes another agent for work at the same
time, and ``map`` does that for many tasks. ``_start`` starts a run; ``run/`` is what a run does.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Self, Unpack, cast
from weakref import ref

from pyagent.agents.answer_checks import check_answer
from pyagent.agents.approval import Approval, OnApproval, OnInput
from pyagent.agents.arguments import check_numbers, check_parts, check_run_options
from pyagent.agents.batch import AsyncBatch, Batch, MapOptions, Tasks
from pyagent.agents.copies import Copyable
from pyagent.agents.distributed.batches import make_batch
from pyagent.agents.inputs.variables import Variables
from pyagent.agents.listeners import heard
from pyagent.agents.managed import AgentTool
from pyagent.agents.options import AgentOptions, StepCallbacks
from pyagent.agents.result import AgentState, RunResult, forget_frames
from pyagent.agents.run.actor import Actor
from pyagent.agents.run.asker import Asker
from pyagent.agents.run.loop import RunLoop
from pyagent.agents.run.options import RunOptions
from pyagent.agents.run.reader import Buffered, Reader
from pyagent.agents.run.resuming.progress import Progress
from pyagent.agents.run.setup import Setup, Task
from pyagent.agents.run.slot import RunOutcome, RunSlot
from pyagent.agents.run.state import Emit, RunState
from pyagent.agents.saving import Savable
from pyagent.agents.step_callbacks import as_callbacks, call_back
from pyagent.agents.toolbox import Toolbox
from pyagent.checked_options import checked
from pyagent.concurrency import background
from pyagent.concurrency.blocking import CallBlocking
from pyagent.concurrency.sync_iterator import SyncIterator
from pyagent.concurrency.threads import in_thread
from pyagent.memory import TASK, Memory, Step
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.protocol import Event, Limits
from pyagent.tools.base import Tool
from pyagent.tools.holders import Holders


class Agent(Copyable, Savable):
    """An agent: ``CodeAgent`` or ``ToolCallingAgent``.

    ``AgentOptions`` says what each option means. ``model``, ``instructions``, ``max_steps``,
    ``planning_interval`` and ``limits`` may be changed between runs.
    """

    @checked
    def __init__(
        self,
        tools: Sequence[Tool] = (),
        model: Model | None = None,
        *,
        name: str = "",
        description: str = "",
        instructions: str = "",
        max_steps: int = 20,
        planning_interval: int | None = None,
        managed_agents: Sequence[Copyable] = (),
        memory_size: int | None = None,
        limits: Limits | None = None,
        final_answer_checks: Sequence[Callable[..., Any]] = (),
        step_callbacks: StepCallbacks | Callable[..., Any] = (),
        approve: Sequence[str] = (),
        on_approval: OnApproval | None = None,
        on_input: OnInput | None = None,
        provide_run_summary: bool = False,
        verbosity_level: int = 0,
        call_blocking: CallBlocking = in_thread,
    ) -> None:
        self.model = check_parts(type(self).__name__, tools, model)
        check_numbers(max_steps, memory_size=memory_size, planning_interval=planning_interval)
        self.name = name
        self.description = description
        self.instructions = instructions
        self.max_steps = max_steps
        self.planning_interval = planning_interval
        self.limits = limits or Limits()
        self.final_answer_checks = tuple(final_answer_checks)
        self.step_callbacks = as_callbacks(step_callbacks, caller=type(self).__name__)
        self.provide_run_summary = provide_run_summary
        self.verbosity_level = verbosity_level
        self.memory = Memory(memory_size)
        self.variables = Variables()
        """The values that came with the tasks of the conversation, as they were given."""
        self.state = AgentState()
        self.progress = Progress()
        self.tools = Toolbox(
            [*tools, *map(AgentTool, managed_agents)], call_blocking, Approval(approve, on_approval)
        )
        self.tools.questions.ask = on_input
        self.tools.approval.check_names([tool.name for tool in self.tools])
        self.last_result: RunResult | None = None
        """The result of the latest run. After ``stream``, read the result here."""
        self.batches: set[ref[AsyncBatch]] = set()
        """The batches of ``map`` under way. A plain set, because any thread may copy it."""
        self.call_blocking = call_blocking
        self._slot = RunSlot()
        self.callers = Holders()

    def __repr__(self) -> str:
        named = f"{self.name!r}, " if self.name else ""
        tools = ", ".join(tool.name for tool in self.tools)
        return f"{type(self).__name__}({named}model={self.model.model_id!r}, tools=[{tools}])"

    @property
    def is_working(self) -> bool:
        """Whether a run is under way."""
        return self._slot.is_working

    @property
    def managed_agents(self) -> dict[str, Agent]:
        """The agents that this one may call, by name."""
        tools = (tool for tool in self.tools if isinstance(tool, AgentTool))
        return {tool.name: cast(Agent, tool.agent) for tool in tools}

    @property
    def _facts(self) -> list[str]:
        """What the agent is, in short texts that ``visualize`` prints in one line."""
        return [type(self).__name__, self.model.model_id]

    # --- asynchronous ------------------------------------------------------------------------

    async def arun(self, task: str | None = None, **options: Unpack[RunOptions]) -> RunResult:
        """Solve ``task``; see ``astream``. The result tells what went wrong; it is not raised."""
        async with aclosing(self.astream_with_buffers(task, **options)) as events:
            async for _ in events:
                pass
        assert self.last_result is not None
        return self.last_result

    async def astream(
        self, task: str | None = None, **options: Unpack[RunOptions]
    ) -> AsyncGenerator[Event, None]:
        """Solve ``task`` and yield its events; the last event is ``RunFinished``.

        ``options`` are those of ``RunOptions``. The events of managed agents come among the
        others, with run ids of their own. Whoever does not read on pauses the run before its next
        step. Closing the generator cancels the run. Raises ``AgentError`` only when the agent is
        already at work.
        """
        async with aclosing(self.astream_with_buffers(task, **options)) as events:
            async for event, _ in events:
                yield event

    async def astream_with_buffers(
        self,
        task: str | None = None,
        *,
        run_id: str = "",
        **options: Unpack[RunOptions],
    ) -> AsyncGenerator[Buffered, None]:
        """Do what ``astream`` does, and yield each event with its buffers.

        The buffer of a ``FileProduced`` is the bytes of the file. An empty ``run_id`` is replaced
        by a random one.
        """
        async with aclosing(self._read(task, run_id, options)) as items:
            async for item in items:
                if isinstance(item, tuple):
                    yield item

    async def asteps(
        self, task: str | None = None, **options: Unpack[RunOptions]
    ) -> AsyncGenerator[Step, None]:
        """Solve ``task`` and yield its steps, plans included; each is taken when it is asked for.

        The run waits between them. ``last_result`` is the result once all steps are taken. Closing
        the generator cancels the run.
        """
        async with aclosing(self._read(task, "", options)) as items:
            async for item in items:
                if not isinstance(item, tuple):
                    yield item

    async def _read(
        self, task: str | None, run_id: str, options: RunOptions
    ) -> AsyncGenerator[Buffered | Step, None]:
        run_id, reader = self.progress.run_id(run_id, options), Reader()
        working = self._start(task, run_id, reader.emit, options, reader=reader)
        working.add_done_callback(lambda _: reader.end())
        try:
            async for item in reader.read():
                event = item[0] if isinstance(item, tuple) else None
                if event is not None and (event.type, event.run_id) == ("run_finished", run_id):
                    self._slot.release()  # whoever reads this event may start the next run at once
                yield item
        finally:
            await self._slot.end(working)

    async def arun_within(
        self,
        caller: RunState,
        emit: Emit,
        task: str,
        *,
        run_id: str,
        **options: Unpack[RunOptions],
    ) -> RunResult:
        """Do what ``arun`` does, as part of another agent's run, ``caller``.

        What this run uses counts in that run too, and the limits of that run end this one too.
        ``emit`` gets every event; the last one comes even when this call is cancelled.
        """
        working = self._start(task, run_id, emit, options, caller=caller)
        try:
            await asyncio.wait([working])
        finally:
            await self._slot.end(working)
        return working.result().result

    def amap(self, tasks: Tasks, **options: Unpack[MapOptions]) -> AsyncBatch:
        """Solve each of ``tasks`` with a copy of this agent; yields ``BatchItem`` as they complete.

        A task is a text, or a mapping with ``task`` and the options of ``arun``. A task is taken
        only when one of the copies is free. ``summary`` of the batch adds up the results so far. A
        task that fails is a result like any other. All runs count in this agent's totals.
        """
        return make_batch(self, tasks, options)

    async def prepare(self) -> None:
        """Let a local model read the fixed part of the prompt ahead of time."""
        self._slot.bind_loop()
        # The next turn is begun, so that a chat template closes the one before it.
        begun = ChatMessage(role="user", content=f"{self.before_task}{TASK}")
        await self.model.prepare([*self.opening, begun])

    async def aclear(self) -> None:
        """Forget the conversation and its variables. The totals stay."""
        self._slot.check_free()
        self.memory.clear()
        self.variables.clear()
        self.progress.unfinished = None
        self.tools.reset()

    async def aclose(self) -> None:
        """Stop the run, and close the tools and managed agents. The model stays open for others."""
        await self._slot.stop()
        await self.tools.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # --- synchronous -------------------------------------------------------------------------

    def run(self, task: str | None = None, **options: Unpack[RunOptions]) -> RunResult:
        """Solve ``task`` and wait for it; ``options`` are those of ``RunOptions``.

        Works inside a running event loop too. ``KeyboardInterrupt`` stops the run first.
        """
        return background.call(self.arun(task, **options))

    def stream(self, task: str | None = None, **options: Unpack[RunOptions]) -> SyncIterator[Event]:
        """Solve ``task`` and yield its events; see ``astream``."""
        return SyncIterator(self.astream(task, **options))

    def steps(self, task: str | None = None, **options: Unpack[RunOptions]) -> SyncIterator[Step]:
        """Solve ``task`` step by step; see ``asteps``."""
        return SyncIterator(self.asteps(task, **options))

    def map(self, tasks: Tasks, **options: Unpack[MapOptions]) -> Batch:
        """Do what ``amap`` does, for a ``for`` loop.

        ``tasks`` are read and ``on_event`` is called in the thread of the background loop.
        """
        return Batch(self.amap(tasks, **options))

    def clear(self) -> None:
        """Forget the conversation and its variables; see ``aclear``."""
        background.call(self.aclear())

    def close(self) -> None:
        """Close an agent that was used with ``run`` or ``stream``; see ``aclose``."""
        background.call(self.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def replay(self, detailed: bool = False) -> None:
        """Print the memory; with ``detailed``, the system prompt and whole replies too."""
        # Imported here: the browser has no rich, and elsewhere the import costs time.
        from pyagent.agents.terminal.replay import replay_agent

        replay_agent(self.system_prompt, self.memory, last=self.last_result, detailed=detailed)

    def visualize(self) -> None:
        """Print the agent as a tree, with its tools and managed agents."""
        # Imported here for the same reasons as in replay.
        from pyagent.agents.terminal.agent_tree import show_agent

        show_agent(self)

    def interrupt(self) -> None:
        """Cancel the run and the batches of ``map``, if any. Any thread may call this."""
        self._slot.interrupt()
        for begun in tuple(self.batches):
            if (batch := begun()) is not None:
                batch.interrupt()

    # --- parts -------------------------------------------------------------------------------

    @property
    @abstractmethod
    def system_prompt(self) -> str:
        """The fixed start of what the model reads; the same for a whole conversation."""

    @property
    def opening(self) -> list[ChatMessage]:
        """The first messages of every request: the system prompt and, for some models, examples."""
        return [ChatMessage(role="system", content=self.system_prompt)]

    @property
    def before_task(self) -> str:
        """What the model reads before each task; empty for nothing."""
        return ""

    @abstractmethod
    def _actor(self, setup: Setup, run: RunState, asker: Asker) -> Actor:
        """Make the actor that takes the steps of a run."""

    def _arguments(self) -> dict[str, Any]:
        approval, ask = self.tools.approval, self.tools.questions.ask
        kept: dict[str, Any] = {"tools": list(self.tools), "model": self.model}  # agents too
        kept |= {"approve": sorted(approval.names), "on_approval": approval.ask, "on_input": ask}
        kept["memory_size"] = self.memory.size
        others = AgentOptions.__annotations__.keys() - kept.keys() - {"managed_agents"}
        return kept | {name: getattr(self, name) for name in sorted(others)}

    def _start(
        self,
        task: str | None,
        run_id: str,
        emit: Emit,
        options: RunOptions,
        *,
        caller: RunState | None = None,
        reader: Reader | None = None,
    ) -> asyncio.Task[RunOutcome]:
        """Start a run. The caller must call ``RunSlot.end`` for it."""
        options = self.progress.completed(check_run_options(task, options))
        self._slot.check_free()
        self.tools.hold()
        if caller is None:
            shown = self.verbosity_level > 0 and self._principal is None
            emit = heard(emit, agent=self.name, model=self.model.model_id, shown=shown)
        setup = self._setup(options.get("max_steps"))
        given = Task.given(task, options)
        run_loop = RunLoop(run_id, given, setup, self._actor, emit, caller, reader)
        return self._slot.start(self._drive(run_loop))

    async def _drive(self, run_loop: RunLoop) -> RunOutcome:
        outcome = await run_loop.drive()
        forget_frames(outcome.result.error)
        self.last_result = outcome.result
        self._count(outcome.result)
        if (given_up := self.progress.given_up) is not None:
            usage, self.progress.given_up = given_up.token_usage, None
            self.state = self.state.with_run(given_up.recorded, usage, seconds=given_up.seconds)
        return outcome

    def _setup(self, max_steps: int | None) -> Setup:
        return Setup(
            agent_name=self.name,
            model=self.model,
            toolbox=self.tools,
            memory=self.memory,
            opening=lambda: self.opening,
            max_steps=self.max_steps if max_steps is None else max_steps,
            planning_interval=self.planning_interval,
            progress=self.progress,
            limits=self.limits or Limits(),
            before_task=self.before_task,
            call_blocking=self.call_blocking,
            check_answer=lambda answer: check_answer(
                self.final_answer_checks, answer, self.memory, self, self.call_blocking
            ),
            after_step=lambda step: call_back(
                self.step_callbacks, step, self.memory, self, self.call_blocking
            ),
        )
