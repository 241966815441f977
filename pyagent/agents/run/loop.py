"""The loop of a run: plan, take steps, observe, until there is an answer or another end.

The agent makes one ``RunLoop`` for each task. It makes plans by ``planning_interval``, stops at
``max_steps`` or at a limit, writes the memory, and emits the protocol's events. An actor takes the
steps. The loop knows nothing of threads or platforms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TypeAlias

from pyagent.agents.inputs.files import (
    TaskFiles,
    file_info,
    file_notes,
    introduce_files,
    read_files,
)
from pyagent.agents.inputs.images import has_images, read_images
from pyagent.agents.inputs.variables import read_variables
from pyagent.agents.result import RunResult, Timing
from pyagent.agents.run.actor import Actor
from pyagent.agents.run.asker import Asker
from pyagent.agents.run.ending import Ending, at_limit, end_soon, fault, left_behind, stopped
from pyagent.agents.run.limits import Budget
from pyagent.agents.run.observation import (
    FAILED,
    OUT_OF_STEPS,
    introduce_variables,
)
from pyagent.agents.run.reader import Reader
from pyagent.agents.run.setup import Setup, Task
from pyagent.agents.run.slot import RunOutcome
from pyagent.agents.run.state import Emit, RunState
from pyagent.concurrency.sleeps import on_sleep
from pyagent.errors import (
    AgentError,
    MaxStepsError,
    ModelError,
    TimeLimitError,
)
from pyagent.memory import TASK, PlanningStep, Step
from pyagent.messages import Image
from pyagent.parsing.markers import spoken_text
from pyagent.prompts import planning_prompt
from pyagent.protocol import (
    Answer,
    FileInfo,
    Json,
    Planned,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    TokenUsage,
)
from pyagent.texts import counted

MakeActor: TypeAlias = Callable[[Setup, RunState, Asker], Actor]


_SHORT_TASK = 80
"""A task of so few characters, such as "Shorter, please.", may go on with the one before."""


class RunLoop:
    """Drives one run, which may be part of its caller's run. ``drive`` may be called once."""

    def __init__(
        self,
        run_id: str,
        task: Task,
        setup: Setup,
        make_actor: MakeActor,
        emit: Emit,
        caller: RunState | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.id = run_id
        self._task = task
        self._setup = setup
        budget = Budget(setup.limits, caller.budget if caller is not None else None)
        above = caller.pause if caller is not None else None
        pause = reader.wait if reader is not None else above
        self._run = RunState(run_id, emit, budget, pause)
        self._reader = reader
        self._asker = Asker(self._run, setup)
        self._actor = make_actor(setup, self._run, self._asker)
        self._begun = False
        self._steps: list[Step] = []
        self._given: Answer | None = None

    async def drive(self) -> RunOutcome:
        """Take the run to its end, whatever that is. Cancelling the task is one way to end it.

        A model or a hook that ignores that is left behind, and can change nothing any more.
        """
        run, solving = self._run, asyncio.create_task(self._ended())
        try:
            await asyncio.wait([solving])
        except asyncio.CancelledError:
            await end_soon(solving)
        ending = solving.result() if solving.done() else left_behind(run.warn)
        await run.wait_for_calls()
        return RunOutcome(result=self._finish(ending), raised=run.to_raise)

    async def _ended(self) -> Ending:
        run, budget = self._run, self._run.budget
        run.drive_here()
        try:
            with on_sleep(budget.slept):
                async with budget.timeout():
                    return await self._solve()
        except asyncio.CancelledError:
            budget.forget_timeout()  # its own timeout would have raised TimeoutError
            late = budget.time_is_up
            return at_limit(late, TimeLimitError) if late else stopped()
        except TimeoutError as error:
            late = budget.time_is_up
            return at_limit(late, TimeLimitError) if late else fault(error)
        except AgentError as error:
            return Ending(reason="error", error=error, closing=FAILED)
        except Exception as error:
            return fault(error)
        except GeneratorExit:
            raise  # the event loop is gone
        except BaseException as error:
            run.raise_in_caller(error)
            return stopped()

    async def _solve(self) -> Ending:
        await self._begin()
        for number in range(1, self._setup.max_steps + 1):
            if self._is_plan_due(number) and not self._run.budget.limit_reached:
                await self._run.pause()
                await self._plan(number)
            await self._run.pause()
            if limit := self._run.budget.limit_reached:
                return at_limit(limit)
            ending = await self._step(number)
            if ending is not None:
                return ending
        await self._run.pause()
        if limit := self._run.budget.limit_reached:
            return at_limit(limit)
        return await self._last_answer(self._setup.max_steps + 1)

    # --- beginning -----------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Read the inputs, prepare the actor, and put the task into the memory."""
        setup, task = self._setup, self._task
        files = TaskFiles()
        images: tuple[Image, ...] = ()
        try:
            _check_steps(setup.max_steps)
            variables = read_variables(
                task.variables, objects=self._actor.takes_objects, taken=self._actor.taken_names
            )
            # A thread costs as much as the rest of a short run.
            if task.files or has_images(task.images):
                files, images = await setup.call_blocking(partial(_read_inputs, task))
        except BaseException:
            self._started()
            raise
        self._started([file_info(name, data) for name, data in files.items()])
        if images and not setup.model.supports_images:
            raise AgentError(
                f"The model {setup.model.model_id} cannot see images.",
                advice="Choose one that can, or give the image as a file for the code to read.",
                kind="no_images",
            )
        if task.reset:
            setup.memory.clear()
            setup.toolbox.reset()
        self._actor.asked = self._asked()
        await self._actor.begin(files, variables, reset=task.reset)
        write = partial(self._task_message, files, variables)
        setup.memory.begin(await setup.call_blocking(write) if files else write(), images)
        self._begun = True
        self._warn_of_unknown_price()
        for text in variables.notes() + file_notes(files):
            self._run.warn(text)

    def _started(self, files: list[FileInfo] | None = None) -> None:
        self._run.emit(
            RunStarted(
                run_id=self.id,
                task=self._task.text,
                files=files or [],
                agent=self._setup.agent_name,
            )
        )

    def _asked(self) -> str:
        """The task, and what was asked before it if it is too short to stand alone."""
        text, before = self._task.text, self._setup.memory.interactions
        if not before or len(text) > _SHORT_TASK:
            return text
        asked = before[-1].task.removeprefix(self._setup.before_task)
        first, _, _ = asked.removeprefix(f"{TASK} ").partition("\n\n")
        return f"{first}\n{text}"

    def _task_message(self, files: TaskFiles, variables: Mapping[str, Json]) -> str:
        """The task as the model reads it."""
        parts = [f"{self._setup.before_task}{TASK} {self._task.text.strip()}"]
        if files:
            parts.append(introduce_files(files, lines=self._setup.preview_lines))
            parts += self._setup.toolbox.receive_files(files)
        if variables:
            parts.append(introduce_variables(variables))
        if after := self._actor.after_task(files):
            parts.append(after)
        return "\n\n".join(parts)

    def _warn_of_unknown_price(self) -> None:
        if self._run.budget.has_cost_limit and (unpriced := self._setup.model.unpriced):
            self._run.warn(
                f"No price is known for {' and '.join(unpriced)}, so its cost is limited only "
                "if the provider reports it."
            )

    # --- steps ---------------------------------------------------------------------------------

    def _is_plan_due(self, number: int) -> bool:
        interval = self._setup.planning_interval
        return interval is not None and (number - 1) % interval == 0

    async def _plan(self, number: int) -> None:
        started = perf_counter()
        self._run.enter_step(number)
        left = self._setup.max_steps - number + 1
        asked = planning_prompt(again=number > 1, left=left)
        reply = await self._asker.ask(self._actor.plan_question(asked))
        seconds = perf_counter() - started
        plan = spoken_text(reply.text)
        if not plan:
            return
        self._run.emit(
            Planned(
                run_id=self.id,
                step=number,
                plan=plan,
                token_usage=reply.token_usage,
                seconds=seconds,
            )
        )
        await self._record(
            PlanningStep(
                number=number,
                asked=asked,
                plan=plan,
                token_usage=reply.token_usage,
                seconds=seconds,
            )
        )

    async def _step(self, number: int) -> Ending | None:
        """Take one step. Returns the ending when it was the last step."""
        started = self._begin_step(number)
        taken = await self._actor.act(number)
        step = replace(
            taken.step, token_usage=self._asker.step_usage, seconds=perf_counter() - started
        )
        self._run.emit(
            StepFinished(
                run_id=self.id,
                step=number,
                value=taken.value,
                error=step.error,
                seconds=step.seconds,
            )
        )
        self._given = taken.answer  # stays, even if a callback fails
        await self._record(step)
        if taken.failure is not None:
            return Ending(reason="error", error=taken.failure, closing=FAILED)
        return Ending(reason="answered", answer=taken.answer) if taken.answer else None

    def _begin_step(self, number: int, *, is_last_answer: bool = False) -> float:
        self._run.enter_step(number)
        self._asker.step_usage = TokenUsage()
        started = StepStarted(run_id=self.id, step=number, is_last_answer=is_last_answer)
        self._run.emit(started)
        return perf_counter()

    async def _record(self, step: Step) -> None:
        self._steps.append(step)
        self._setup.memory.add(step)
        self._steps[-1] = await self._setup.after_step(step)
        self._run.check_is_on()
        if self._reader is not None:
            self._reader.record(self._steps[-1])

    # --- ends ----------------------------------------------------------------------------------

    async def _last_answer(self, number: int) -> Ending:
        """Ask once more when the steps are used up, for the best answer in plain text."""
        allowed = counted(self._setup.max_steps, "step")
        self._run.warn(f"The limit of {allowed} is reached; asking for the best answer.")
        started = self._begin_step(number, is_last_answer=True)
        step, answer, failed = None, None, ""
        try:
            step, answer = await self._actor.last_answer(number)
        except ModelError as error:
            failed = f" Asking for the best answer failed: {error.message}"
        seconds = perf_counter() - started
        self._run.emit(StepFinished(run_id=self.id, step=number, seconds=seconds))
        if step is not None:
            usage = self._asker.step_usage
            self._setup.memory.add(replace(step, token_usage=usage, seconds=seconds))
        return Ending(
            reason="max_steps",
            answer=answer,
            error=MaxStepsError(
                f"The task was not finished within {allowed}.{failed}",
                advice="Allow more steps, or ask for a smaller part of it.",
            ),
            closing=OUT_OF_STEPS,
        )

    def _finish(self, ending: Ending) -> RunResult:
        answer = ending.answer or self._given
        output = answer.value if answer else None
        bundle = answer.bundle if answer else None
        if self._begun:
            self._setup.memory.end(output=output, closing=ending.closing)
        seconds = self._run.seconds
        finished = RunFinished(
            run_id=self.id,
            success=ending.reason == "answered",
            reason=ending.reason,
            output=output,
            bundle=bundle,
            problem=ending.problem,
            token_usage=self._run.budget.usage,
            steps=len(self._steps),
            seconds=seconds,
        )
        self._run.emit(finished)
        self._run.is_over = True
        return RunResult(
            output=output,
            bundle=bundle,
            steps=tuple(self._steps),
            success=finished.success,
            reason=finished.reason,
            problem=finished.problem,
            error=ending.error,
            token_usage=finished.token_usage,
            timing=Timing(total_s=seconds, model_s=self._asker.seconds),
            files=self._actor.files,
            run_id=self.id,
            task=self._task.text,
            agent=self._setup.agent_name,
            children=tuple(self._run.children),
            warnings=tuple(self._run.warnings),
        )


def _read_inputs(task: Task) -> tuple[TaskFiles, tuple[Image, ...]]:
    return read_files(task.files), read_images(task.images)


def _check_steps(max_steps: object) -> None:
    if not isinstance(max_steps, int):  # an attribute of the agent, which anybody may set
        raise AgentError(f"max_steps must be a number, not {max_steps!r:.60}.", kind="bad_argument")
    if max_steps < 0:
        raise AgentError(f"max_steps must be at least 0, not {max_steps}.", kind="bad_argument")
