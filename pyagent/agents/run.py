"""One run of a ``CodeAgent``: ask the model, run its code, observe, until there is an answer.

Made by the agent for each task. It drives a model, an executor and tools, writes the memory, and
tells everything that happens as the protocol's events. It knows nothing of threads or platforms.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Literal, TypeAlias

from pyagent.agents.asking import Asker
from pyagent.agents.files import Files, describe, introduce, read_files
from pyagent.agents.observation import (
    CUT_OFF,
    EMPTY_REPLY,
    FAILED,
    LABEL,
    LAST_CALL,
    NO_CODE,
    OUT_OF_STEPS,
    SAME_AGAIN,
    STOPPED,
    describe_error,
    observe,
)
from pyagent.agents.parsing import Reply
from pyagent.agents.result import RunResult, Timing, problem_of
from pyagent.agents.streams import closing
from pyagent.agents.toolbox import Toolbox
from pyagent.errors import AgentError, ExecutorError, FileError, ModelError
from pyagent.executors.base import Executor
from pyagent.memory import Memory, Step
from pyagent.models.base import Model
from pyagent.protocol import (
    Answer,
    Bundle,
    Display,
    ErrorInfo,
    Event,
    Executed,
    FileInfo,
    FileProduced,
    Json,
    Notice,
    Output,
    Problem,
    RunFinished,
    RunStarted,
    StepDisplay,
    StepFinished,
    StepOutput,
    StepStarted,
)
from pyagent.sandbox.files import MAX_FILE_BYTES
from pyagent.tools.base import CallBlocking

logger = logging.getLogger(__name__)

MAX_FILES_PER_STEP = 50
MAX_EMPTY_REPLIES = 3

Emit: TypeAlias = Callable[[Event, Sequence[bytes]], None]
AnswerCheck: TypeAlias = Callable[[Json], Awaitable[ErrorInfo | None]]
StepCallback: TypeAlias = Callable[[Step], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a run works with, fixed when it starts."""

    model: Model
    executor: Executor
    toolbox: Toolbox
    memory: Memory
    system_prompt: str
    max_steps: int
    deadline_s: float
    observation_chars: int
    preview_lines: int
    call_blocking: CallBlocking
    check_answer: AnswerCheck
    after_step: StepCallback


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is asked."""

    text: str
    files: Files = ()
    variables: Mapping[str, Json] = field(default_factory=dict)
    reset: bool = False


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run ends."""

    reason: Literal["answered", "max_steps", "limit", "error", "cancelled"]
    answer: Answer | None = None
    problem: Problem | None = None
    closing: str = ""


