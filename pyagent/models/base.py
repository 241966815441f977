"""What every model offers: a reply that streams.

The agents call this; each wire format implements it in a file of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal

from pyagent.messages import ChatMessage
from pyagent.protocol import TokenUsage

PromptStyle = Literal["full", "short"]


@dataclass(frozen=True, kw_only=True)
class TextDelta:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ReasoningDelta:
    """A piece of what the model thinks before it replies, where a provider shows it."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """The request failed before any output and is sent again after ``delay_s`` seconds."""

    reason: str
    delay_s: float


@dataclass(frozen=True, kw_only=True)
class ReplyDone:
    """The last event of a reply."""

    finish_reason: Literal["stop", "length"]
    token_usage: TokenUsage


ModelEvent = TextDelta | ReasoningDelta | Retrying | ReplyDone


class Model(ABC):
    """A language model.

    ``prompt_style`` picks the agent's prompt: ``short`` is for small local models, whose prompt
    costs seconds. ``context_tokens`` is how much the model reads, None when unknown.
    """

    model_id: str = ""
    prompt_style: PromptStyle = "full"
    context_tokens: int | None = None

    @abstractmethod
    def stream(
        self,
        messages: Sequence[ChatMessage],
        *,
        stop: Sequence[str] = (),
        max_tokens: int | None = None,
    ) -> AsyncGenerator[ModelEvent, None]:
        """Reply to ``messages``; the last event is ``ReplyDone``.

        Text at and after one of the ``stop`` strings is never yielded. Raises a ``ModelError``.
        Closing the iterator ends the request.
        """

    async def prepare(  # noqa: B027 - most models have nothing to do here
        self, messages: Sequence[ChatMessage]
    ) -> None:
        """Read the fixed start of a conversation ahead of time, where that saves time later."""

    async def aclose(self) -> None:  # noqa: B027 - most models hold nothing
        """Give back connections. Calling it twice is harmless."""
