"""What an agent remembers: interactions of steps, in a ring, and how a model reads them.

The agent's run loop writes it; final answer checks and step callbacks read it. It knows nothing
of models beyond ``ChatMessage``.

Messages grow by two a step and what was sent before never changes, so that cost is linear and
providers' prompt caches hit. Only a ring that drops its oldest interaction, or ``shorten`` when a
context would overflow, changes the prefix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pyagent.messages import ChatMessage, Image, ToolUse
from pyagent.protocol import ErrorInfo, Json, TokenUsage
from pyagent.tools.texts import cut_middle

OBSERVATION_CHARS = 10_000
SHORTENED_CHARS = 300
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

    number: int
    """Of the action that follows."""
    asked: str
    """How it was asked for."""
    plan: str
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0


Step: TypeAlias = ActionStep | PlanningStep


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
        """The conversation for a model. User and assistant take turns; tool results stand between.

        The last message is the user's, or a tool result.
        """
        system = ChatMessage(role="system", content=system_prompt)
        return [system, *self._told, *self._pending()]

    def _tell(self, step: Step) -> None:
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

    def shorten(self) -> bool:
        """Make the oldest thing that can be made shorter shorter; False when nothing is left.

        Observations go first, oldest first and the newest spared; then whole interactions.
        """
        for i, j in list(self._places())[:-1]:
            interaction = self._interactions[i]
            step = interaction.steps[j]
            short = _shortened(step)
            if short != step:
                steps = list(interaction.steps)
                steps[j] = short
                self._interactions[i] = replace(interaction, steps=tuple(steps))
                self._retell()
                return True
        if len(self._interactions) > 1:
            del self._interactions[0]
            self._retell()
            return True
        return False

    def _places(self) -> Iterator[tuple[int, int]]:
        """Indices of every step: interaction, step within it."""
        for i, interaction in enumerate(self._interactions):
            for j in range(len(interaction.steps)):
                yield i, j


def _shortened(step: Step) -> Step:
    if isinstance(step, PlanningStep):
        return step
    return replace(
        step,
        observation=cut_middle(step.observation, SHORTENED_CHARS),
        tool_results=tuple(
            replace(result, text=cut_middle(result.text, SHORTENED_CHARS))
            for result in step.tool_results
        ),
    )
