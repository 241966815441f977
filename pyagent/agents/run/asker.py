"""Asks the model for one reply, streams it, and counts what it used.

Actors ask for steps, and the run loop asks for plans. Before each request the asker shortens a
conversation that would not fit into the model's context.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Literal

from pyagent.agents.result import add_usage
from pyagent.agents.run.compaction import Compactor, Summary
from pyagent.agents.run.setup import Setup
from pyagent.agents.run.state import RunState
from pyagent.concurrency.streams import closing as closing_stream
from pyagent.errors import ContextOverflowError, ModelError, StreamError
from pyagent.memory import OBSERVATION
from pyagent.messages import ChatMessage, ToolSpec, ToolUse
from pyagent.models.base import (
    LeftOut,
    ModelEvent,
    NetworkBack,
    NetworkLost,
    PromptRead,
    ReasoningDelta,
    ReplyDone,
    Retrying,
    TextDelta,
    ToolRequested,
)
from pyagent.models.tokens import estimate_tokens, estimate_usage
from pyagent.protocol import Json, ModelDelta, TokenUsage

logger = logging.getLogger(__name__)

STOP = (f"\n{OBSERVATION}",)
"""Ends a reply in which the model goes on and invents the observation."""
_SAFETY = 1.1
_RESERVED_FOR_REPLY = 2_048
_COMPACT_TO = 0.6
"""The share of the limit to come down to. It leaves room, so that the prefix stays for a while."""
_LOOKS_PER_CHAR = 20
"""How often, on average, a character of a long reply is read while the reply streams."""
_LOOKED_FREELY = 100_000
"""So many characters are read in any case: all pieces of a short reply."""
_REPEATS_AFTER_S = (1.0, 2.0, 4.0)
"""The waits before a request is sent again whose reply broke off, one for each time."""
_MENDS = 2
"""How often a request that the provider finds too long is made shorter and sent again."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a request asks for, in addition to the conversation."""

    closing: str = ""
    """Text added to the end of what the model reads."""
    messages: Callable[[], Sequence[ChatMessage]] | None = None
    """Makes what the model reads in place of the opening and the conversation."""
    tools: Sequence[ToolSpec] = ()
    schema: Mapping[str, Json] | None = None
    channel: Literal["text", "reasoning", "plan"] | None = "text"
    """Where the text of the reply streams; None hides it from the person."""
    stop: Sequence[str] = STOP
    enough: Callable[[str], bool] | None = None
    """Whether the text so far is enough; the rest is then not read."""
    watch: Callable[[str], None] | None = None
    """Called with each piece of the text, as it arrives."""


@dataclass(frozen=True, kw_only=True)
class ModelReply:
    """A whole reply of the model."""

    text: str
    tool_uses: tuple[ToolUse, ...] = ()
    was_cut_off: bool = False
    """Whether the reply ended at the token limit."""
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    fault: str = ""
    """Why the provider could not read the reply; empty when it could."""
    seconds: float = 0.0
    carried: Mapping[str, Json] = field(default_factory=dict)
    """What ``ChatMessage.carried`` of this turn is to hold."""


@dataclass(kw_only=True)
class _Received:
    """What has arrived of a reply so far."""

    texts: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    uses: list[ToolUse] = field(default_factory=list)
    read: PromptRead | None = None
    done: ReplyDone | None = None
    chars: int = 0
    """The length of the text."""

    @property
    def text(self) -> str:
        """The text, without reasoning."""
        return "".join(self.texts)

    @property
    def written(self) -> str:
        """Everything that the model wrote, reasoning and tool calls included."""
        uses = (f"{use.name}{json.dumps(use.arguments)}" for use in self.uses)
        return "".join([*self.reasoning, *self.texts, *uses])


