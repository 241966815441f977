"""What an agent remembers: interactions and their steps in a ring, and how a model reads them.

The agent's run loop writes it; final answer checks and step callbacks read it. It knows nothing
about models beyond ``ChatMessage``.

A step adds two messages, and messages that were sent never change, so cost is linear and
providers' prompt caches hit. The prefix changes only when the ring drops its oldest interaction,
or when ``shorten`` or ``condense`` make room because a context would overflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NoReturn, TypeAlias

from pyagent.messages import ChatMessage, Image, ToolUse
from pyagent.other_names import MEMORY_ATTRIBUTES, STEP_ATTRIBUTES, Explained, Steps, replaced_only
from pyagent.protocol import ErrorInfo, Json, TokenUsage
from pyagent.texts import cut_middle
from pyagent.wire import from_data, to_data

SHORTENED_CHARS = 300
MAX_IMAGES = 20
"""The most images of steps that a model sees. Some providers take no more in a request."""
MAX_IMAGE_BYTES = 12 * 1024 * 1024
"""The most bytes that these images may have. Providers take requests of 20 to 32 MB."""
IMAGE_CHARS = 4_000
"""The characters that take about as many tokens as an image."""
NO_LONGER_SHOWN = "(An image was here. It is no longer shown to you.)"
TASK = "Task:"
"""The start of each task."""
OBSERVATION = "Observation:"
"""The start of what the model reads after a step."""
CARRY_OUT = "Now carry out the plan."
"""The text after a plan, so that the model does not wait for permission."""


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """The result of one tool use."""

    tool_use_id: str
    text: str
    """The result as the model reads it."""
    error: ErrorInfo | None = None
    images: tuple[Image, ...] = ()
    """The images in the result that the model sees."""


@replaced_only
@dataclass(frozen=True, kw_only=True)
class ActionStep(Explained):
    """One reply of the model, and the result of acting on it."""

    other_attributes = STEP_ATTRIBUTES
    type: Literal["action"] = "action"
    number: int
    """Counts from 1 within an interaction."""
    reply: str
    code: str = ""
    tool_uses: tuple[ToolUse, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    """One for each of ``tool_uses``. Calls that were read from text have it in the observation."""
    observation: str = ""
    """What came of the reply, as the model reads it."""
    images: tuple[Image, ...] = ()
    """What the model sees with the observation: images that code showed, or that a callback added.
    Those of ``tool_results`` are there."""
    variables: Mapping[str, str] = field(default_factory=dict)  # name set by the code → short text
    error: ErrorInfo | None = None
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0
    carried: Mapping[str, Json] = field(default_factory=dict, repr=False)
    """See ``ChatMessage.carried``."""


@replaced_only
@dataclass(frozen=True, kw_only=True)
class PlanningStep(Explained):
    """A plan that the model made."""

    other_attributes = STEP_ATTRIBUTES
    type: Literal["planning"] = "planning"
    number: int
    """The number of the action that follows."""
    asked: str
    """The text that asked for the plan."""
    plan: str
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0


@replaced_only
@dataclass(frozen=True, kw_only=True)
class SummaryStep(Explained):
    """Replaces what is no longer shown to the model: the oldest steps in memory."""

    other_attributes = STEP_ATTRIBUTES
    type: Literal["summary"] = "summary"
    text: str
    """What the model reads after the task: what is missing, and a summary if there is one."""
    steps: int
    """How many steps it replaces."""
    interactions: int = 0
    """How many whole interactions it replaces, besides steps of its own interaction."""
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0


Step: TypeAlias = ActionStep | PlanningStep | SummaryStep


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """A task and the steps that were taken to solve it."""

    task: str
    """The task as the model reads it, with what it must know about files and variables."""
    images: tuple[Image, ...] = ()
    steps: tuple[Step, ...] = ()
    output: Json = None
    closing: str = ""
    """What the model should know about an end without an answer: stopped, failed."""


class Memory(Explained):
    """The last ``size`` interactions, including the running one; None keeps all."""

    other_attributes = MEMORY_ATTRIBUTES

    def __init__(self, size: int | None = None) -> None:
        self.size = size
        self._interactions: list[Interaction] = []
        self._messages: list[ChatMessage] = []
        """What the model has seen so far. It only grows, or is rebuilt as a whole."""
        self._next_texts: list[str] = []
        """The parts of the message that the model sees next."""
        self._next_images: tuple[Image, ...] = ()
        """The images of that message."""
        self._shown = (0, 0)
        """The number of images of steps in the messages, and their bytes."""
        self._before_last: tuple[int, list[str], tuple[Image, ...], tuple[int, int]] | None = None
        """How many messages there were before the last step, what the model saw next then, and
        ``_shown``."""

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The remembered interactions, oldest first."""
        return tuple(self._interactions)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all remembered interactions, oldest first."""
        return Steps(step for interaction in self._interactions for step in interaction.steps)

    @steps.setter
    def steps(self, given: object) -> NoReturn:
        Steps().refuse(given)

    def begin(self, task: str, images: tuple[Image, ...] = ()) -> None:
        """Start an interaction. If the ring is full, the oldest is dropped."""
        self._interactions.append(Interaction(task=task, images=images))
        self._next_texts.append(task)
        self._next_images += images
        if self.size is not None and len(self._interactions) > self.size:
            del self._interactions[: -self.size]
            self._rebuild_messages()

    def add(self, step: Step) -> None:
        """Append a step to the running interaction."""
        current = self._interactions[-1]
        self._interactions[-1] = replace(current, steps=(*current.steps, step))
        self._before_last = self._now
        self._append_messages(step)
        self._forget_old_images()

    def replace_step(self, step: Step, new: Step) -> None:
        """Put ``new`` in the place of ``step``. Raises ``ValueError`` if ``step`` is not there.

        Replacing the newest step costs nothing. To replace an older one changes what the model has
        read before, so the provider must read the conversation again.
        """
        for i in reversed(range(len(self._interactions))):
            steps = list(self._interactions[i].steps)
            for j in reversed(range(len(steps))):
                if steps[j] is step:
                    steps[j] = new
                    self._interactions[i] = replace(self._interactions[i], steps=tuple(steps))
                    is_last = (i, j) == (len(self._interactions) - 1, len(steps) - 1)
                    self._take_again(new if is_last else None)
                    self._forget_old_images()
                    return
        raise ValueError("The step to replace is not in the memory.")

    def _take_again(self, last: Step | None) -> None:
        """Build the messages of the last step again; of all steps if ``last`` is None."""
        if last is None or self._before_last is None:
            self._rebuild_messages()
            return
        count, self._next_texts, self._next_images, self._shown = self._before_last
        del self._messages[count:]
        self._before_last = self._now
        self._append_messages(last)

    @property
    def _now(self) -> tuple[int, list[str], tuple[Image, ...], tuple[int, int]]:
        """What the next step adds to."""
        return len(self._messages), list(self._next_texts), self._next_images, self._shown

    def end(self, *, output: Json = None, closing: str = "") -> None:
        """Close the running interaction. Forget it if it has no step and no output."""
        current = self._interactions[-1]
        if not current.steps and output is None:
            self._interactions.pop()
            self._rebuild_messages()
        else:
            self._interactions[-1] = replace(current, output=output, closing=closing)
            self._next_texts.append(closing)
            self._before_last = None

    def clear(self) -> None:
        """Forget everything."""
        self._interactions.clear()
        self._rebuild_messages()

    def messages(self, system_prompt: str) -> list[ChatMessage]:
        """The system prompt and the conversation, for a model."""
        return [ChatMessage(role="system", content=system_prompt), *self.conversation()]

    def conversation(self) -> list[ChatMessage]:
        """The messages without a system prompt.

        User and assistant take turns, with tool results between them. The last message is the
        user's or a tool result.
        """
        return [*self._messages, *self._pending()]

    def _append_messages(self, step: Step) -> None:
        if images := images_of(step):
            count, size = self._shown
            self._shown = count + len(images), size + sum(len(image.data) for image in images)
        if isinstance(step, SummaryStep):
            self._next_texts.append(step.text)
            return
        if isinstance(step, PlanningStep):
            self._next_texts.append(step.asked)
            self._messages += [*self._pending(), ChatMessage(role="assistant", content=step.plan)]
            self._next_texts, self._next_images = [CARRY_OUT], ()
            return
        native = step.tool_uses if step.tool_results else ()
        said = ChatMessage(
            role="assistant", content=step.reply, tool_uses=native, carried=step.carried
        )
        results = [
            ChatMessage(role="tool", content=r.text, tool_use_id=r.tool_use_id, images=r.images)
            for r in step.tool_results
        ]
        self._messages += [*self._pending(), said, *results]
        self._next_texts, self._next_images = [step.observation], step.images

    def _pending(self) -> list[ChatMessage]:
        """What the model sees next: a user's message, or nothing if tool results say it all."""
        content = "\n\n".join(filter(None, self._next_texts))
        is_said = not content and not self._next_images
        if is_said and self._messages and self._messages[-1].role == "tool":
            return []
        return [ChatMessage(role="user", content=content, images=self._next_images)]

    def _rebuild_messages(self) -> None:
        """Build all messages again, after something old was dropped or shortened."""
        self._messages, self._next_texts, self._next_images = [], [], ()
        self._before_last, self._shown = None, (0, 0)
        for interaction in self._interactions:
            self._next_texts.append(interaction.task)
            self._next_images += interaction.images
            for step in interaction.steps:
                self._append_messages(step)
            self._next_texts.append(interaction.closing)

    def _forget_old_images(self) -> None:
        """Replace the oldest images of steps by a line, when there are more than a model takes.

        Half of what may stay is kept, so that what was sent before seldom changes. The images of
        tasks stay, and so do those of the newest step.
        """
        if self._shown[0] <= MAX_IMAGES and self._shown[1] <= MAX_IMAGE_BYTES:
            return
        count = size = 0
        for i in reversed(range(len(self._interactions))):
            steps = list(self._interactions[i].steps)
            for j in reversed(range(len(steps))):
                held = images_of(steps[j])
                is_newest = count == 0
                count += len(held)
                size += sum(len(image.data) for image in held)
                too_many = count > MAX_IMAGES // 2 or size > MAX_IMAGE_BYTES // 2
                if held and too_many and not is_newest:
                    steps[j] = without_images(steps[j])
            self._interactions[i] = replace(self._interactions[i], steps=tuple(steps))
        self._rebuild_messages()

    # --- when a context would overflow ---------------------------------------------------------

    def shorten(self, chars: int, *, spare: int = 1) -> int:
        """Cut the output of tools and code, oldest first, to save about ``chars`` characters.

        The newest ``spare`` action steps stay whole. Returns how many characters were saved.
        """
        saved = 0
        places = [
            (i, j)
            for i, interaction in enumerate(self._interactions)
            for j, step in enumerate(interaction.steps)
            if isinstance(step, ActionStep)
        ]
        for i, j in places[: max(len(places) - spare, 0)]:
            if saved >= chars:
                break
            interaction = self._interactions[i]
            steps = list(interaction.steps)
            before, steps[j] = steps[j], _shortened(steps[j])
            if steps[j] != before:
                saved += _outputs(before) - _outputs(steps[j])
                self._interactions[i] = replace(interaction, steps=tuple(steps))
        if saved:
            self._rebuild_messages()
        return saved

    def condense(self, interaction: int, step: int, summary: SummaryStep) -> None:
        """Replace everything before a step, given by its interaction and index, by ``summary``."""
        first = self._interactions[interaction]
        kept = replace(first, steps=(summary, *first.steps[step:]))
        self._interactions[: interaction + 1] = [kept]
        self._rebuild_messages()

    # --- as data -------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Json]:
        """Everything as JSON data, pictures as base64. ``from_dict`` makes the same messages."""
        return {"size": self.size, "interactions": to_data(self._interactions)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Json]) -> Memory:
        """The memory that ``to_dict`` wrote. Raises ``ProtocolError`` if ``data`` does not fit."""
        memory = cls(from_data(data.get("size"), int | None))
        memory.restore(from_data(data.get("interactions"), list[Interaction]))
        return memory

    def restore(self, interactions: Iterable[Interaction]) -> None:
        """Remember these interactions instead, as many of the last ones as the ring can hold."""
        self._interactions = list(interactions)
        if self.size is not None:
            del self._interactions[: -self.size]
        self._rebuild_messages()


