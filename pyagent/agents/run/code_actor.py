"""The steps of a ``CodeAgent``: take the code from the reply, run it, and observe what it did."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from pyagent.agents.inputs.not_given import note_on_missing
from pyagent.agents.inputs.variables import Pickled, Variables, data_note, refused
from pyagent.agents.run.actor import (
    BROKEN_CALL,
    FINAL_ANSWER,
    Actor,
    StepOutcome,
    last_words,
    unreadable,
    with_correction,
)
from pyagent.agents.run.asker import Asker, ModelReply, Question
from pyagent.agents.run.observation import (
    CUT_OFF,
    NO_CODE,
    NO_CODE_IN_JSON,
    SAME_AGAIN,
    describe_error,
    observe,
    outcome_in,
)
from pyagent.agents.run.package_questions import PackageQuestions
from pyagent.agents.run.setup import Setup
from pyagent.agents.run.sight import seen_images
from pyagent.agents.run.state import RunState
from pyagent.agents.run.tool_choice import ToolChoice
from pyagent.agents.toolbox import RESERVED
from pyagent.concurrency.streams import closing
from pyagent.errors import ExecutorError, FileError
from pyagent.executors.base import Executor
from pyagent.memory import ActionStep, Step
from pyagent.messages import ChatMessage
from pyagent.parsing.code import (
    ParsedReply,
    has_closed_block,
    literal_answer,
    parse_reply,
    parse_structured,
)
from pyagent.parsing.imports import ImportWatch
from pyagent.parsing.made_up import is_plain_answer
from pyagent.parsing.markers import spoken_text
from pyagent.parsing.unread import looks_like_call
from pyagent.prompts.small_models import after_task
from pyagent.protocol import (
    MAX_FILE_BYTES,
    Answer,
    Bundle,
    Display,
    Executed,
    FileInfo,
    FileProduced,
    Json,
    Output,
    StepDisplay,
    StepOutput,
)
from pyagent.sandbox.files import MAX_CHANGED

logger = logging.getLogger(__name__)

MAX_FILES_PER_STEP = 50
MAX_VARIABLES_PER_STEP = 50

REPLY_SCHEMA: dict[str, Json] = {
    "type": "object",
    "properties": {
        "thought": {"type": "string", "description": "What you do next, in a sentence or two."},
        "code": {"type": "string", "description": "Python, without fences."},
    },
    "required": ["thought", "code"],
    "additionalProperties": False,
}


def _first(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that a step's record keeps."""
    return dict(islice(variables.items(), MAX_VARIABLES_PER_STEP))


