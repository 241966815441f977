"""The scripted model, which most other tests rely on."""

from __future__ import annotations

import asyncio

import pytest

from pyagent import CodeAgent
from pyagent.errors import ModelError, StreamError
from pyagent.models.base import ModelRequest, ReasoningDelta, ReplyDone, Retrying, TextDelta
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import TokenUsage
from support.models.model_asking import QUESTION, ask, run_without_waiting, said


def test_each_request_gets_the_next_reply_in_pieces() -> None:
    model = ScriptedModel(["first reply, of some length", "second"])
    first = asyncio.run(ask(model, stop=["x"], max_tokens=5))
    assert said(first) == "first reply, of some length"
    assert {len(event.text) for event in first if isinstance(event, TextDelta)} >= {1, 2, 3, 5, 8}
    assert said(asyncio.run(ask(model))) == "second"
    request = ModelRequest(messages=tuple(QUESTION), stop=("x",), max_tokens=5)
    assert model.requests == [request, ModelRequest(messages=tuple(QUESTION))]


def test_request_after_the_last_reply_is_an_error() -> None:
    with pytest.raises(ModelError, match="no reply for request 1"):
        asyncio.run(ask(ScriptedModel([])))


def test_events_and_errors_come_in_the_order_of_the_script() -> None:
    retry = Retrying(reason="busy", delay_s=1)
    model = ScriptedModel([[retry, ReasoningDelta(text="hm"), "a", StreamError("cut")]])
    seen = []

    async def run() -> None:
        async for event in model.stream(QUESTION):
            seen.append(event)

    with pytest.raises(StreamError, match="cut"):
        asyncio.run(run())
    assert seen == [retry, ReasoningDelta(text="hm"), TextDelta(text="a")]


def test_stop_string_ends_the_reply_with_estimated_usage() -> None:
    events = asyncio.run(ask(ScriptedModel([["12</code>", "34"]]), stop=["</code>"]))
    assert said(events) == "12"
    usage = TokenUsage(input_tokens=10, output_tokens=1, estimated=True)
    assert events[-1] == ReplyDone(finish_reason="stop", token_usage=usage)


def test_scripted_end_of_a_reply_is_the_last_event() -> None:
    end = ReplyDone(finish_reason="length", token_usage=TokenUsage(output_tokens=1))
    assert asyncio.run(ask(ScriptedModel([["a", end]]))) == [TextDelta(text="a"), end]


def test_delay_passes_between_pieces() -> None:
    model = ScriptedModel(["abcdef"], delay_s=2)
    assert run_without_waiting(lambda: ask(model))[1] == pytest.approx(6, abs=0.5)


def test_one_text_is_one_reply() -> None:
    assert CodeAgent([], ScriptedModel("```python\nfinal_answer(7)\n```")).run("Go.").output == 7
