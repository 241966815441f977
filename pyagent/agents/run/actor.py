"""``Actor`` takes the steps of a run; each kind of agent has its own kind of actor.

The run loop calls ``begin`` once and ``act`` for each step. An actor asks the model, acts on the
reply, and returns what came of it. It does not write the memory. ``code_actor.py`` runs code,
``tool_actor.py`` calls tools; what they share is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pyagent.agents.run.asker import Asker, ModelReply, Question
from pyagent.agents.run.failures import RepeatedFailures
from pyagent.agents.run.observation import (
    ANNOUNCED,
    EMPTY_REPLY,
    LAST_CALL,
    MISREAD,
    describe_error,
)
from pyagent.agents.run.setup import Setup
from pyagent.agents.run.state import RunState
from pyagent.errors import AgentError, ModelError
from pyagent.memory import OBSERVATION, ActionStep, Step
from pyagent.messages import ToolSpec
from pyagent.parsing.markers import spoken_text, unclosed_thought
from pyagent.parsing.plans import announces_step
from pyagent.protocol import Answer, Bundle, ErrorInfo, Json, ModelReplied
from pyagent.texts import as_text

MAX_EMPTY_REPLIES = 3
BROKEN_CALL = "what looks like a call in it has a mistake"

FINAL_ANSWER = ToolSpec(
    name="final_answer",
    description="Give the answer to the task and stop.",
    parameters={
        "type": "object",
        "properties": {
            "answer": {"description": "The answer: a sentence, a number, a list. May be Markdown."}
        },
        "required": ["answer"],
    },
)


@dataclass(frozen=True, kw_only=True)
class StepOutcome:
    """What a step came to."""

    step: ActionStep
    value: Bundle | None = None
    """The value of the step's code, to be shown to the person."""
    answer: Answer | None = None
    """The final answer, if the step gave one. It ends the run."""
    failure: AgentError | None = None
    """Why the run must end after this step without an answer."""


