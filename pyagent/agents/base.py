"""What every agent is: a model, tools and a memory behind ``run``.

``astream`` is the core, and what the browser uses; ``arun``, ``stream`` and ``run`` stand on it.
An agent does one run at a time and remembers its conversation; ``copy`` makes another for work at
the same time, and ``map`` does that for many tasks.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Self, TypeAlias, Unpack, cast
from uuid import uuid4
from weakref import ref

from pyagent.agents.approval import Approval, OnApproval
from pyagent.agents.batch import AsyncBatch, Batch, MapOptions, Tasks
from pyagent.agents.copies import Copyable
from pyagent.agents.hooks import call_back, check_answer
from pyagent.agents.inputs.variables import Variables
from pyagent.agents.managed import AgentTool
from pyagent.agents.options import AgentOptions, StepCallbacks
from pyagent.agents.result import AgentState, RunResult
from pyagent.agents.run.actor import Actor
from pyagent.agents.run.asker import Asker
from pyagent.agents.run.loop import RunLoop
from pyagent.agents.run.options import RunOptions
from pyagent.agents.run.setup import Setup, Task
from pyagent.agents.run.slot import RunOutcome, RunSlot
from pyagent.agents.run.state import Emit, RunState
from pyagent.agents.saving import Savable
from pyagent.agents.toolbox import Toolbox
from pyagent.concurrency import background
from pyagent.concurrency.blocking import CallBlocking
from pyagent.concurrency.threads import in_thread
from pyagent.memory import TASK, Memory
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.protocol import Event, Limits
from pyagent.tools.base import Tool

OBSERVATION_CHARS = {"full": 10_000, "short": 1_500}
PREVIEW_LINES = {"full": 4, "short": 2}

Buffered: TypeAlias = tuple[Event, Sequence[bytes]]


class Agent(Copyable, Savable):
    """An agent: ``CodeAgent`` or ``ToolCallingAgent``.

    ``options`` has what each of the options means.

    ``model``, ``instructions``, ``max_steps``, ``planning_interval`` and ``limits`` may be changed
    between runs.
    """

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
        step_callbacks: StepCallbacks = (),
        approve: Sequence[str] = (),
        on_approval: OnApproval | None = None,
        provide_run_summary: bool = False,
        call_blocking: CallBlocking = in_thread,
    ) -> None:
        if not isinstance(model, Model):
            raise TypeError(f"model must be a pyagent Model, not {type(model).__name__}.")
        if memory_size is not None and memory_size < 1:
            raise ValueError("memory_size counts the running interaction too: at least 1, or None.")
        if max_steps < 0:
            raise ValueError("max_steps counts steps: at least 0.")
        if planning_interval is not None and planning_interval < 1:
            raise ValueError("planning_interval counts steps: at least 1, or None.")
        self.model = model
        self.name = name
        self.description = description
        self.instructions = instructions
        self.max_steps = max_steps
        self.planning_interval = planning_interval
        self.limits = limits or Limits()
        self.final_answer_checks = tuple(final_answer_checks)
        self.step_callbacks = (
            step_callbacks if isinstance(step_callbacks, Mapping) else tuple(step_callbacks)
        )
        self.provide_run_summary = provide_run_summary
        self.memory = Memory(memory_size)
        self.variables = Variables()
        """The values that came with the conversation's tasks, as they were given."""
        self.state = AgentState()
        self.tools = Toolbox(
            [*tools, *map(AgentTool, managed_agents)], call_blocking, Approval(approve, on_approval)
        )
        self.last_result: RunResult | None = None
        """The result of the run that ended last. After ``stream``, read it here."""
        self.batches: set[ref[AsyncBatch]] = set()
        """The batches of ``map`` that are under way. A plain set, which any thread may copy."""
        self.call_blocking = call_blocking
        self._slot = RunSlot()

    @property
    def is_working(self) -> bool:
        """Whether a run is under way."""
        return self._slot.is_working

    @property
    def memory_size(self) -> int | None:
        """How many interactions the model sees; None for all."""
        return self.memory.size

    @property
    def approve(self) -> list[str]:
        """Names of the tools that ``on_approval`` is asked about; ``*`` for all."""
        return sorted(self.tools.approval.names)

    @property
    def on_approval(self) -> OnApproval | None:
        """Who is asked whether a tool may run."""
        return self.tools.approval.ask

    @property
    def managed_agents(self) -> dict[str, Agent]:
        """The agents that this one may call, by name."""
        tools = (tool for tool in self.tools if isinstance(tool, AgentTool))
        return {tool.name: cast(Agent, tool.agent) for tool in tools}

    @property
    def facts(self) -> list[str]:
        """What the agent is, in short texts. ``visualize`` prints them in a line."""
        return [type(self).__name__, self.model.model_id]

    # --- asynchronous ------------------------------------------------------------------------

    async def arun(self, task: str, **options: Unpack[RunOptions]) -> RunResult:
        """Solve ``task``; see ``astream``. Does not raise for what goes wrong in the run."""
        async with aclosing(self.astream_with_buffers(task, **options)) as events:
            async for _ in events:
                pass
        assert self.last_result is not None
        return self.last_result

    async def astream(
        self, task: str, **options: Unpack[RunOptions]
    ) -> AsyncGenerator[Event, None]:
        """Solve ``task`` and tell what happens; the last event is ``RunFinished``.

        ``options`` are those of ``RunOptions``. The events of managed agents' runs stand among
        the others, with run ids of their own. Closing the generator cancels the run. Raises
        ``AgentError`` only when the agent is already at work.
        """
        async with aclosing(self.astream_with_buffers(task, **options)) as events:
            async for event, _ in events:
                yield event

    async def astream_with_buffers(
        self,
        task: str,
        *,
        run_id: str = "",
        **options: Unpack[RunOptions],
    ) -> AsyncGenerator[Buffered, None]:
        """As ``astream``, each event with its buffers: a ``FileProduced`` with the file's bytes.

        ``run_id`` is made up when empty.
        """
        run_id = run_id or uuid4().hex
        queue: asyncio.Queue[Buffered | None] = asyncio.Queue()
        working = self._start(
            task, run_id, lambda event, buffers: queue.put_nowait((event, buffers)), options
        )
        working.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (item := await queue.get()) is not None:
                if item[0].type == "run_finished" and item[0].run_id == run_id:
                    self._slot.release()  # who hears of the end may start the next run at once
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
        """Solve ``task`` as part of another agent's run, ``caller``; otherwise as ``arun``.

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

        A task is a text, or a mapping with ``task`` and options as for ``arun``. Tasks are taken
        only when one of the copies is free. ``summary`` of what is returned adds up what came. A
        task that fails is a result like any other. The copies' totals become part of this agent's.
        """
        return AsyncBatch(self, tasks, **options)

    async def prepare(self) -> None:
        """Let a local model read the prompt's fixed part ahead of time."""
        self._slot.bind_loop()
        # The turn that comes next is begun, so that a chat template ends what is before it.
        await self.model.prepare([*self.opening, ChatMessage(role="user", content=TASK)])

    async def aclear(self) -> None:
        """Forget the conversation, and what belongs to it. Totals stay."""
        self._slot.check_free()
        self.memory.clear()
        self.variables.clear()
        self.tools.reset()

    async def aclose(self) -> None:
        """Stop the run, and end managed agents. The model stays open: it may serve others."""
        await self._slot.stop()
        await self.tools.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # --- synchronous -------------------------------------------------------------------------

    def run(self, task: str, **options: Unpack[RunOptions]) -> RunResult:
        """Solve ``task`` and wait for it; ``options`` are those of ``RunOptions``.

        Works inside a running event loop too. ``KeyboardInterrupt`` stops the run first.
        """
        return background.call(self.arun(task, **options))

    def stream(self, task: str, **options: Unpack[RunOptions]) -> Iterator[Event]:
        """Solve ``task`` and yield its events; see ``astream``."""
        return background.iterate(self.astream(task, **options))

    def map(self, tasks: Tasks, **options: Unpack[MapOptions]) -> Batch:
        """As ``amap``, for ``for``. ``tasks`` are read, and ``on_event`` called, in our thread."""
        return Batch(self.amap(tasks, **options))

    def clear(self) -> None:
        """As ``aclear``."""
        background.call(self.aclear())

    def close(self) -> None:
        """As ``aclose``, after ``run`` or ``stream``."""
        background.call(self.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def replay(self, detailed: bool = False) -> None:
        """Print what is remembered; ``detailed`` with the prompt, and replies in full."""
        # Here, because the terminal is not there in the browser, and costs time elsewhere.
        from pyagent.agents.terminal.replay import replay_agent

        replay_agent(self.system_prompt, self.memory, detailed=detailed)

    def visualize(self) -> None:
        """Print the agent as a tree, with its tools and managed agents."""
        # As in replay.
        from pyagent.agents.terminal.agent_tree import show_agent

        show_agent(self)

    def interrupt(self) -> None:
        """Stop the run, which finishes as cancelled, and end the batches of ``map``.

        From any thread. Harmless when there are none.
        """
        self._slot.interrupt()
        for begun in tuple(self.batches):
            if (batch := begun()) is not None:
                batch.interrupt()

    # --- parts -------------------------------------------------------------------------------

    @property
    @abstractmethod
    def system_prompt(self) -> str:
        """The fixed start of what the model reads; the same over a whole conversation."""

    @property
    def opening(self) -> list[ChatMessage]:
        """What every request begins with: the system prompt, and for some models examples."""
        return [ChatMessage(role="system", content=self.system_prompt)]

    @abstractmethod
    def _actor(self, setup: Setup, run: RunState, asker: Asker) -> Actor:
        """What takes the steps of a run."""

    def _arguments(self) -> dict[str, Any]:
        # Managed agents are among the tools.
        options = [name for name in AgentOptions.__annotations__ if name != "managed_agents"]
        return {
            "tools": list(self.tools),
            "model": self.model,
            **{name: getattr(self, name) for name in options},
        }

    def _start(
        self,
        task: str,
        run_id: str,
        emit: Emit,
        options: RunOptions,
        *,
        caller: RunState | None = None,
    ) -> asyncio.Task[RunOutcome]:
        """Start a run. The caller must call ``RunSlot.end`` for it."""
        self._slot.check_free()
        run_loop = RunLoop(
            run_id,
            Task(
                text=task,
                files=options.get("files", ()),
                images=options.get("images", ()),
                variables=options.get("additional_args") or {},
                reset=options.get("reset", False),
            ),
            self._setup(options.get("max_steps")),
            self._actor,
            emit,
            caller,
        )
        return self._slot.start(self._drive(run_loop))

    async def _drive(self, run_loop: RunLoop) -> RunOutcome:
        outcome = await run_loop.drive()
        self.last_result = outcome.result
        self._count(outcome.result)
        return outcome

    def _setup(self, max_steps: int | None) -> Setup:
        style = self.model.prompt_style
        return Setup(
            agent_name=self.name,
            model=self.model,
            toolbox=self.tools,
            memory=self.memory,
            opening=lambda: self.opening,
            max_steps=self.max_steps if max_steps is None else max_steps,
            planning_interval=self.planning_interval,
            limits=self.limits,
            observation_chars=OBSERVATION_CHARS[style],
            preview_lines=PREVIEW_LINES[style],
            call_blocking=self.call_blocking,
            check_answer=lambda answer: check_answer(
                self.final_answer_checks, answer, self.memory, self, self.call_blocking
            ),
            after_step=lambda step: call_back(self.step_callbacks, step, self, self.call_blocking),
        )