class Run:
    """One run. ``drive`` may be called once."""

    def __init__(self, run_id: str, task: Task, setup: Setup, emit: Emit) -> None:
        self._id = run_id
        self._task = task
        self._setup = setup
        self._emit_with_buffers = emit
        self._asker = Asker(run_id, setup.model, setup.memory, setup.system_prompt, self._emit)
        self._begun = False
        self._reminded = False
        self._empty_replies = 0
        self._steps: list[Step] = []
        self._files: dict[str, bytes] = {}

    async def drive(self) -> RunResult:
        """Work until the end, whatever it is. Cancelling the task is an end too."""
        started = perf_counter()
        try:
            ending = await self._solve()
        except asyncio.CancelledError:
            ending = Ending(reason="cancelled", closing=STOPPED)
        except AgentError as error:
            ending = Ending(reason="error", problem=problem_of(error), closing=FAILED)
        except Exception as error:
            logger.exception("A run failed")
            problem = Problem(
                kind="internal",
                message=f"{type(error).__name__}: {error}",
                advice="This is a fault in pyagent or in a callback; the log has the details.",
            )
            ending = Ending(reason="error", problem=problem, closing=FAILED)
        return self._finish(ending, perf_counter() - started)

    def _emit(self, event: Event) -> None:
        self._emit_with_buffers(event, ())

    async def _solve(self) -> Ending:
        await self._begin()
        for number in range(1, self._setup.max_steps + 1):
            ending = await self._step(number)
            if ending is not None:
                return ending
        return await self._last_answer(self._setup.max_steps + 1)

    async def _begin(self) -> None:
        """Everything before the first step: files, tools, variables, the task in the memory."""
        setup, task = self._setup, self._task
        try:
            files: dict[str, bytes] = await setup.call_blocking(partial(read_files, task.files))
        except (FileError, asyncio.CancelledError):
            self._emit(RunStarted(run_id=self._id, task=task.text))
            raise
        infos = [describe(name, data) for name, data in files.items()]
        self._emit(RunStarted(run_id=self._id, task=task.text, files=infos))
        if task.reset:
            setup.memory.clear()
            setup.toolbox.reset()
            await setup.executor.reset()
        handler = setup.toolbox.handler(self._id, self._step_number, self._emit)
        await setup.executor.define_tools(setup.toolbox.stubs(), handler)
        for name, data in files.items():
            await setup.executor.write_file(name, data)
        if task.variables:
            await setup.executor.set_variables(task.variables)
        setup.memory.begin(self._introduce(files))
        self._begun = True

    def _introduce(self, files: Mapping[str, bytes]) -> str:
        """The task as the model reads it."""
        parts = [f"Task: {self._task.text.strip()}"]
        if files:
            parts.append(introduce(files, lines=self._setup.preview_lines))
            parts += self._setup.toolbox.receive_files(files)
        if self._task.variables:
            names = [f"{name} ({type(v).__name__})" for name, v in self._task.variables.items()]
            parts.append(f"Variables that are set: {', '.join(names)}")
        return "\n\n".join(parts)

    def _step_number(self) -> int:
        return len(self._steps) + 1

    async def _step(self, number: int) -> Ending | None:
        """One step; the ending when it was the last."""
        started = perf_counter()
        self._emit(StepStarted(run_id=self._id, step=number))
        text, reply = await self._asker.ask(number)
        step = Step(number=number, reply=text, code=reply.code, observation="")
        value, ending = None, None
        if reply.code and not self._asker.was_cut_off:
            step, executed = await self._execute(step)
            value, error = executed.value, step.error
            if executed.answer is not None and error is None:
                ending = Ending(reason="answered", answer=executed.answer)
        else:
            ending, step = self._without_code(step, reply)
        step = replace(step, token_usage=self._asker.last_usage, seconds=perf_counter() - started)
        self._emit(
            StepFinished(
                run_id=self._id, step=number, value=value, error=step.error, seconds=step.seconds
            )
        )
        self._steps.append(step)
        self._setup.memory.add(step)
        await self._setup.after_step(step)
        return ending

    def _without_code(self, step: Step, reply: Reply) -> tuple[Ending | None, Step]:
        """A reply that cannot be run: a plain answer, or something to be mended."""
        if self._asker.was_cut_off:
            return None, _mendable(step, CUT_OFF)
        if not step.reply.strip():
            self._empty_replies += 1
            if self._empty_replies >= MAX_EMPTY_REPLIES:
                raise ModelError(
                    f"The model sent {MAX_EMPTY_REPLIES} empty replies.",
                    advice="Try again, or choose another model.",
                )
            return None, _mendable(step, EMPTY_REPLY)
        last = self._steps[-1] if self._steps else None
        after_work = last is not None and bool(last.code) and last.error is None
        if reply.thought and (self._reminded or (after_work and not reply.thought.endswith(":"))):
            bundle: Bundle = {"text/plain": reply.thought, "text/markdown": reply.thought}
            return Ending(
                reason="answered", answer=Answer(value=reply.thought, bundle=bundle)
            ), step
        self._reminded = True
        return None, _mendable(step, NO_CODE)

    async def _execute(self, step: Step) -> tuple[Step, Executed]:
        """Run a step's code and observe what it did."""
        printed: list[str] = []
        displays: list[Bundle] = []
        executed = Executed(id=0)
        setup = self._setup
        async with closing(
            setup.executor.execute(step.code, deadline_s=setup.deadline_s)
        ) as events:
            async for event in events:
                if isinstance(event, Output):
                    printed.append(event.text)
                    self._emit(
                        StepOutput(
                            run_id=self._id, step=step.number, stream=event.stream, text=event.text
                        )
                    )
                elif isinstance(event, Display):
                    displays.append(event.bundle)
                    self._emit(StepDisplay(run_id=self._id, step=step.number, bundle=event.bundle))
                else:
                    executed = event
        for info in executed.files[:MAX_FILES_PER_STEP]:
            await self._hand_over(step.number, info)
        if executed.error is not None and not executed.error.can_retry:
            raise ExecutorError(describe_error(executed.error))
        error = executed.error
        if executed.answer is not None:
            error = await setup.check_answer(executed.answer.value)
        observation = observe(
            printed="".join(printed),
            displays=displays,
            executed=replace(executed, error=error),
            hint="",
            limit=setup.observation_chars,
        )
        if self._repeats(step.code, observation):
            observation += f"\n{SAME_AGAIN}"
        return replace(step, observation=observation, error=error), executed

    def _repeats(self, code: str, observation: str) -> bool:
        """Whether the step before ran the same code to the same end."""
        last = self._steps[-1] if self._steps else None
        return (
            last is not None
            and last.code.strip() == code.strip()
            and last.observation.startswith(observation)
        )

    async def _hand_over(self, number: int, info: FileInfo) -> None:
        """Fetch a file that the code made and give it to the person."""
        if info.size_bytes > MAX_FILE_BYTES:
            self._warn(f"{info.path} is too large to be handed over ({info.size_bytes:,} bytes).")
            return
        try:
            data = await self._setup.executor.read_file(info.path)
        except FileError as error:
            self._warn(f"{info.path} could not be handed over: {error}")
            return
        self._files[info.path] = data
        self._emit_with_buffers(FileProduced(run_id=self._id, step=number, file=info), (data,))

    def _warn(self, message: str) -> None:
        self._emit(Notice(run_id=self._id, level="warning", message=message))

    async def _last_answer(self, number: int) -> Ending:
        """Steps are used up: ask once more, for the best answer in plain text."""
        self._warn(
            f"The limit of {self._setup.max_steps} steps is reached; asking for the best answer."
        )
        started = perf_counter()
        self._emit(StepStarted(run_id=self._id, step=number))
        text, reply = await self._asker.ask(number, closing=LAST_CALL)
        answer = reply.thought or text.strip()
        seconds = perf_counter() - started
        self._emit(StepFinished(run_id=self._id, step=number, seconds=seconds))
        self._setup.memory.add(
            Step(
                number=number,
                reply=text,
                code="",
                observation="",
                token_usage=self._asker.last_usage,
                seconds=seconds,
            )
        )
        return Ending(
            reason="max_steps",
            answer=Answer(value=answer, bundle={"text/plain": answer, "text/markdown": answer}),
            problem=Problem(
                kind="max_steps",
                message=f"The task was not finished within {self._setup.max_steps} steps.",
                advice="Allow more steps, or ask for a smaller part of it.",
            ),
            closing=OUT_OF_STEPS,
        )

    def _finish(self, ending: Ending, seconds: float) -> RunResult:
        output = ending.answer.value if ending.answer else None
        bundle = ending.answer.bundle if ending.answer else None
        if self._begun:
            self._setup.memory.end(output=output, closing=ending.closing)
        finished = RunFinished(
            run_id=self._id,
            success=ending.reason == "answered",
            reason=ending.reason,
            output=output,
            bundle=bundle,
            problem=ending.problem,
            token_usage=self._asker.total_usage,
            steps=len(self._steps),
            seconds=seconds,
        )
        self._emit(finished)
        return RunResult(
            output=output,
            bundle=bundle,
            steps=tuple(self._steps),
            success=finished.success,
            reason=finished.reason,
            problem=finished.problem,
            token_usage=finished.token_usage,
            timing=Timing(total_s=seconds, model_s=self._asker.seconds),
            files=self._files,
            run_id=self._id,
        )


def _mendable(step: Step, message: str) -> Step:
    """The step with what the model should do about its reply."""
    error = ErrorInfo(type="ParseError", message=message)
    return replace(step, observation=f"{LABEL}\n{message}", error=error)
