"""A model that the page runs in a worker of its own. Requests and pieces of replies are messages.

The agent worker's entry makes one, gives it a way to send, and hands it every ``PageModel…``
message that arrives.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from itertools import count

from pyagent.errors import ModelError
from pyagent.messages import ChatMessage
from pyagent.models.base import (
    Model,
    ModelEvent,
    ModelRequest,
    PromptRead,
    PromptStyle,
    ReplyDone,
    TextDelta,
)
from pyagent.models.capabilities import supported_part
from pyagent.models.chat import chat_messages
from pyagent.models.price import Price
from pyagent.models.stop import StopCutter
from pyagent.models.tokens import estimate_usage
from pyagent.protocol import (
    PageModelCancel,
    PageModelDelta,
    PageModelDone,
    PageModelFailed,
    PageModelPrepare,
    PageModelRead,
    PageModelRequest,
    TokenUsage,
)

PageModelAnswer = PageModelRead | PageModelDelta | PageModelDone | PageModelFailed


class PageModel(Model):
    """A model in the page. ``send`` takes messages to the page; ``deliver`` takes its answers.

    The prompt is short by default, because a model in a page needs seconds to read a long one.
    """

    price = Price(input=0, output=0)

    def __init__(
        self,
        send: Callable[[PageModelPrepare | PageModelRequest | PageModelCancel], None],
        *,
        model_id: str = "page",
        temperature: float | None = None,
        max_tokens: int | None = None,
        context_tokens: int | None = None,
        prompt_style: PromptStyle = "short",
        supports_schema: bool = False,
    ) -> None:
        self.model_id = model_id
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.context_tokens = context_tokens
        self.prompt_style = prompt_style
        self.supports_schema = supports_schema
        self._send = send
        self._ids = count(1)
        self._inboxes: dict[int, asyncio.Queue[PageModelAnswer]] = {}

    def deliver(self, message: PageModelAnswer) -> None:
        """Take a message from the page. It is dropped if nobody waits for its request any more."""
        if inbox := self._inboxes.get(message.request_id):
            inbox.put_nowait(message)

    async def prepare(self, messages: Sequence[ChatMessage], *later: Sequence[ChatMessage]) -> None:
        """Let the page read them while it is idle. A request or another call replaces the rest."""
        prompts = [chat_messages(prompt) for prompt in later]
        self._send(PageModelPrepare(messages=chat_messages(messages), later=prompts))

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        sent = self._page_request(request)
        inbox = self._inboxes[sent.request_id] = asyncio.Queue()
        cutter = StopCutter(request.stop)
        said = ""
        read: PromptRead | None = None
        end: PageModelDone | PageModelFailed | None = None
        self._send(sent)
        try:
            while end is None and not cutter.found:
                message = await inbox.get()
                if isinstance(message, PageModelRead):
                    read = _read(message)
                    yield read
                elif not isinstance(message, PageModelDelta):
                    end = message
                elif text := cutter.feed(message.text):
                    said += text
                    yield TextDelta(text=text)
        finally:
            del self._inboxes[sent.request_id]
            if end is None:
                self._send(PageModelCancel(request_id=sent.request_id))
        if isinstance(end, PageModelFailed):
            problem = end.problem
            raise ModelError(problem.message, advice=problem.advice, kind=problem.kind)
        if text := cutter.finish():
            said += text
            yield TextDelta(text=text)
        yield ReplyDone(
            finish_reason=end.finish_reason if end else "stop",
            token_usage=end.token_usage if end else _cut_short(request, said, read),
        )

    def _page_request(self, request: ModelRequest) -> PageModelRequest:
        possible = supported_part(request, self)
        return PageModelRequest(
            request_id=next(self._ids),
            messages=chat_messages(possible.messages),
            stop=list(request.stop),
            max_tokens=request.max_tokens or self.max_tokens,
            temperature=self.temperature,
            schema=None if possible.schema is None else dict(possible.schema),
        )


def _read(message: PageModelRead) -> PromptRead:
    return PromptRead(input_tokens=message.input_tokens, cached_tokens=message.cached_tokens)


def _cut_short(request: ModelRequest, said: str, read: PromptRead | None) -> TokenUsage:
    usage = estimate_usage(request.messages, said)
    return usage if read is None else replace(usage, **vars(read))