def images_of(step: Step) -> tuple[Image, ...]:
    """The images that the model sees with a step."""
    if not isinstance(step, ActionStep) or not (step.images or step.tool_results):
        return ()
    return (*(image for result in step.tool_results for image in result.images), *step.images)


def without_images(step: Step) -> Step:
    """The step with a line in place of each of its images."""
    if not isinstance(step, ActionStep) or not images_of(step):
        return step
    results = (
        replace(result, text=_with_notes(result.text, len(result.images)), images=())
        for result in step.tool_results
    )
    observation = _with_notes(step.observation, len(step.images))
    return replace(step, observation=observation, images=(), tool_results=tuple(results))


def _with_notes(text: str, count: int) -> str:
    return "\n".join(filter(None, [text, *[NO_LONGER_SHOWN] * count]))


def _shortened(step: Step) -> Step:
    step = without_images(step)
    if not isinstance(step, ActionStep):
        return step
    return replace(
        step,
        observation=cut_middle(step.observation, SHORTENED_CHARS),
        tool_results=tuple(
            replace(result, text=cut_middle(result.text, SHORTENED_CHARS))
            for result in step.tool_results
        ),
    )


def _outputs(step: Step) -> int:
    """The number of characters that tools and code wrote, and those that images stand for."""
    if not isinstance(step, ActionStep):
        return 0
    words = len(step.observation) + sum(len(result.text) for result in step.tool_results)
    return words + IMAGE_CHARS * len(images_of(step))