class CodeActor(Actor):
    """Runs code with ``executor``; each step has ``deadline_s`` seconds.

    ``variables`` are the values of the conversation, including those that another kind of agent got
    before. ``structured`` asks the model for JSON of ``REPLY_SCHEMA`` instead of a fenced block.
    ``opening_without_tools`` makes the first messages of a request that names no tools.
    """

    def __init__(
        self,
        setup: Setup,
        run: RunState,
        asker: Asker,
        *,
        executor: Executor,
        variables: Variables,
        deadline_s: float,
        structured: bool,
        opening_without_tools: Callable[[], Sequence[ChatMessage]],
    ) -> None:
        super().__init__(setup, run, asker)
        self._executor = executor
        self._variables = variables
        self._deadline_s = deadline_s
        self._told: set[str] = set()
        self._structured = structured
        self._choice: ToolChoice | None = None
        if self._is_small:
            self._choice = ToolChoice(setup, asker, opening_without_tools)
        self._specs = (*setup.toolbox.specs(), FINAL_ANSWER)
        self._names = {spec.name for spec in self._specs}

    @property
    def takes_objects(self) -> bool:
        return self._executor.takes_objects

    @property
    def taken_names(self) -> Collection[str]:
        return self._names | RESERVED - {"input"}  # code seldom needs input()

    async def begin(
        self, files: Mapping[str, bytes], variables: Mapping[str, Json], *, reset: bool
    ) -> None:
        executor, toolbox = self._executor, self._setup.toolbox
        await self._check(executor)
        if reset:
            await executor.reset()
            self._variables.clear()
        self._variables.add(variables)
        self._run.use_deadline(executor.hold_deadline)
        executor.when_lost(self._run.made_calls.sandbox_lost)
        await executor.define_tools(toolbox.stubs(), toolbox.handler(self._run, for_code=True))
        executor.guard_packages(PackageQuestions(self._setup, self._run))
        for name, data in files.items():
            await executor.write_file(name, data)
        if unsent := self._variables.unsent:
            told = {name: self._variables[name] for name in unsent}
            unsent.clear()  # before sending: a value that fails must not fail the next runs too
            await self._send_variables(told)

    async def _check(self, executor: Executor) -> None:
        """Find out whether the executor has what it needs, before a model is paid to write code."""
        if executor.is_checked:
            return
        if executor.check_waits:
            await self._setup.call_blocking(executor.check)
        else:
            executor.check()
        executor.is_checked = True

    async def _send_variables(self, told: Mapping[str, Any]) -> None:
        """Set variables in the sandbox. Raises ``AgentError`` for one that cannot be set there."""
        objects = {name: value.data for name, value in told.items() if isinstance(value, Pickled)}
        if values := {name: told[name] for name in told.keys() - objects.keys()}:
            await self._executor.set_variables(values)
        if objects:
            failed = await self._executor.set_objects(objects)
            for name, reason in failed.items():
                form = self._variables.pop(name).data_form
                if form is None:
                    raise refused(name, f"the sandbox could not load it ({reason}).")
                self._variables[name] = form
                self._run.warn(data_note(name, f"{told[name].kind} ({reason})"))
                await self._executor.set_variables({name: form})

    def take_up(self, steps: Iterable[Step]) -> None:
        taken = list(steps)
        super().take_up(taken)
        if taken and self._choice is not None:
            self._choice.is_open = False

    def after_task(self, files: Mapping[str, bytes]) -> str:
        return after_task(files) if self._is_small else ""

    async def _act(self, number: int) -> StepOutcome:
        choice = self._choice
        if choice is not None and choice.is_open:
            if (taken := await self._act_without_tools(choice, number)) is not None:
                return taken
            choice.is_open = False
        reply = await self._ask()
        parsed = self._parse(reply.text)
        if self._is_quoted(parsed):
            parsed = ParsedReply(thought=spoken_text(reply.text), code="")
        self._tell_reply(reply, thought=parsed.thought, code=parsed.code)
        step = ActionStep(number=number, reply=reply.text, code=parsed.code, carried=reply.carried)
        if reply.was_cut_off and not (parsed.code and parsed.closed):
            return StepOutcome(step=with_correction(step, CUT_OFF))
        if reply.fault and not parsed.code:
            return StepOutcome(step=unreadable(step, reply.fault))
        if not parsed.code and looks_like_call(parsed.thought, self._names):
            return StepOutcome(step=unreadable(step, BROKEN_CALL))
        if not parsed.code:
            return await self._without_action(step, parsed.thought)
        return await self._execute(step)

    async def _act_without_tools(self, choice: ToolChoice, number: int) -> StepOutcome | None:
        """Take a step of a model that is told of no tools; None if it cannot do without."""
        question = replace(self._question(), messages=choice.without_tools, channel="reasoning")
        reply = await self._asker.ask(question)
        parsed = self._parse(reply.text)
        if self._is_quoted(parsed):
            parsed = ParsedReply(thought=spoken_text(reply.text), code="")
        if reply.was_cut_off and not (parsed.code and parsed.closed):
            return None
        if parsed.code and choice.is_made_up(parsed.code):
            return None
        is_plain = not parsed.code or is_plain_answer(parsed.code)
        if is_plain and (reply.fault or await choice.helps(self.asked)):
            return None
        self._tell_reply(reply, thought=parsed.thought, code=parsed.code)
        step = ActionStep(number=number, reply=reply.text, code=parsed.code, carried=reply.carried)
        if not parsed.code:
            return await self._without_action(step, parsed.thought)
        taken = await self._execute(step)
        choice.is_open = taken.step.error is None
        return taken

    async def _ask(self) -> ModelReply:
        """Ask for a step; a small model is told at the end what to do next."""
        question = self._question()
        choice = self._choice
        if choice is None:
            return await self._asker.ask(question)
        closing = await choice.closing(self.asked, self._last)
        reply = await self._asker.ask(replace(question, closing=closing))
        if again := choice.ignored(self._parse(reply.text).code):
            reply = await self._asker.ask(replace(question, closing=again))
        return reply

    @property
    def _is_small(self) -> bool:
        return self._setup.model.prompt_style == "short"

    @property
    def _is_in_json(self) -> bool:
        """Whether replies are JSON. May change between steps, when a server refuses the schema."""
        return self._structured and self._setup.model.supports_schema

    def _question(self) -> Question:
        watch = ImportWatch(self._executor.expect).feed
        if self._is_in_json:
            return Question(schema=REPLY_SCHEMA, watch=watch)
        # A small model is slow, and seldom writes anything useful after its block.
        return Question(enough=has_closed_block if self._is_small else None, watch=watch)

    def _parse(self, text: str) -> ParsedReply:
        structured = parse_structured(text) if self._structured else None
        return structured or parse_reply(text, self._specs)

    def _is_quoted(self, parsed: ParsedReply) -> bool:
        """Whether the reply only quotes the code that just ran, and states its outcome.

        Code that calls a tool may be meant to run again, unless the outcome is stated after it.
        """
        last = self._last
        if last is None or last.error is not None or parsed.code.strip() != last.code.strip():
            return False
        outcome = outcome_in(last.observation)
        may_change = any(re.search(rf"\b{name}\(", parsed.code) for name in self._names)
        words = parsed.after if may_change else parsed.thought
        stated = re.search(rf"(?<!\w){re.escape(outcome)}(?!\w)", words)
        return bool(outcome) and stated is not None

    def _read_last(self, reply: ModelReply) -> Answer | None:
        parsed = self._parse(reply.text)
        return last_words(reply, literal_answer(parsed.code) or parsed.thought)

    def _reminder(self) -> str:
        return NO_CODE_IN_JSON if self._is_in_json else NO_CODE

    async def _execute(self, step: ActionStep) -> StepOutcome:
        """Run the code of a step and observe what it did."""
        printed, displays, executed = await self._run_code(step)
        not_handed_over = await self._hand_over(executed.files)
        error = executed.error
        step = replace(step, variables=_first(executed.variables))
        if error is not None and not error.can_retry:
            told = describe_error(error)
            return StepOutcome(
                step=replace(step, observation=told, error=error), failure=ExecutorError(told)
            )
        self._tell_once(note_on_missing(error))
        if executed.answer is not None:
            error = await self._setup.check_answer(executed.answer.value)
        observation = observe(
            code=step.code,
            printed=printed,
            displays=displays,
            executed=replace(executed, error=error),
            limit=self._setup.observation_chars,
        )
        last = [executed.value] if executed.value is not None else []
        images, notes = await seen_images([*displays, *last], self._setup)
        observation = "\n".join([observation, *notes, *not_handed_over])
        if self._repeats(step.code, observation):
            observation += f"\n{SAME_AGAIN}"
        return StepOutcome(
            step=replace(step, observation=observation, images=images, error=error),
            value=executed.value,
            answer=executed.answer if error is None else None,
        )

    def _tell_once(self, note: str) -> None:
        """Tell the person, also one who reads no events, unless they were told already."""
        if note and note not in self._told:
            self._told.add(note)
            self._run.warn(note)
            logger.warning("%s", note)

    async def _run_code(self, step: ActionStep) -> tuple[str, list[Bundle], Executed]:
        printed: list[str] = []
        displays: list[Bundle] = []
        executed = Executed(id=0)
        run = self._run
        execution = self._executor.execute(step.code, deadline_s=self._deadline_s)
        async with closing(execution) as events:
            async for event in events:
                if isinstance(event, Output):
                    printed.append(event.text)
                    output = StepOutput(
                        run_id=run.id,
                        step=step.number,
                        stream=event.stream,
                        text=event.text,
                    )
                    run.emit(output)
                elif isinstance(event, Display):
                    displays.append(event.bundle)
                    run.emit(StepDisplay(run_id=run.id, step=step.number, bundle=event.bundle))
                else:
                    executed = event
        return "".join(printed), displays, executed

    def _repeats(self, code: str, observation: str) -> bool:
        """Whether the previous step ran the same code with the same outcome."""
        last = self._last
        return (
            last is not None
            and last.code.strip() == code.strip()
            and last.observation.startswith(observation)
        )

    async def _hand_over(self, files: Sequence[FileInfo]) -> list[str]:
        """Hand the files that the code made to the person.

        Returns what the model must know of those that could not be; the person is told too.
        """
        told = []
        for info in files[:MAX_FILES_PER_STEP]:
            if problem := await self._hand_over_one(info):
                told.append(problem)
        if left := files[MAX_FILES_PER_STEP:]:
            number = f"{len(left)}{' or more' if len(files) >= MAX_CHANGED else ''}"
            told.append(
                f"{number} of the files were not handed over to the person, from "
                f"{left[0].path} on: {MAX_FILES_PER_STEP} are possible in one step. Pack many "
                "files into one, such as a zip."
            )
        for text in told:
            self._run.warn(text)
        return [f"({text})" for text in told]

    async def _hand_over_one(self, info: FileInfo) -> str:
        """Hand over a file. Returns why that is not possible; empty if it was."""
        if info.size_bytes > MAX_FILE_BYTES:
            return (
                f"{info.path} is too large to be handed over to the person ({info.size_bytes:,} "
                f"bytes; {MAX_FILE_BYTES:,} are possible)."
            )
        run = self._run
        files, step = run.bounds.files, run.bounds.step
        if refusal := files.refusal(info.size_bytes, step):
            return f"{info.path} was not handed over to the person: {refusal}."
        try:
            data = await self._executor.read_file(info.path)
        except FileError as error:
            return f"{info.path} could not be handed over to the person: {error}"
        except MemoryError:
            return f"{info.path} was not handed over to the person: there is no memory for it."
        refusal = files.refusal(len(data), step)  # the sandbox may have told another size
        files.count(len(data), step)
        if refusal:
            return f"{info.path} was not handed over to the person: {refusal}."
        self.files[info.path] = data
        run.emit(FileProduced(run_id=run.id, step=run.step, file=info), (data,))
        return ""
