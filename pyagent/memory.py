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
        self._told: list[ChatMessage] = []
        """What the model has seen so far; only ever appended to, or made anew by ``_retell``."""
        self._untold: list[str] = []
        """What it sees next, as one message."""

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
        self._untold.append(task)
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
        """The conversation for a model. User and assistant strictly take turns."""
        system = ChatMessage(role="system", content=system_prompt)
        return [system, *self._told, _user(self._untold)]

    def _tell(self, step: Step) -> None:
        self._told += [_user(self._untold), ChatMessage(role="assistant", content=step.reply)]
        self._untold = [step.observation]

    def _retell(self) -> None:
        """Make all messages anew, after something old was dropped or shortened."""
        self._told, self._untold = [], []
        for interaction in self._interactions:
            self._untold.append(interaction.task)
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
            short = cut_middle(step.observation, SHORTENED_CHARS)
            if short != step.observation:
                steps = list(interaction.steps)
                steps[j] = replace(step, observation=short)
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


def _user(texts: list[str]) -> ChatMessage:
    return ChatMessage(role="user", content="\n\n".join(filter(None, texts)))
