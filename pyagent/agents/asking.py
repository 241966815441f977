"""Ask the model: one reply, streamed and counted. Called by whatever takes a step.

Keeps the conversation within the model's context before it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Literal

from pyagent.agents.observation import LABEL
from pyagent.agents.scope import Scope
from pyagent.agents.streams import closing as closing_stream
from pyagent.errors import ContextOverflowError
from pyagent.memory import Memory
from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import (
    Model,
    ReasoningDelta,
    ReplyDone,
    Retrying,
    TextDelta,
    ToolRequested,
    ToolSpec,
)
from pyagent.models.tokens import estimate_usage
from pyagent.protocol import Json, ModelDelta, Notice, TokenUsage

STOP = (f"\n{LABEL}",)
"""A model that goes on writes its own observation next."""
_SAFETY = 1.1
_RESERVED_FOR_REPLY = 2_048
_SHORTEN_TO = 0.75
"""Shorten well below the limit, so that the prefix then stays the same for a while."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked beside the conversation."""

    closing: str = ""
    """Added to what the model reads last."""
    tools: Sequence[ToolSpec] = ()
    schema: Mapping[str, Json] | None = None
    channel: Literal["text", "plan"] = "text"
    enough: Callable[[str], bool] | None = None
    """Whether the text so far is all that is wanted; the rest is then not waited for."""


@dataclass(frozen=True, kw_only=True)
class ModelReply:
    """A reply as it came."""

    text: str
    tool_uses: tuple[ToolUse, ...] = ()
    was_cut_off: bool = False
    """Whether it ended at the token limit."""
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0
    carried: Mapping[str, Json] = field(default_factory=dict)


class Asker:
    """Asks one model about one memory, for one run."""

    def __init__(self, scope: Scope, model: Model, memory: Memory, system_prompt: str) -> None:
        self._scope = scope
        self._model = model
        self._memory = memory
        self.system_prompt = system_prompt
        self._tokens_per_estimate = _SAFETY
        self.last_usage = TokenUsage()
        self.seconds = 0.0
        """Spent waiting for replies."""

    async def ask(self, question: Question) -> ModelReply:
        """The next reply, whole. Raises ``ModelError``."""
        started = perf_counter()
        try:
            messages = self._fitted(question.closing)
            try:
                reply = await self._stream(messages, question)
            except ContextOverflowError:
                if not self._shorten_by(messages, question.closing, 0.5):
                    raise
                reply = await self._stream(self._messages(question.closing), question)
        finally:
            seconds = perf_counter() - started
            self.seconds += seconds
        return replace(reply, seconds=seconds)

    async def _stream(self, messages: list[ChatMessage], question: Question) -> ModelReply:
        """One request; its usage is counted."""
        text, uses, done = "", [], None
        stream = self._model.stream(
            messages, stop=STOP, tools=question.tools, schema=question.schema
        )
        async with closing_stream(stream) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    text += event.text
                    self._tell(event.text, question.channel)
                    if question.enough is not None and question.enough(text):
                        break
                elif isinstance(event, ReasoningDelta):
                    self._tell(event.text, "reasoning")
                elif isinstance(event, ToolRequested):
                    uses.append(event.use)
                elif isinstance(event, Retrying):
                    reason = event.reason.rstrip(".")
                    self._notice(f"{reason}. Trying again in {event.delay_s:.0f} s.")
                elif isinstance(event, ReplyDone):
                    done = event
        self._count(messages, text, done)
        return ModelReply(
            text=text,
            tool_uses=tuple(uses),
            was_cut_off=done is not None and done.finish_reason == "length",
            token_usage=self.last_usage,
            carried=done.carried if done else {},
        )

    def _count(self, messages: list[ChatMessage], text: str, done: ReplyDone | None) -> None:
        usage = done.token_usage if done else estimate_usage(messages, text)
        if usage.cost_usd is None and self._model.price is not None:
            usage = replace(usage, cost_usd=self._model.price.of(usage))
        self.last_usage = usage
        self._scope.spend(usage)
        self._calibrate(messages)

    def _calibrate(self, messages: list[ChatMessage]) -> None:
        """Learn from a provider's count how far our estimates are off."""
        usage = self.last_usage
        if self._model.context_tokens is not None and usage.input_tokens and not usage.estimated:
            estimate = estimate_usage(messages, "").input_tokens
            self._tokens_per_estimate = max(usage.input_tokens / max(estimate, 1), 1.0) * _SAFETY

    def _tell(self, text: str, channel: Literal["text", "reasoning", "plan"]) -> None:
        scope = self._scope
        scope.emit(ModelDelta(run_id=scope.run_id, step=scope.step, text=text, channel=channel))

    def _notice(self, message: str) -> None:
        self._scope.emit(Notice(run_id=self._scope.run_id, level="warning", message=message))

    def _messages(self, closing: str) -> list[ChatMessage]:
        messages = self._memory.messages(self.system_prompt)
        if closing and messages[-1].role == "user":
            content = f"{messages[-1].content}\n\n{closing}"
            messages[-1] = replace(messages[-1], content=content)
        elif closing:
            messages.append(ChatMessage(role="user", content=closing))
        return messages

    def _fitted(self, closing: str) -> list[ChatMessage]:
        """The messages, after shortening the memory when they would not fit."""
        messages = self._messages(closing)
        context = self._model.context_tokens
        if context is None:
            return messages
        budget = context - min(_RESERVED_FOR_REPLY, context // 4)
        tokens = self._tokens(messages)
        if tokens > budget and self._shorten_by(messages, closing, _SHORTEN_TO * budget / tokens):
            return self._messages(closing)
        return messages

    def _shorten_by(self, messages: list[ChatMessage], closing: str, share: float) -> bool:
        """Shorten the memory to ``share`` of its tokens, or as far as it goes."""
        wanted = self._tokens(messages) * share
        shortened = False
        while self._tokens(self._messages(closing)) > wanted and self._memory.shorten():
            shortened = True
        if shortened:
            self._notice(
                "The conversation was getting longer than the model can read: "
                "older results were shortened."
            )
        return shortened

    def _tokens(self, messages: list[ChatMessage]) -> float:
        return estimate_usage(messages, "").input_tokens * self._tokens_per_estimate
