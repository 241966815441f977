"""``Model.stream`` packs the request, adds the cost and closes the reply of every model."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import fields
from typing import Any

import pytest

from pyagent import ScriptedModel, ToolCallingAgent
from pyagent.messages import ChatMessage, ToolSpec
from pyagent.models.base import (
    Model,
    ModelEvent,
    ModelRequest,
    ReplyDone,
    TextDelta,
)
from pyagent.models.price import Price
from pyagent.protocol import TokenUsage
from support.models.model_asking import QUESTION, ask

PRICE = Price(input=1, output=2)
TOOL = ToolSpec(name="double", description="Doubles.", parameters={"type": "object"})


class Plain(Model):
    """A model as a user writes one: only ``reply``."""

    model_id = "plain"

    def __init__(
        self, *, usage: TokenUsage | None = None, price: Price | None = None, pause: bool = False
    ) -> None:
        self.price = price
        self.asked: list[ModelRequest] = []
        self.is_closed = False
        self._usage = usage or TokenUsage(input_tokens=1_000, output_tokens=100)
        self._pause = pause

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request)
        try:
            yield TextDelta(text="hello")
            if self._pause:
                await asyncio.Event().wait()
            yield ReplyDone(finish_reason="stop", token_usage=self._usage, carried={"a": 1})
        finally:
            self.is_closed = True


def test_a_reply_that_is_no_generator_is_read_to_its_end() -> None:
    class Listed(Model):
        """Replies with an iterator that cannot be closed."""

        def reply(self, request: ModelRequest) -> Any:
            usage = TokenUsage(input_tokens=1, output_tokens=1)
            return _Listed(
                [TextDelta(text="a"), ReplyDone(finish_reason="stop", token_usage=usage)]
            )

    async def scenario() -> list[ModelEvent]:
        return [event async for event in Listed().stream([ChatMessage(role="user", content="Go.")])]

    assert [type(event) for event in asyncio.run(scenario())] == [TextDelta, ReplyDone]


class _Listed:
    def __init__(self, events: list[ModelEvent]) -> None:
        self._events = iter(events)

    def __aiter__(self) -> _Listed:
        return self

    async def __anext__(self) -> ModelEvent:
        for event in self._events:
            return event
        raise StopAsyncIteration


def test_an_agent_counts_the_cost_of_a_model_that_writes_stream_itself() -> None:
    class Old(ScriptedModel):
        """As models were written before ``reply``."""

        async def stream(self, messages: Any, **options: Any) -> AsyncGenerator[ModelEvent, None]:
            usage = TokenUsage(input_tokens=1_000_000)
            yield TextDelta(text="Done.")
            yield ReplyDone(finish_reason="stop", token_usage=usage)

    model = Old(price=Price(input=2, output=0), supports_tools=True)
    assert ToolCallingAgent([], model).run("Go.").cost == 2.0


def test_model_without_reply_cannot_be_made() -> None:
    class Silent(Model):
        pass

    with pytest.raises(TypeError, match="reply"):
        Silent()  # type: ignore[abstract]


def test_request_has_a_field_for_each_parameter_of_stream() -> None:
    parameters = inspect.signature(Model.stream).parameters
    assert ["self", *(field.name for field in fields(ModelRequest))] == list(parameters)


def test_request_reaches_the_model_whole() -> None:
    model, schema = Plain(), {"type": "object"}
    asyncio.run(ask(model, stop=["x"], max_tokens=5, tools=[TOOL], schema=schema))
    expected = ModelRequest(
        messages=tuple(QUESTION), stop=("x",), max_tokens=5, tools=(TOOL,), schema=schema
    )
    assert model.asked == [expected]


def test_lists_that_change_later_do_not_change_the_request() -> None:
    async def run() -> ModelRequest:
        model, messages = Plain(), [*QUESTION]
        async with aclosing(model.stream(messages)) as events:
            await anext(events)
            messages.append(ChatMessage(role="user", content="And?"))
        return model.asked[0]

    assert asyncio.run(run()).messages == tuple(QUESTION)


def test_reply_gets_its_cost_by_the_price_of_the_model() -> None:
    text, done = asyncio.run(ask(Plain(price=PRICE)))
    assert text == TextDelta(text="hello")
    assert isinstance(done, ReplyDone)
    assert done.token_usage.cost_usd == pytest.approx(0.0012)
    assert (done.token_usage.input_tokens, done.carried) == (1_000, {"a": 1})


@pytest.mark.parametrize(
    ("price", "told", "cost"), [(PRICE, 0.5, 0.5), (None, 0.5, 0.5), (None, None, None)]
)
def test_cost_is_unchanged_if_the_provider_gives_it_or_no_price_is_known(
    price: Price | None, told: float | None, cost: float | None
) -> None:
    model = Plain(usage=TokenUsage(input_tokens=1_000, cost_usd=told), price=price)
    done = asyncio.run(ask(model))[-1]
    assert isinstance(done, ReplyDone)
    assert done.token_usage.cost_usd == cost


def test_closing_the_stream_ends_the_reply_at_once() -> None:
    async def run() -> bool:
        model = Plain()
        events = model.stream(QUESTION)
        await anext(events)
        await events.aclose()
        return model.is_closed

    assert asyncio.run(run())


def test_cancelling_the_reader_ends_the_reply_at_once() -> None:
    async def run() -> bool:
        model = Plain(pause=True)
        reading = asyncio.create_task(ask(model))
        while not model.asked:
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return model.is_closed

    assert asyncio.run(run())
