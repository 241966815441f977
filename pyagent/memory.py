"""What an agent remembers: interactions of steps, in a ring, and how a model reads them.

The agent's run loop writes it; final answer checks and step callbacks read it. It knows nothing
of models beyond ``ChatMessage``.

Messages grow by two a step and what was sent before never changes, so that cost is linear and
providers' prompt caches hit. Only a ring that drops its oldest interaction, or ``shorten`` when a
context would overflow, changes the prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pyagent.messages import ChatMessage
from pyagent.protocol import ErrorInfo, Json, TokenUsage
from pyagent.tools.texts import cut_middle

OBSERVATION_CHARS = 10_000
SHORTENED_CHARS = 300


@dataclass(frozen=True, kw_only=True)
class Step:
    """One reply of the model and what came of it."""

    number: int
    """From 1 within its interaction."""
    reply: str
    code: str
    observation: str
    """As the model reads it."""
    error: ErrorInfo | None = None
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """A task and the steps that were taken for it."""

    task: str
    """As the model reads it, with what it must know of files and variables."""
    steps: tuple[Step, ...] = ()
    output: Json = None
    closing: str = ""
    """What the model should know of the end when it was not an answer: stopped, failed."""


class Memory:
    """The last ``size`` interactions, the running one included; None keeps all."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size
        self._interactions: list[Interaction] = []

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """Oldest first."""
        return tuple(self._interactions)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of all remembered interactions, oldest first."""
        return tuple(step for interaction in self._interactions for step in interaction.steps)

    def begin(self, task: str) -> None:
        """Start an interaction; the oldest falls out when the ring is full."""
        self._interactions.append(Interaction(task=task))
        if self.size is not None:
            del self._interactions[: -self.size]

    def add(self, step: Step) -> None:
        """Append a step to the running interaction."""
        current = self._interactions[-1]
        self._interactions[-1] = replace(current, steps=(*current.steps, step))

    def end(self, *, output: Json = None, closing: str = "") -> None:
        """Close the running interaction. One without any step and without output is forgotten."""
        current = self._interactions[-1]
        if not current.steps and output is None:
            self._interactions.pop()
        else:
            self._interactions[-1] = replace(current, output=output, closing=closing)

    def clear(self) -> None:
        """Forget everything."""
        self._interactions.clear()

    def messages(self, system_prompt: str) -> list[ChatMessage]:
        """The conversation for a model. User and assistant strictly take turns."""
        messages = [ChatMessage(role="system", content=system_prompt)]
        pending: list[str] = []
        for interaction in self._interactions:
            pending.append(interaction.task)
            for step in interaction.steps:
                messages.append(_user(pending))
                messages.append(ChatMessage(role="assistant", content=step.reply))
                pending = [step.observation]
            if interaction.closing:
                pending.append(interaction.closing)
        messages.append(_user(pending))
        return messages

    def shorten(self) -> bool:
        """Make the oldest thing that can be made shorter shorter; False when nothing is left.

        Observations go first, oldest first and the newest spared; then whole interactions.
        """
        for i, j in list(self._places())[:-1]:
            interaction = self._interactions[i]
            step = interaction.steps[j]
            short = cut_middle(step.observation, SHORTENED_CHARS)
            if short != step.observation:
                steps = list(interaction.steps)
                steps[j] = replace(step, observation=short)
                self._interactions[i] = replace(interaction, steps=tuple(steps))
                return True
        if len(self._interactions) > 1:
            del self._interactions[0]
            return True
        return False

    def _places(self) -> Iterator[tuple[int, int]]:
        """Indices of every step: interaction, step within it."""
        for i, interaction in enumerate(self._interactions):
            for j in range(len(interaction.steps)):
                yield i, j


def _user(texts: list[str]) -> ChatMessage:
    return ChatMessage(role="user", content="\n\n".join(filter(None, texts)))