class Asker:
    """Asks the model of one run, which reads the conversation in the agent's memory."""

    def __init__(self, run: RunState, setup: Setup) -> None:
        self._run = run
        self._model = setup.model
        self._memory = setup.memory
        self._after_step = setup.after_step
        self._make_opening = setup.opening
        self._opening = setup.opening()
        self._able = self._abilities
        self._tokens_per_estimate = _SAFETY
        self._refused_size = math.inf
        """The estimated tokens of a request that the provider refused as too long."""
        self._pause = ExitStack()
        """Holds what is held while the request under way waits for the network."""
        self.last_usage = TokenUsage()
        self.step_usage = TokenUsage()
        """The usage of all replies since the step began. The run loop resets it."""
        self.seconds = 0.0
        """The time spent waiting for replies."""

    async def ask(self, question: Question) -> ModelReply:
        """Ask, and return the whole reply. Raises ``ModelError``."""
        started = perf_counter()
        if self._able != self._abilities:
            self._able, self._opening = self._abilities, self._make_opening()
        try:
            await self._fit(question)
            reply = await self._mended(question)
        finally:
            seconds = perf_counter() - started
            self.seconds += seconds
        self.step_usage = add_usage(self.step_usage, reply.token_usage)
        return replace(reply, seconds=seconds)

    @property
    def _abilities(self) -> tuple[bool, bool]:
        """What the opening depends on. It changes when a server refuses tools or a schema."""
        return self._model.supports_tools, self._model.supports_schema

    async def _mended(self, question: Question) -> ModelReply:
        """The reply; the conversation is shortened if the provider finds it too long."""
        for _ in range(_MENDS):
            try:
                return await self._whole(question)
            except ContextOverflowError:
                self._refused_size = self._size(question)
                if not await self._compact(question, limit=0.8 * self._refused_size):
                    raise
        return await self._whole(question)

    async def _whole(self, question: Question) -> ModelReply:
        """The reply; one that breaks off is dropped, and the model is asked for it again.

        What came of it was shown at most: tools are called and code runs after a whole reply.
        """
        for wait_s in _REPEATS_AFTER_S:
            try:
                return await self._stream(self._messages(question), question)
            except StreamError as error:
                if not error.can_retry:
                    raise
                told = f"{error.message.rstrip('.')}. Trying again in {wait_s:.0f} s."
                self._run.warn(told, retry_in_s=wait_s, drops_reply=True)
                await asyncio.sleep(wait_s)
        return await self._stream(self._messages(question), question)

    async def _stream(self, messages: list[ChatMessage], question: Question) -> ModelReply:
        """Send one request. Its usage is counted even when it ends early."""
        received = _Received()
        looked = 0
        stream = self._model.stream(
            messages, stop=question.stop, tools=question.tools, schema=question.schema
        )
        try:
            with ExitStack() as self._pause:
                async with closing_stream(stream) as events:
                    async for event in events:
                        self._take(event, received, question)
                        if question.enough is None or not isinstance(event, TextDelta):
                            continue
                        # A long reply is not read anew for each of its pieces.
                        if looked <= _LOOKED_FREELY + _LOOKS_PER_CHAR * received.chars:
                            looked += received.chars
                            if question.enough(received.text):
                                break
        except BaseException:
            if received.written:
                self._count(messages, question, received)
            raise
        self._count(messages, question, received)
        done = received.done
        return ModelReply(
            text=received.text,
            tool_uses=tuple(received.uses),
            was_cut_off=done is not None and done.finish_reason == "length",
            token_usage=self.last_usage,
            fault=done.fault if done else "",
            carried=done.carried if done else {},
        )

    def _take(self, event: ModelEvent, received: _Received, question: Question) -> None:
        if isinstance(event, TextDelta | ReasoningDelta | ToolRequested | ReplyDone):
            self._pause.close()  # a model of the user's own may not say that the network is back
        if isinstance(event, TextDelta):
            received.texts.append(event.text)
            received.chars += len(event.text)
            if question.watch is not None:
                question.watch(event.text)
            if question.channel is not None:
                self._tell(event.text, question.channel)
        elif isinstance(event, ReasoningDelta):
            received.reasoning.append(event.text)
            if question.channel is not None:
                self._tell(event.text, "reasoning")
        elif isinstance(event, ToolRequested):
            received.uses.append(event.use)
        elif isinstance(event, Retrying):
            reason = event.reason.rstrip(".")
            wait = f" Trying again in {event.delay_s:.0f} s." if event.delay_s else ""
            self._run.warn(f"{reason}.{wait}", retry_in_s=event.delay_s or None)
        elif isinstance(event, NetworkLost):
            self._pause.enter_context(self._run.paused(event.message))
        elif isinstance(event, NetworkBack):
            self._pause.close()
        elif isinstance(event, LeftOut):
            self._run.warn(event.message)
        elif isinstance(event, PromptRead):
            received.read = event
        else:
            received.done = event

    def _count(self, messages: list[ChatMessage], question: Question, received: _Received) -> None:
        done = received.done
        usage = done.token_usage if done else _estimate(messages, question, received)
        usage = self._model.priced(usage)  # a model of the user's own may leave the cost out
        self.last_usage = usage
        self._run.budget.spend(usage)
        if self._model.context_tokens is not None and usage.input_tokens and not usage.estimated:
            # Learn from the provider's count how far our estimates are off.
            estimate = max(_size(messages, question), 1)
            self._tokens_per_estimate = max(usage.input_tokens / estimate, 1.0) * _SAFETY

    def _tell(self, text: str, channel: Literal["text", "reasoning", "plan"]) -> None:
        run = self._run
        run.emit(ModelDelta(run_id=run.id, step=run.step, text=text, channel=channel))

    def _messages(self, question: Question) -> list[ChatMessage]:
        closing = question.closing
        if question.messages is not None:
            messages = [*question.messages()]
        else:
            messages = [*self._opening, *self._memory.conversation()]
        if closing and messages[-1].role == "user":
            content = f"{messages[-1].content}\n\n{closing}"
            messages[-1] = replace(messages[-1], content=content)
        elif closing:
            messages.append(ChatMessage(role="user", content=closing))
        return messages

    # --- keeping within the context ------------------------------------------------------------

    async def _fit(self, question: Question) -> None:
        """Compact the memory when the next request would not fit."""
        limit = 0.9 * self._refused_size
        if context := self._model.context_tokens:
            budget = context - min(_RESERVED_FOR_REPLY, context // 4)
            limit = min(limit, budget / self._tokens_per_estimate)
        if limit < math.inf and self._size(question) > limit:
            await self._compact(question, limit=limit)

    async def _compact(self, question: Question, *, limit: float) -> bool:
        """Shorten the memory and tell the person; False when nothing could be shortened."""
        compactor = Compactor(self._memory, partial(self._size, question), self._summarize)
        done = await compactor.compact(wanted=_COMPACT_TO * limit, limit=limit)
        if done:
            self._run.warn(f"The conversation was getting longer than the model can read: {done}.")
        if compactor.summary is not None:
            await self._after_step(compactor.summary)
        return bool(done)

    async def _summarize(self, prompt: str) -> Summary:
        started = perf_counter()
        try:
            messages = [ChatMessage(role="user", content=prompt)]
            reply = await self._stream(messages, Question(channel=None, stop=()))
        except ModelError as error:
            logger.warning("The conversation could not be summarised: %s", error)
            self._run.check_is_on()
            return Summary()
        self._run.check_is_on()  # the memory may be another run's by now
        return Summary(
            text=reply.text, token_usage=reply.token_usage, seconds=perf_counter() - started
        )

    def _size(self, question: Question) -> int:
        return _size(self._messages(question), question)


def _estimate(messages: list[ChatMessage], question: Question, received: _Received) -> TokenUsage:
    """The usage of a reply that ended early; most providers report usage only at the end."""
    usage = estimate_usage(messages, received.written)
    if received.read is not None:
        return replace(usage, **vars(received.read))
    return replace(usage, input_tokens=_size(messages, question))


def _size(messages: list[ChatMessage], question: Question) -> int:
    """Estimated tokens of a request: its messages, tools and schema."""
    beside = [[spec.name, spec.description, spec.parameters] for spec in question.tools]
    asked = json.dumps([*beside, question.schema]) if beside or question.schema else ""
    return estimate_usage(messages, "").input_tokens + estimate_tokens(asked)
