"""A model that replies from a script: for tests, examples and the demonstration.

It is public, like ``httpx.MockTransport``: people who build on pyagent can test with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from itertools import cycle

from pyagent.checked_options import checked
from pyagent.errors import ModelError
from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import (
    Model,
    ModelEvent,
    ModelRequest,
    PromptStyle,
    ReplyDone,
    TextDelta,
    ToolRequested,
)
from pyagent.models.price import Price
from pyagent.models.stop import StopCutter
from pyagent.models.tokens import estimate_usage
from pyagent.protocol import TokenUsage

PIECE_LENGTHS = (1, 2, 3, 5, 8, 13)
"""Awkward on purpose: words, tags and fences must survive being cut anywhere."""

Part = str | ModelEvent | ToolUse | Exception
ScriptedReply = str | Exception | Sequence[Part]


class ScriptedModel(Model):
    """Streams the given replies, one for each request, in awkward pieces.

    A reply is a text, an exception to raise, or a sequence of texts, tool uses, events and
    exceptions in the order in which they come. ``requests`` holds the requests so far.
    ``delay_s`` is the wait before each piece, in seconds. A request after the last reply raises
    ``ModelError``.
    """

    @checked
    def __init__(
        self,
        replies: Iterable[ScriptedReply] = (),
        *,
        model_id: str = "scripted",
        delay_s: float = 0.0,
        prompt_style: PromptStyle = "full",
        context_tokens: int | None = None,
        price: Price | None = None,
        supports_tools: bool = False,
        supports_schema: bool = False,
        supports_images: bool = True,
    ) -> None:
        self.price = price
        self.supports_tools = supports_tools
        self.supports_schema = supports_schema
        self.supports_images = supports_images
        self.model_id = model_id
        self.prompt_style = prompt_style
        self.context_tokens = context_tokens
        self.requests: list[ModelRequest] = []
        self._replies = iter([replies] if isinstance(replies, str) else replies)
        self._delay_s = delay_s

    def reply_to(self, messages: Sequence[ChatMessage]) -> ScriptedReply:
        """The next reply. A subclass may answer by what was asked."""
        reply = next(self._replies, None)
        if reply is None:
            raise ModelError(f"The script has no reply for request {len(self.requests)}.")
        return reply

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        cutter = StopCutter(request.stop)
        said = ""
        for part in self._parts_of(self.reply_to(request.messages)):
            if isinstance(part, Exception):
                raise part
            if isinstance(part, ReplyDone):
                yield part
                return
            if isinstance(part, ToolUse):
                yield ToolRequested(use=part)
                continue
            if not isinstance(part, str):
                yield part
                continue
            await asyncio.sleep(self._delay_s)
            if text := cutter.feed(part):
                said += text
                yield TextDelta(text=text)
            if cutter.found:
                break
        if text := cutter.finish():
            said += text
            yield TextDelta(text=text)
        yield ReplyDone(finish_reason="stop", token_usage=self.usage_of(request.messages, said))

    def _parts_of(self, reply: ScriptedReply) -> Iterator[Part]:
        for part in [reply] if isinstance(reply, str | Exception) else reply:
            if isinstance(part, str):
                yield from self.pieces(part)
            else:
                yield part

    def usage_of(self, messages: Sequence[ChatMessage], said: str) -> TokenUsage:
        """The token usage of a reply: an estimate."""
        return estimate_usage(messages, said)

    def pieces(self, text: str) -> Iterator[str]:
        """The pieces in which ``text`` streams."""
        start = 0
        for length in cycle(PIECE_LENGTHS):
            if start >= len(text):
                return
            yield text[start : start + length]
            start += length
