"""The model that the page runs, with a fake page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pyagent.errors import ModelError
from pyagent.messages import ChatMessage, Image, ToolUse
from pyagent.models.base import PromptRead, ReplyDone, TextDelta
from pyagent.models.page import PageModel
from pyagent.models.price import Price
from pyagent.protocol import (
    PageModelCancel,
    PageModelDelta,
    PageModelDone,
    PageModelFailed,
    PageModelPrepare,
    PageModelRead,
    PageModelRequest,
    Problem,
    TokenUsage,
)
from support.models.model_asking import QUESTION, ask, said

USAGE = TokenUsage(input_tokens=3, output_tokens=2)
Answer = Callable[[int], Any]


def piece(text: str) -> Answer:
    return lambda request_id: PageModelDelta(request_id=request_id, text=text)


def read(request_id: int) -> PageModelRead:
    return PageModelRead(request_id=request_id, input_tokens=300, cached_tokens=290)


def done(request_id: int) -> PageModelDone:
    return PageModelDone(request_id=request_id, finish_reason="length", token_usage=USAGE)


def failed(request_id: int) -> PageModelFailed:
    problem = Problem(kind="page_model", message="It does not fit.", advice="Take a smaller one.")
    return PageModelFailed(request_id=request_id, problem=problem)


class Page:
    """Answers each request with the same messages."""

    def __init__(self, *answers: Answer, **options: Any) -> None:
        self.sent: list[PageModelPrepare | PageModelRequest | PageModelCancel] = []
        self.answers = answers
        self.model = PageModel(self.take, **options)

    def take(self, message: PageModelPrepare | PageModelRequest | PageModelCancel) -> None:
        self.sent.append(message)
        if isinstance(message, PageModelRequest):
            loop = asyncio.get_running_loop()
            for answer in self.answers:
                loop.call_soon(self.model.deliver, answer(message.request_id))


def test_request_and_reply_cross_as_messages() -> None:
    page = Page(piece("13"), piece("40"), done, temperature=0.1, max_tokens=9)
    events = asyncio.run(ask(page.model, stop=["x"]))
    assert page.sent == [
        PageModelRequest(
            request_id=1,
            messages=[{"role": "user", "content": QUESTION[0].content}],
            stop=["x"],
            max_tokens=9,
            temperature=0.1,
        )
    ]
    assert events == [
        TextDelta(text="13"),
        TextDelta(text="40"),
        ReplyDone(finish_reason="length", token_usage=replace(USAGE, cost_usd=0.0)),
    ]
    assert page.model.prompt_style == "short"


def test_prepare_crosses_as_a_message() -> None:
    page = Page()
    asyncio.run(page.model.prepare([ChatMessage(role="system", content="You count.")]))
    messages = [{"role": "system", "content": "You count."}]
    assert page.sent == [PageModelPrepare(messages=messages)]


def test_prompts_of_later_requests_cross_in_the_same_message() -> None:
    page = Page()
    first, later = (ChatMessage(role="system", content=text) for text in ("You count.", "Choose."))
    asyncio.run(page.model.prepare([first], [later]))
    [sent] = page.sent
    assert isinstance(sent, PageModelPrepare)
    assert sent.messages == [{"role": "system", "content": "You count."}]
    assert sent.later == [[{"role": "system", "content": "Choose."}]]


def test_what_the_page_read_is_told_before_the_reply() -> None:
    page = Page(read, piece("13"), done)
    events = asyncio.run(ask(page.model))
    assert events[:2] == [PromptRead(input_tokens=300, cached_tokens=290), TextDelta(text="13")]


def test_a_reply_that_is_cut_short_has_the_count_of_what_the_page_read() -> None:
    page = Page(read, piece("a</code>"), done)
    *_, end = asyncio.run(ask(page.model, stop=["</code>"]))
    assert isinstance(end, ReplyDone)
    usage = end.token_usage
    assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (300, 290, 1)


def test_stop_string_cuts_the_reply_and_cancels_the_request() -> None:
    page = Page(piece("a</co"), piece("de>b"), done)
    events = asyncio.run(ask(page.model, stop=["</code>"]))
    assert said(events) == "a"
    assert isinstance(events[-1], ReplyDone)
    assert events[-1].token_usage.estimated
    assert page.sent[1:] == [PageModelCancel(request_id=1)]


def test_failure_of_the_page_is_a_model_error() -> None:
    page = Page(piece("a"), failed)
    with pytest.raises(ModelError, match=r"It does not fit\. Take a smaller one\.") as caught:
        asyncio.run(ask(page.model))
    assert caught.value.kind == "page_model"
    assert len(page.sent) == 1


def test_closing_the_iterator_cancels_and_late_pieces_are_dropped() -> None:
    page = Page(piece("a"))

    async def run() -> None:
        stream = page.model.stream(QUESTION)
        assert await anext(stream) == TextDelta(text="a")
        await stream.aclose()
        page.model.deliver(PageModelDelta(request_id=1, text="late"))

    asyncio.run(run())
    assert page.sent[1:] == [PageModelCancel(request_id=1)]


def test_replies_at_the_same_time_do_not_mix() -> None:
    page = Page(done)

    async def run() -> list[str]:
        streams = [page.model.stream(QUESTION) for _ in range(2)]
        firsts = [asyncio.ensure_future(anext(stream)) for stream in streams]
        page.answers = ()
        await asyncio.sleep(0)
        page.model.deliver(PageModelDelta(request_id=2, text="second"))
        page.model.deliver(PageModelDelta(request_id=1, text="first"))
        texts = [event.text for event in await asyncio.gather(*firsts)]  # type: ignore[union-attr]
        for stream in streams:
            await stream.aclose()
        return texts

    page.answers = ()
    assert asyncio.run(run()) == ["first", "second"]


@pytest.mark.parametrize("follows", [True, False])
def test_schema_is_sent_only_to_a_model_that_follows_it(follows: bool) -> None:
    page = Page(done, supports_schema=follows)
    asyncio.run(ask(page.model, schema={"type": "object"}))
    assert isinstance(page.sent[0], PageModelRequest)
    assert page.sent[0].schema == ({"type": "object"} if follows else None)


def test_images_and_tool_calls_of_another_model_become_text() -> None:
    page = Page(done)
    messages = [
        ChatMessage(
            role="user", content="Look.", images=(Image(media_type="image/png", data=b""),)
        ),
        ChatMessage(role="assistant", content="", tool_uses=(ToolUse(id="1", name="look"),)),
        ChatMessage(role="tool", content="A cat.", tool_use_id="1"),
    ]

    async def run() -> None:
        async for _ in page.model.stream(messages):
            pass

    asyncio.run(run())
    assert isinstance(page.sent[0], PageModelRequest)
    said_before = [(m["role"], m["content"]) for m in page.sent[0].messages]
    assert said_before[1:] == [
        ("assistant", '{"name": "look", "arguments": {}}'),
        ("user", "A cat."),
    ]
    assert "takes none" in said_before[0][1]


def test_model_in_the_page_costs_nothing() -> None:
    assert Page().model.price == Price(input=0, output=0)
