"""``CodeAgent``: solves tasks by letting a model write Python and running it.

The public face of the package. ``astream`` is the core, and what the browser uses; ``arun``,
``stream`` and ``run`` stand on it. An agent does one run at a time, remembers its conversation,
and keeps its sandbox between runs.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any
from uuid import uuid4

from pyagent.agents import background
from pyagent.agents.files import Files
from pyagent.agents.result import AgentState, RunResult
from pyagent.agents.run import Run, Setup, Task
from pyagent.agents.toolbox import Toolbox
from pyagent.errors import AgentError
from pyagent.executors.base import Executor
from pyagent.memory import Memory, Step
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.prompts import code_agent_prompt
from pyagent.protocol import ErrorInfo, Event, Json
from pyagent.tools.base import CallBlocking, Tool

EXECUTORS = {"local": "pyagent.executors.local:LocalExecutor"}
"""``executor_type`` → module and class, imported at first use: each needs what others lack."""

_OBSERVATION_CHARS = {"full": 10_000, "short": 1_500}
_PREVIEW_LINES = {"full": 4, "short": 2}

Buffered = tuple[Event, Sequence[bytes]]


def make_executor(executor_type: str) -> Executor:
    """A new executor of that kind. Raises ``ValueError`` that names the kinds there are."""
    if executor_type not in EXECUTORS:
        raise ValueError(
            f"There is no executor {executor_type!r}; there is: {', '.join(EXECUTORS)}. "
            "Pass one of your own as executor=."
        )
    module, _, name = EXECUTORS[executor_type].partition(":")
    executor: Executor = getattr(import_module(module), name)()
    return executor


class CodeAgent:
    """An agent whose model writes Python; tools are functions in it.

    ``memory_size`` is how many interactions (a task and its answer, the running one included) the
    model sees; None keeps all. ``executor_type`` names where code runs, or ``executor`` is one of
    your own, which you also close. ``deadline_s`` is the longest time a step's code may take, in
    seconds. ``authorized_imports`` are packages that the model is told of; what is really there
    is up to the executor. Each of ``final_answer_checks`` is called with answer, memory and agent;
    when one returns something false or raises, the model goes on. Each of ``step_callbacks`` is
    called with the step and the agent. Both may be async. ``call_blocking`` runs synchronous
    tools: in a thread, or ``pyagent.tools.call_inline`` where there are none.

    ``model``, ``instructions``, ``max_steps`` and ``deadline_s`` may be changed between runs.
    """

    def __init__(
        self,
        tools: Sequence[Tool] = (),
        model: Model | None = None,
        *,
        instructions: str = "",
        max_steps: int = 20,
        memory_size: int | None = None,
        executor_type: str = "local",
        executor: Executor | None = None,
        authorized_imports: Sequence[str] = (),
        final_answer_checks: Sequence[Callable[..., Any]] = (),
        step_callbacks: Sequence[Callable[..., Any]] = (),
        deadline_s: float = 60.0,
        call_blocking: CallBlocking = asyncio.to_thread,
    ) -> None:
        if not isinstance(model, Model):
            raise TypeError(f"model must be a pyagent Model, not {type(model).__name__}.")
        if memory_size is not None and memory_size < 1:
            raise ValueError("memory_size counts the running interaction too: at least 1, or None.")
        self.model = model
        self.instructions = instructions
        self.max_steps = max_steps
        self.deadline_s = deadline_s
        self.authorized_imports = tuple(authorized_imports)
        self.final_answer_checks = tuple(final_answer_checks)
        self.step_callbacks = tuple(step_callbacks)
        self.memory = Memory(memory_size)
        self.state = AgentState()
        self.tools = Toolbox(tools, call_blocking)
        self.last_result: RunResult | None = None
        """Of the run that ended last; this is how the result of a stream is had."""
        self._call_blocking = call_blocking
        self._owns_executor = executor is None
        self._executor = executor or make_executor(executor_type)
        self._runner: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # --- asynchronous ------------------------------------------------------------------------

    async def arun(
        self,
        task: str,
        *,
        files: Files = (),
        reset: bool = False,
        max_steps: int | None = None,
        additional_args: Mapping[str, Json] | None = None,
    ) -> RunResult:
        """Solve ``task``; see ``astream``. Does not raise for what goes wrong in the run."""
        buffered = self.astream_with_buffers(
            task, files=files, reset=reset, max_steps=max_steps, additional_args=additional_args
        )
        async for _ in buffered:
            pass
        assert self.last_result is not None
        return self.last_result

    async def astream(
        self,
        task: str,
        *,
        files: Files = (),
        reset: bool = False,
        max_steps: int | None = None,
        additional_args: Mapping[str, Json] | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Solve ``task`` and tell what happens; the last event is ``RunFinished``.

        ``files`` are put into the code's work folder. ``reset`` forgets the conversation, the
        variables and the files first. ``max_steps`` is for this run. ``additional_args`` become
        variables of the code; they must be JSON. Closing the generator cancels the run. Raises
        ``AgentError`` only when the agent is already at work.
        """
        buffered = self.astream_with_buffers(
            task, files=files, reset=reset, max_steps=max_steps, additional_args=additional_args
        )
        try:
            async for event, _ in buffered:
                yield event
        finally:
            await buffered.aclose()

    async def astream_with_buffers(
        self,
        task: str,
        *,
        files: Files = (),
        reset: bool = False,
        max_steps: int | None = None,
        additional_args: Mapping[str, Json] | None = None,
        run_id: str = "",
    ) -> AsyncGenerator[Buffered, None]:
        """As ``astream``, each event with its buffers: a ``FileProduced`` with the file's bytes.

        ``run_id`` is made up when empty.
        """
        self._claim()
        queue: asyncio.Queue[Buffered | None] = asyncio.Queue()
        run = Run(
            run_id or uuid4().hex,
            Task(text=task, files=files, variables=dict(additional_args or {}), reset=reset),
            self._setup(self.max_steps if max_steps is None else max_steps),
            lambda event, buffers: queue.put_nowait((event, buffers)),
        )
        self._runner = runner = asyncio.create_task(self._drive(run))
        runner.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (item := await queue.get()) is not None:
                if item[0].type == "run_finished":
                    self._runner = None  # whoever hears of the end may start the next run at once
                yield item
        finally:
            if not runner.done():
                runner.cancel()
                await asyncio.wait([runner])
            if self._runner is runner:
                self._runner = None

    async def prepare(self) -> None:
        """Start the sandbox, and let a local model read the prompt's fixed part, ahead of time."""
        self._bind_loop()
        prefix = [ChatMessage(role="system", content=self.system_prompt)]
        await asyncio.gather(self._executor.start(), self.model.prepare(prefix))

    async def aclear(self) -> None:
        """Forget the conversation, the variables and the files. Totals stay."""
        self._claim()
        self.memory.clear()
        self.tools.reset()
        await self._executor.reset()

    async def read_file(self, path: str) -> bytes:
        """A file of the work folder. Raises ``FileError``."""
        self._bind_loop()
        return await self._executor.read_file(path)

    async def aclose(self) -> None:
        """Stop the run and end the sandbox. The model stays open: it may serve other agents."""
        runner = self._runner
        if runner is not None:
            runner.cancel()
            await asyncio.wait([runner])
        if self._owns_executor:
            await self._executor.aclose()

    async def __aenter__(self) -> CodeAgent:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # --- synchronous -------------------------------------------------------------------------

    def run(self, task: str, **options: Any) -> RunResult:
        """Solve ``task`` and wait for it; options as for ``arun``.

        Works inside a running event loop too. ``KeyboardInterrupt`` stops the run first.
        """
        return background.call(self.arun(task, **options))

    def stream(self, task: str, **options: Any) -> Iterator[Event]:
        """Solve ``task`` and yield its events; options as for ``astream``."""
        return background.iterate(self.astream(task, **options))

    def clear(self) -> None:
        """As ``aclear``."""
        background.call(self.aclear())

    def close(self) -> None:
        """As ``aclose``, after ``run`` or ``stream``."""
        background.call(self.aclose())

    def __enter__(self) -> CodeAgent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def interrupt(self) -> None:
        """Stop the run, from any thread; it finishes as cancelled. Harmless when there is none."""
        runner, loop = self._runner, self._loop
        if runner is not None and loop is not None:
            loop.call_soon_threadsafe(runner.cancel)

    # --- parts -------------------------------------------------------------------------------

    @property
    def system_prompt(self) -> str:
        """The fixed start of what the model reads; the same over a whole conversation."""
        return code_agent_prompt(
            short=self.model.prompt_style == "short",
            tools=self.tools.stubs(),
            packages=self.authorized_imports,
            instructions=self.instructions,
        )

    async def _drive(self, run: Run) -> None:
        self.last_result = await run.drive()
        self.state = self.state.plus(self.last_result)

    def _setup(self, max_steps: int) -> Setup:
        style = self.model.prompt_style
        return Setup(
            model=self.model,
            executor=self._executor,
            toolbox=self.tools,
            memory=self.memory,
            system_prompt=self.system_prompt,
            max_steps=max_steps,
            deadline_s=self.deadline_s,
            observation_chars=_OBSERVATION_CHARS[style],
            preview_lines=_PREVIEW_LINES[style],
            call_blocking=self._call_blocking,
            check_answer=self._check_answer,
            after_step=self._after_step,
        )

    def _claim(self) -> None:
        if self._runner is not None:
            raise AgentError(
                "The agent is already at work on a task.",
                advice="Wait for it, interrupt it, or make a second agent.",
                kind="busy",
            )
        self._bind_loop()

    def _bind_loop(self) -> None:
        """Executors and connections live in one event loop; a second one would hang."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise AgentError(
                "The agent lives in another event loop.",
                advice="Put all its runs into one asyncio.run, or use run() and stream() for all.",
                kind="busy",
            )

    async def _check_answer(self, answer: Json) -> ErrorInfo | None:
        for check in self.final_answer_checks:
            name = getattr(check, "__name__", "check")
            try:
                verdict = check(answer, self.memory, self)
                if inspect.isawaitable(verdict):
                    verdict = await verdict
            except Exception as error:
                # A check says what is wrong by whatever it raises.
                return ErrorInfo(type="AnswerRefused", message=f"{name}: {error}")
            if not verdict:
                return ErrorInfo(type="AnswerRefused", message=f"The answer failed {name}.")
        return None

    async def _after_step(self, step: Step) -> None:
        for callback in self.step_callbacks:
            outcome = callback(step, self)
            if inspect.isawaitable(outcome):
                await outcome