class Actor(ABC):
    """Takes the steps of one run."""

    def __init__(self, setup: Setup, run: RunState, asker: Asker) -> None:
        self._setup = setup
        self._run = run
        self._asker = asker
        self._last: ActionStep | None = None
        self._reminded = False
        self._empty_replies = 0
        self._failures = RepeatedFailures()
        self.asked = ""
        """What the person asked for. The run loop sets it before ``begin``."""
        self.files: dict[str, bytes] = {}
        """The latest version of each file that the run made or changed."""

    @property
    def takes_objects(self) -> bool:
        """Whether values that come with a task may be any objects that can be pickled."""
        return False

    @property
    def taken_names(self) -> Collection[str] | None:
        """The names that no value may have; None if values are no variables of code."""
        return None

    @abstractmethod
    async def begin(
        self, files: Mapping[str, bytes], variables: Mapping[str, Json], *, reset: bool
    ) -> None:
        """Prepare for the first step."""

    def take_up(self, steps: Iterable[Step]) -> None:
        """Go on after these steps of an interrupted run, in place of steps of one's own."""
        for step in steps:
            if isinstance(step, ActionStep):
                self._failures.note(step)
                self._last = step
        last = self._last
        self._reminded = last is not None and not (last.code or last.tool_uses)

    def after_task(self, files: Mapping[str, bytes]) -> str:
        """What the model is told after a task that comes with ``files``; empty for nothing."""
        return ""

    async def act(self, number: int) -> StepOutcome:
        """Take a step. Raises an ``AgentError`` that ends the run."""
        taken = await self._act(number)
        step, failure = self._failures.note(taken.step)
        taken = replace(taken, step=step, failure=taken.failure or failure)
        self._last = step
        if step.code or step.tool_uses:
            self._reminded, self._empty_replies = False, 0
        return taken

    async def last_answer(self, number: int) -> tuple[ActionStep, Answer | None]:
        """Ask once more when the steps are used up, for the best answer in plain text."""
        reply = await self._asker.ask(self._question_beside(closing=LAST_CALL))
        answer = self._read_last(reply)
        said = as_text(answer.value) if answer else ""
        self._tell_reply(reply, thought=said)
        step = ActionStep(number=number, reply=reply.text or said, carried=reply.carried)
        return step, answer

    def plan_question(self, asked: str) -> Question:
        """The question that asks for a plan, with the text ``asked``."""
        return replace(self._question_beside(closing=asked), channel="plan")

    @abstractmethod
    async def _act(self, number: int) -> StepOutcome:
        """Take a step."""

    @abstractmethod
    def _read_last(self, reply: ModelReply) -> Answer | None:
        """The answer in the reply that ``last_answer`` got, or else the words of that reply."""

    @abstractmethod
    def _reminder(self) -> str:
        """What the model is told after a reply that neither acted nor answered."""

    def _question_beside(self, *, closing: str) -> Question:
        """A question about something other than the next step."""
        return Question(closing=closing)

    def _tell_reply(self, reply: ModelReply, *, thought: str, code: str = "") -> None:
        self._run.emit(
            ModelReplied(
                run_id=self._run.id,
                step=self._run.step,
                thought=thought,
                code=code,
                token_usage=self._asker.step_usage,
                seconds=reply.seconds,
            )
        )

    async def _without_action(
        self, step: ActionStep, said: str, *, at_once: bool = False
    ) -> StepOutcome:
        """Take a reply that does nothing as an answer in plain text, or have the model correct it.

        It is an answer if ``at_once`` is true, after a step that went well, or when the model was
        reminded before. A text that ends by announcing the next step never is, and neither is a
        plan, unless the task asks for one.
        """
        if not step.reply.strip():
            self._empty_replies += 1
            if self._empty_replies >= MAX_EMPTY_REPLIES:
                failure = ModelError(
                    f"The model sent {MAX_EMPTY_REPLIES} empty replies.",
                    advice="Try again, or choose another model.",
                )
                return StepOutcome(step=with_correction(step, EMPTY_REPLY), failure=failure)
            return StepOutcome(step=with_correction(step, EMPTY_REPLY))
        worked = self._last is not None and bool(self._last.code or self._last.tool_uses)
        after_work = worked and self._last is not None and self._last.error is None
        announced = announces_step(said, self.asked)
        if said and not announced and (self._reminded or at_once or after_work):
            return await self._checked(step, text_answer(said))
        message = ANNOUNCED if announced and self._reminded else self._reminder()
        self._reminded = True
        return StepOutcome(step=with_correction(step, message))

    async def _checked(self, step: ActionStep, answer: Answer) -> StepOutcome:
        """End the run with this answer, unless one of the agent's checks refuses it."""
        error = await self._setup.check_answer(answer.value)
        if error is None:
            return StepOutcome(step=step, answer=answer)
        self._reminded = True  # the model meant to answer: accept its next plain text
        refused = f"{step.observation or OBSERVATION}\n{describe_error(error)}"
        return StepOutcome(step=replace(step, observation=refused, error=error))


def text_answer(text: str) -> Answer:
    """An answer in plain text."""
    return Answer(value=text, bundle={"text/plain": text, "text/markdown": text})


def last_words(reply: ModelReply, said: str) -> Answer | None:
    """What a reply says, ``said`` if there is any, as an answer; None if it says nothing."""
    text = said or spoken_text(reply.text) or unclosed_thought(reply.text)
    return text_answer(text) if text else None


def unreadable(step: ActionStep, fault: str) -> ActionStep:
    """The step of a reply that neither the provider nor we could read."""
    told = f"The model's reply could not be read, so nothing was done ({fault})."
    return with_correction(step, MISREAD.format(fault=fault), told=told)


def with_correction(step: ActionStep, message: str, *, told: str = "") -> ActionStep:
    """The step with an observation that tells the model how to correct its reply.

    ``told`` is what the person reads about it; by default, the first sentence of ``message``, which
    says what was wrong with "your reply".
    """
    if not told:
        fault, _, _ = message.replace("Your reply", "The model's reply", 1).partition(". ")
        told = f"{fault.rstrip('.')}."
    error = ErrorInfo(type="ParseError", message=told)
    return replace(step, observation=f"{OBSERVATION}\n{message}", error=error)
