"""Taking a step: what the kinds of agents do differently, and what they share.

The run loop calls ``begin`` once and ``act`` for each step. An actor asks the model, acts on the
reply, and says what came of it; it writes no memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyagent.agents.run.asker import Asker, ModelReply, Question
from pyagent.agents.run.observation import EMPTY_REPLY, LABEL, LAST_CALL, MISREAD, describe_error
from pyagent.agents.run.setup import Setup
from pyagent.agents.run.state import RunState
from pyagent.errors import ModelError
from pyagent.memory import ActionStep
from pyagent.parsing.markers import spoken_text, unclosed_thought
from pyagent.protocol import Answer, Bundle, ErrorInfo, Json, ModelReplied

MAX_EMPTY_REPLIES = 3


@dataclass(frozen=True, kw_only=True)
class StepOutcome:
    """A step that was taken."""

    step: ActionStep
    value: Bundle | None = None
    """What the step came to, for a person."""
    answer: Answer | None = None
    """Set when it ends the run."""


class Actor(ABC):
    """Takes the steps of one run."""

    def __init__(self, setup: Setup, run: RunState, asker: Asker) -> None:
        self._setup = setup
        self._run = run
        self._asker = asker
        self._last: ActionStep | None = None
        self._reminded = False
        self._empty_replies = 0
        self.files: dict[str, bytes] = {}
        """Files that the run made or changed, in their last version."""

    @abstractmethod
    async def begin(
        self, files: Mapping[str, bytes], variables: Mapping[str, Json], *, reset: bool
    ) -> None:
        """Get ready for the first step."""

    def beside_task(self, files: Iterable[str]) -> str:
        """What the model reads after a task that comes with these files."""
        return ""

    async def act(self, number: int) -> StepOutcome:
        """Take a step. Raises an ``AgentError`` that ends the run."""
        taken = await self._act(number)
        self._last = step = taken.step
        if step.code or step.tool_uses:
            self._reminded, self._empty_replies = False, 0
        return taken

    async def last_answer(self, number: int) -> tuple[ActionStep, Answer | None]:
        """Steps are used up: ask once more, for the best answer in plain text."""
        reply = await self._asker.ask(self._question_beside(closing=LAST_CALL))
        said = self._read_last(reply) or spoken_text(reply.text) or unclosed_thought(reply.text)
        self._tell_reply(reply, thought=said)
        step = ActionStep(number=number, reply=reply.text or said, carried=reply.carried)
        return step, text_answer(said) if said else None

    def plan_question(self, asked: str) -> Question:
        """How a plan is asked for."""
        return replace(self._question_beside(closing=asked), channel="plan")

    @abstractmethod
    async def _act(self, number: int) -> StepOutcome:
        """Take a step."""

    @abstractmethod
    def _read_last(self, reply: ModelReply) -> str:
        """The answer in the reply to ``last_answer``'s question, or else the words in it."""

    @abstractmethod
    def _reminder(self) -> str:
        """What a model reads that neither acted nor answered."""

    def _question_beside(self, *, closing: str) -> Question:
        """Something else than the next step is asked."""
        return Question(closing=closing)

    def _tell_reply(self, reply: ModelReply, *, thought: str, code: str = "") -> None:
        self._run.emit(
            ModelReplied(
                run_id=self._run.id,
                step=self._run.step,
                thought=thought,
                code=code,
                token_usage=reply.token_usage,
                seconds=reply.seconds,
            )
        )

    async def _without_action(
        self, step: ActionStep, said: str, *, at_once: bool = False
    ) -> StepOutcome:
        """A reply that does nothing: an answer in plain text, or something to be mended.

        It counts as an answer ``at_once``, after work that went well, or when the model insists.
        """
        if not step.reply.strip():
            self._empty_replies += 1
            if self._empty_replies >= MAX_EMPTY_REPLIES:
                raise ModelError(
                    f"The model sent {MAX_EMPTY_REPLIES} empty replies.",
                    advice="Try again, or choose another model.",
                )
            return StepOutcome(step=with_correction(step, EMPTY_REPLY))
        worked = self._last is not None and bool(self._last.code or self._last.tool_uses)
        after_work = worked and self._last is not None and self._last.error is None
        if said and (self._reminded or at_once or (after_work and not said.endswith(":"))):
            return await self._checked(step, text_answer(said))
        self._reminded = True
        return StepOutcome(step=with_correction(step, self._reminder()))

    async def _checked(self, step: ActionStep, answer: Answer) -> StepOutcome:
        """The step with this answer, unless one of the agent's checks refuses it."""
        error = await self._setup.check_answer(answer.value)
        if error is None:
            return StepOutcome(step=step, answer=answer)
        self._reminded = True  # that it was an answer is clear, and so it is of the next
        refused = f"{step.observation or LABEL}\n{describe_error(error)}"
        return StepOutcome(step=replace(step, observation=refused, error=error))


def text_answer(text: str) -> Answer:
    """An answer in plain text."""
    return Answer(value=text, bundle={"text/plain": text, "text/markdown": text})


def unreadable(step: ActionStep, fault: str) -> ActionStep:
    """The step of a reply that the provider could not read, and we neither."""
    return with_correction(step, MISREAD.format(fault=fault))


def with_correction(step: ActionStep, message: str) -> ActionStep:
    """The step with what the model should do about its reply."""
    error = ErrorInfo(type="ParseError", message=message)
    return replace(step, observation=f"{LABEL}\n{message}", error=error)
