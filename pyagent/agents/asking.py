"""Ask the model: one reply, streamed, counted, taken apart. Called by the run loop.

Keeps the conversation within the model's context before it asks.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from pyagent.agents.observation import LABEL
from pyagent.agents.parsing import Reply, has_closed_block, parse_reply
from pyagent.agents.result import add_usage
from pyagent.agents.streams import closing as closing_stream
from pyagent.errors import ContextOverflowError
from pyagent.memory import Memory
from pyagent.messages import ChatMessage
from pyagent.models.base import Model, ReasoningDelta, ReplyDone, Retrying, TextDelta
from pyagent.models.tokens import estimate_usage
from pyagent.protocol import Event, ModelDelta, ModelReplied, Notice, TokenUsage

STOP = (f"\n{LABEL}",)
"""A model that goes on writes its own observation next."""
_SAFETY = 1.1
_RESERVED_FOR_REPLY = 2_048
_SHORTEN_TO = 0.75
"""Shorten well below the limit, so that the prefix then stays the same for a while."""


class Asker:
    """Asks one model about one memory, for one run."""

    def __init__(
        self,
        run_id: str,
        model: Model,
        memory: Memory,
        system_prompt: str,
        emit: Callable[[Event], None],
    ) -> None:
        self._run_id = run_id
        self._model = model
        self._memory = memory
        self._system_prompt = system_prompt
        self._emit = emit
        self._tokens_per_estimate = _SAFETY
        self.last_usage = TokenUsage()
        self.total_usage = TokenUsage()
        self.seconds = 0.0
        self.was_cut_off = False
        """Whether the last reply ended at the token limit inside its code."""

    async def ask(self, step: int, *, closing: str = "") -> tuple[str, Reply]:
        """The next reply, whole and taken apart. ``closing`` is added to what the model reads.

        Raises ``ModelError``.
        """
        started = perf_counter()
        try:
            messages = self._fitted(closing)
            try:
                text, finish_reason = await self._stream(step, messages)
            except ContextOverflowError:
                if not self._shorten_by(messages, closing, 0.5):
                    raise
                text, finish_reason = await self._stream(step, self._messages(closing))
        finally:
            seconds = perf_counter() - started
            self.seconds += seconds
        reply = parse_reply(text)
        self.was_cut_off = finish_reason == "length" and not (reply.code and reply.closed)
        self._emit(
            ModelReplied(
                run_id=self._run_id,
                step=step,
                thought=reply.thought,
                code=reply.code,
                token_usage=self.last_usage,
                seconds=seconds,
            )
        )
        return text, reply

    async def _stream(self, step: int, messages: list[ChatMessage]) -> tuple[str, str]:
        """The reply's text and finish reason; the usage is counted."""
        text, usage, finish_reason = "", None, "stop"
        one_block = self._model.prompt_style == "short"
        async with closing_stream(self._model.stream(messages, stop=STOP)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    text += event.text
                    self._tell(step, event.text)
                    # A small model seldom says anything of use after its block, and slowly.
                    if one_block and has_closed_block(text):
                        break
                elif isinstance(event, ReasoningDelta):
                    self._tell_reasoning(step, event.text)
                elif isinstance(event, Retrying):
                    reason = event.reason.rstrip(".")
                    self._notice(f"{reason}. Trying again in {event.delay_s:.0f} s.")
                elif isinstance(event, ReplyDone):
                    usage, finish_reason = event.token_usage, event.finish_reason
        self.last_usage = usage or estimate_usage(messages, text)
        self.total_usage = add_usage(self.total_usage, self.last_usage)
        self._calibrate(messages)
        return text, finish_reason

    def _calibrate(self, messages: list[ChatMessage]) -> None:
        """Learn from a provider's count how far our estimates are off."""
        usage = self.last_usage
        if self._model.context_tokens is not None and usage.input_tokens and not usage.estimated:
            estimate = estimate_usage(messages, "").input_tokens
            self._tokens_per_estimate = max(usage.input_tokens / max(estimate, 1), 1.0) * _SAFETY

    def _tell(self, step: int, text: str) -> None:
        self._emit(ModelDelta(run_id=self._run_id, step=step, text=text))

    def _tell_reasoning(self, step: int, text: str) -> None:
        self._emit(ModelDelta(run_id=self._run_id, step=step, text=text, channel="reasoning"))

    def _notice(self, message: str) -> None:
        self._emit(Notice(run_id=self._run_id, level="warning", message=message))

    def _messages(self, closing: str) -> list[ChatMessage]:
        messages = self._memory.messages(self._system_prompt)
        if closing:
            content = f"{messages[-1].content}\n\n{closing}"
            messages[-1] = ChatMessage(role="user", content=content)
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
