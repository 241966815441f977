"""What a server refuses is left out, and the person is told."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from pyagent import ToolCallingAgent
from pyagent.errors import ServerError
from pyagent.models.base import LeftOut, ModelEvent, Retrying
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.router import RouterModel
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import Notice
from support.models.formats import SCHEMA, TOOLS, conversation, replies
from support.models.model_asking import (
    ask,
    delta,
    model_on,
    run_without_waiting,
    said,
    scripted,
    sse,
    stream_of,
)


def refused(words: str, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": words}})


def fine() -> httpx.Response:
    return stream_of(sse(delta("ok", "stop")))


def told(events: list[ModelEvent]) -> list[str]:
    return [event.message for event in events if isinstance(event, LeftOut)]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("m-1 does not support tools", "tools"),
        ("This model does not support response format `json_schema`.", "schema"),
        ("Unsupported parameter: 'stop'.", "stop"),
        ("Unsupported value: 'temperature' does not support 0.2.", "temperature"),
    ],
)
def test_event_says_once_what_is_left_out(words: str, what: str) -> None:
    model = scripted(OpenAIModel, refused(words), fine(), fine(), temperature=0.2)
    asked: dict[str, Any] = {"tools": TOOLS, "schema": SCHEMA, "stop": ["\n\n"]}
    first = asyncio.run(replies(model, conversation(), **asked))
    second = asyncio.run(replies(model, conversation(), **asked))
    assert told(first) == [f"api.openai.com takes no {what} for m-1; this is left out from now on."]
    assert (said(first), told(second)) == ("ok", [])


@pytest.mark.parametrize(
    "words",
    ["Unsupported parameter: 'max_tokens'. Use another.", "Unrecognized argument: stream_options"],
)
def test_no_event_for_parameters_that_nobody_misses(words: str) -> None:
    assert told(asyncio.run(ask(model_on(refused(words), fine(), max_tokens=9)))) == []


def test_request_is_sent_again_after_a_part_was_left_out() -> None:
    model = model_on(refused("Unsupported parameter: 'stop'."), refused("busy", 503), fine())
    events, _ = run_without_waiting(lambda: ask(model, stop=["\n\n"]))
    assert [type(event) for event in events[:2]] == [LeftOut, Retrying]
    assert said(events) == "ok"


def test_event_says_what_is_left_out_even_if_the_request_fails() -> None:
    model = model_on(refused("Unsupported parameter: 'stop'."), refused("busy", 503), max_retries=0)
    events: list[ModelEvent] = []

    async def run() -> None:
        async for event in model.stream([], stop=["\n\n"]):
            events.append(event)

    with pytest.raises(ServerError):
        asyncio.run(run())
    assert len(told(events)) == 1


def test_router_may_ask_the_next_model_after_something_was_left_out() -> None:
    first = model_on(refused("Unsupported parameter: 'stop'."), refused("busy", 503), max_retries=0)
    model = RouterModel([first, ScriptedModel(["from the second"])])
    events = asyncio.run(ask(model, stop=["\n\n"]))
    assert (len(told(events)), said(events)) == (1, "from the second")


def test_notice_tells_the_person_that_tools_are_left_out() -> None:
    model = model_on(refused("m-1 does not support tools"), fine())
    with ToolCallingAgent([], model) as agent:
        notices = [event for event in agent.stream("Go.") if isinstance(event, Notice)]
    message = "api.openai.com takes no tools for m-1; this is left out from now on."
    assert [(notice.level, notice.message) for notice in notices] == [("warning", message)]
