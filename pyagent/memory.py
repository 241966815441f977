"""What an agent remembers: interactions of steps, in a ring, and how a model reads them.

The agent's run loop writes it; final answer checks and step callbacks read it. It knows nothing
of models beyond ``ChatMessage``.

Messages grow by two a step and what was sent before never changes, so that cost is linear and
providers' prompt caches hit. Only a ring that drops its oldest interaction, or ``shorten`` and
``condense`` when a context would overflow, change the prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pyagent.messages import ChatMessage, Image, ToolUse
from pyagent.protocol import ErrorInfo, Json, TokenUsage
from pyagent.texts import cut_middle
from pyagent.wire import from_data, to_data

SHORTENED_CHARS = 300
TASK = "Task:"
"""How each task begins."""
CARRY_OUT = "Now carry out the plan."
"""What follows a plan, so that the model does not wait for leave."""


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What one tool use came to."""

    tool_use_id: str
    text: str
    """As the model reads it."""
    error: ErrorInfo | None = None


@dataclass(frozen=True, kw_only=True)
class ActionStep:
    """One reply of the model and what came of it."""

    type: Literal["action"] = "action"
    number: int
    """From 1 within its interaction."""
    reply: str
    code: str = ""
    tool_uses: tuple[ToolUse, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    """One for each of ``tool_uses`` when the model called them natively. Empty when the calls were
    read out of its text: their results are then in the observation."""
    observation: str = ""
    """As the model reads it."""
    error: ErrorInfo | None = None
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0
    carried: Mapping[str, Json] = field(default_factory=dict, repr=False)
    """See ``ChatMessage.carried``."""


@dataclass(frozen=True, kw_only=True)
class PlanningStep:
    """A plan that the model made."""

    type: Literal["planning"] = "planning"
    number: int
    """Of the action that follows."""
    asked: str
    """How it was asked for."""
    plan: str
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SummaryStep:
    """Stands for what is no longer shown to the model: the first steps that it remembers."""

    type: Literal["summary"] = "summary"
    text: str
    """As the model reads it, after the task: what is missing, and a summary where there is one."""
    steps: int
    """How many steps it stands for."""
    interactions: int = 0
    """How many whole interactions, ahead of the one that it is part of."""
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0


Step: TypeAlias = ActionStep | PlanningStep | SummaryStep


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """A task and the steps that were taken for it."""

    task: str
    """As the model reads it, with what it must know of files and variables."""
    images: tuple[Image, ...] = ()
    steps: tuple[Step, ...] = ()
    output: Json = None
    closing: str = ""
    """What the model should know of the end when it was not an answer: stopped, failed."""


class Memory:
    """The last ``size`` interactions, the running one included; None keeps all."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size
        self._interactions: list[Interaction] = []
        self._told: list[ChatMessage] = []
        """What the model has seen so far; only ever appended to, or made anew by ``_retell``."""
        self._untold: list[str] = []
        """What it sees next, as one message."""
        self._unseen: tuple[Image, ...] = ()
        """The images of that message."""

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Oldest first."""
        return tuple(self._interactions)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of all remembered interactions, oldest first."""
        return tuple(step for interaction in self._interactions for step in interaction.steps)

    def begin(self, task: str, images: tuple[Image, ...] = ()) -> None:
        """Start an interaction; the oldest falls out when the ring is full."""
        self._interactions.append(Interaction(task=task, images=images))
        self._untold.append(task)
        self._unseen += images
        if self.size is not None and len(self._interactions) > self.size:
            del self._interactions[: -self.size]
            self._retell()

    def add(self, step: Step) -> None:
        """Append a step to the running interaction."""
        current = self._interactions[-1]
        self._interactions[-1] = replace(current, steps=(*current.steps, step))
        self._tell(step)

    def end(self, *, output: Json = None, closing: str = "") -> None:
        """Close the running interaction. One without any step and without output is forgotten."""
        current = self._interactions[-1]
        if not current.steps and output is None:
            self._interactions.pop()
            self._retell()
        else:
            self._interactions[-1] = replace(current, output=output, closing=closing)
            self._untold.append(closing)

    def clear(self) -> None:
        """Forget everything."""
        self._interactions.clear()
        self._retell()

    def messages(self, system_prompt: str) -> list[ChatMessage]:
        """The conversation for a model, after this system prompt."""
        return [ChatMessage(role="system", content=system_prompt), *self.conversation()]

    def conversation(self) -> list[ChatMessage]:
        """User and assistant take turns; tool results stand between.

        The last message is the user's, or a tool result.
        """
        return [*self._told, *self._pending()]

    def _tell(self, step: Step) -> None:
        if isinstance(step, SummaryStep):
            self._untold.append(step.text)
            return
        if isinstance(step, PlanningStep):
            self._untold.append(step.asked)
            self._told += [*self._pending(), ChatMessage(role="assistant", content=step.plan)]
            self._untold, self._unseen = [CARRY_OUT], ()
            return
        native = step.tool_uses if step.tool_results else ()
        said = ChatMessage(
            role="assistant", content=step.reply, tool_uses=native, carried=step.carried
        )
        results = [
            ChatMessage(role="tool", content=result.text, tool_use_id=result.tool_use_id)
            for result in step.tool_results
        ]
        self._told += [*self._pending(), said, *results]
        self._untold, self._unseen = [step.observation], ()

    def _pending(self) -> list[ChatMessage]:
        """What the model sees next: a user's message, or none when tool results say it all."""
        content = "\n\n".join(filter(None, self._untold))
        if not content and self._told and self._told[-1].role == "tool":
            return []
        return [ChatMessage(role="user", content=content, images=self._unseen)]

    def _retell(self) -> None:
        """Make all messages anew, after something old was dropped or shortened."""
        self._told, self._untold, self._unseen = [], [], ()
        for interaction in self._interactions:
            self._untold.append(interaction.task)
            self._unseen += interaction.images
            for step in interaction.steps:
                self._tell(step)
            self._untold.append(interaction.closing)

    # --- when a context would overflow ---------------------------------------------------------

    def shorten(self, chars: int, *, spare: int = 1) -> int:
        """Cut what tools and code said, oldest first, until about ``chars`` characters are saved.

        The newest ``spare`` of such steps stay whole. Returns how many characters were saved.
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
            self._retell()
        return saved

    def condense(self, interaction: int, step: int, summary: SummaryStep) -> None:
        """Let ``summary`` stand for all ahead of a step, given by its interaction and its index."""
        first = self._interactions[interaction]
        kept = replace(first, steps=(summary, *first.steps[step:]))
        self._interactions[: interaction + 1] = [kept]
        self._retell()

    # --- as data -------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Json]:
        """Everything as JSON data, pictures as base64; ``from_dict`` makes the same messages."""
        return {"size": self.size, "interactions": to_data(self._interactions)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Json]) -> Memory:
        """The memory that ``to_dict`` described. Raises ``ProtocolError`` when it does not fit."""
        memory = cls(from_data(data.get("size"), int | None))
        memory.restore(from_data(data.get("interactions"), list[Interaction]))
        return memory

    def restore(self, interactions: Iterable[Interaction]) -> None:
        """Remember these instead, as far as the ring holds them."""
        self._interactions = list(interactions)
        if self.size is not None:
            del self._interactions[: -self.size]
        self._retell()


def _shortened(step: Step) -> Step:
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
    """Characters of what tools and code said."""
    if not isinstance(step, ActionStep):
        return 0
    return len(step.observation) + sum(len(result.text) for result in step.tool_results)
