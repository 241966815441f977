"""The loop of a run: plan, take steps, observe, until there is an answer or another end.

The agent makes one ``RunLoop`` for each task. It makes plans by ``planning_interval``, stops at
``max_steps`` or at a limit, writes the memory, and emits the protocol's events. An actor takes the
steps. The loop knows nothing of threads or platforms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TypeAlias

from pyagent.agents.inputs.files import TaskFiles, file_info, file_notes
from pyagent.agents.inputs.images import has_images
from pyagent.agents.inputs.variables import read_variables
from pyagent.agents.result import RunResult, Timing
from pyagent.agents.run.actor import Actor
from pyagent.agents.run.asker import Asker
from pyagent.agents.run.beginning import (
    asked_for,
    check_steps,
    read_inputs,
    task_message,
    unknown_price,
)
from pyagent.agents.run.ending import Ending, at_limit, end_soon, fault, left_behind, stopped
from pyagent.agents.run.limits import Budget
from pyagent.agents.run.observation import FAILED, OUT_OF_STEPS
from pyagent.agents.run.reader import Reader
from pyagent.agents.run.resuming.interruption import give_up, interruption_note, tell_at_end
from pyagent.agents.run.resuming.made_calls import MadeCalls
from pyagent.agents.run.resuming.progress import UnfinishedRun
from pyagent.agents.run.setup import Setup, Task
from pyagent.agents.run.slot import RunOutcome
from pyagent.agents.run.state import Emit, RunState
from pyagent.concurrency.sleeps import on_sleep
from pyagent.errors import AgentError, MaxStepsError, ModelError, TimeLimitError
from pyagent.memory import ActionStep, PlanningStep, Step
from pyagent.messages import Image
from pyagent.parsing.markers import spoken_text
from pyagent.prompts import planning_prompt
from pyagent.protocol import (
    Answer,
    CallMade,
    FileInfo,
    Planned,
    RunFinished,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
    TokenUsage,
)
from pyagent.texts import counted

MakeActor: TypeAlias = Callable[[Setup, RunState, Asker], Actor]


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
        above_pause = caller.pause if caller is not None else None
        pause = reader.wait if reader is not None else above_pause
        bounds = caller.bounds if caller is not None else setup.toolbox.bounds
        self._run = RunState(run_id, emit, budget, pause=pause, bounds=bounds)
        self._resumed = setup.progress.unfinished if task.resume else None
        above = caller.made_calls if caller is not None else None
        self._run.made_calls = MadeCalls(self._calls_before(), above)
        if (before := self._resumed) is not None:
            self._run.take_up(before.seconds, last_call_id=before.last_call_id)
            budget.take_up(
                before.token_usage, known_cost_usd=before.known_cost_usd, seconds=before.seconds
            )
        self._reader = reader
        self._asker = Asker(self._run, setup)
        self._actor = make_actor(setup, self._run, self._asker)
        self._begun = False
        self._steps: list[Step] = []
        self._done = 0
        """The last action that ended."""
        self._recorded = 0
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
        if self._resumed is None:
            await self._begin()
        else:
            await self._take_up(self._resumed)
        await self._setup.progress.tell()
        if self._given is not None:
            return Ending(reason="answered", answer=self._given)
        for number in range(self._done + 1, self._setup.max_steps + 1):
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
            check_steps(setup.max_steps)
            variables = read_variables(
                task.variables, objects=self._actor.takes_objects, taken=self._actor.taken_names
            )
            # A thread costs as much as the rest of a short run.
            if task.files or has_images(task.images):
                files, images = await setup.call_blocking(partial(read_inputs, task))
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
        give_up(setup.progress, setup.memory)
        self._run.bounds.outward.note_files(files)
        self._actor.asked = asked_for(setup, task.text)
        await self._actor.begin(files, variables, reset=task.reset)
        write = partial(task_message, setup, task.text, files, variables, self._actor)
        setup.memory.begin(await setup.call_blocking(write) if files else write(), images)
        self._begun = True
        self._note_progress()
        self._warn(unknown_price(setup, self._run.budget), *variables.notes(), *file_notes(files))

    async def _take_up(self, before: UnfinishedRun) -> None:
        """Go on with a run that was interrupted, which the memory ends with."""
        memory, calls = self._setup.memory, self._calls_before()
        self._run.emit(RunResumed(run_id=self.id, step=before.step, lost=dict(before.lost)))
        self._begun = True
        self._task = replace(self._task, text=before.task)
        self._done, self._recorded, self._given = before.step, before.recorded, before.answer
        self._actor.asked = before.asked
        await self._actor.begin({}, {}, reset=False)
        note = interruption_note(before.step, calls, before.lost)
        if before.answer is None:
            tell_at_end(memory, note, before=before.note)
        self._steps = list(memory.interactions[-1].steps)
        self._actor.take_up(self._steps)
        self._note_progress(note)

    def _calls_before(self) -> list[CallMade]:
        """The calls that were made before an interruption."""
        return [*(self._resumed.calls if self._resumed else ()), *self._task.calls]

    def _warn(self, *texts: str) -> None:
        for text in filter(None, texts):
            self._run.warn(text)

    def _started(self, files: list[FileInfo] | None = None) -> None:
        self._run.emit(
            RunStarted(
                run_id=self.id,
                task=self._task.text,
                files=files or [],
                agent=self._setup.agent_name,
                model=self._setup.model.model_id,
            )
        )

    # --- steps ---------------------------------------------------------------------------------

    def _is_plan_due(self, number: int) -> bool:
        interval = self._setup.planning_interval
        last = self._steps[-1] if self._steps else None
        is_made = isinstance(last, PlanningStep) and last.number == number
        return interval is not None and (number - 1) % interval == 0 and not is_made

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
        finished = StepFinished(
            run_id=self.id,
            step=number,
            value=taken.value,
            variables=dict(step.variables),
            error=step.error,
            seconds=step.seconds,
        )
        self._run.emit(finished)
        self._given = taken.answer  # stays, even if a callback fails
        await self._record(step)
        if taken.failure is not None:
            return Ending(reason="error", error=taken.failure, closing=FAILED)
        return Ending(reason="answered", answer=taken.answer) if taken.answer else None

    def _begin_step(self, number: int, *, is_last_answer: bool = False) -> float:
        self._run.enter_step(number)
        self._asker.step_usage = TokenUsage()
        self._run.emit(StepStarted(run_id=self.id, step=number, is_last_answer=is_last_answer))
        return perf_counter()

    async def _record(self, step: Step) -> None:
        self._steps.append(step)
        self._recorded += 1
        self._setup.memory.add(step)
        if isinstance(step, ActionStep):
            self._done = step.number
            self._run.made_calls.step_ended(step)
        self._note_progress()
        self._steps[-1] = await self._setup.after_step(step)
        self._run.check_is_on()
        if self._reader is not None:
            self._reader.record(self._steps[-1])
        await self._setup.progress.tell()

    def _note_progress(self, note: str = "") -> None:
        """Note how far the run has come, for a process that may have to go on with it."""
        run, before = self._run, self._resumed
        model_seconds = self._asker.seconds + (before.model_seconds if before else 0.0)
        self._setup.progress.unfinished = UnfinishedRun(
            run_id=self.id,
            task=self._task.text,
            asked=self._actor.asked,
            max_steps=self._task.max_steps,
            step=self._done,
            recorded=self._recorded,
            token_usage=run.budget.usage,
            known_cost_usd=run.budget.known_cost_usd,
            seconds=run.budget.seconds,
            model_seconds=model_seconds,
            answer=self._given,
            note=note,
            calls=run.made_calls.left,
            last_call_id=run.last_call_id,
        )

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
            self._setup.progress.unfinished = None
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
            steps=self._recorded,
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
