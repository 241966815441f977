"""Requests and replies of OpenAI's Responses, where they differ from the other formats."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from pyagent import OpenAIResponsesModel
from pyagent.errors import ContextOverflowError, ModelError, RateLimitError, ServerError
from pyagent.models.base import ReplyDone
from support.models.formats import (
    PIXEL_BASE64,
    SCHEMA,
    TOOLS,
    assert_is_the_reply,
    body_sent,
    conversation,
    replies,
    stream_bytes,
)
from support.models.model_asking import said, scripted, sse, stream_of


def ask(*answers: Any, **options: Any) -> list[Any]:
    model = scripted(OpenAIResponsesModel, *answers, max_retries=0, **options)
    return asyncio.run(replies(model, conversation(), tools=TOOLS))


def ended(kind: str, **response: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "response": {"output": [], **response}}


def test_effort_in_extra_body_keeps_the_summary() -> None:
    body, _ = body_sent(
        OpenAIResponsesModel, options={"extra_body": {"reasoning": {"effort": "low"}}}
    )
    assert body["reasoning"] == {"summary": "auto", "effort": "low"}


def test_refusal_of_our_part_keeps_the_part_in_extra_body() -> None:
    requests: list[httpx.Request] = []
    words = "Your organization must be verified to generate reasoning summaries."
    refusal = {"error": {"message": words, "param": "reasoning.summary"}}
    answers = [httpx.Response(400, json=refusal), stream_of(stream_bytes("responses"))]
    effort = {"reasoning": {"effort": "low"}, "store": True}
    assert_is_the_reply(ask(*answers, requests=requests, extra_body=effort))
    body = json.loads(requests[1].content)
    assert (body["reasoning"], body["store"]) == ({"effort": "low"}, True)


def test_conversation_is_written_as_items() -> None:
    body, request = body_sent(OpenAIResponsesModel, tools=TOOLS, schema=SCHEMA, max_tokens=99)
    assert str(request.url) == "https://api.openai.com/v1/responses"
    url = f"data:image/png;base64,{PIXEL_BASE64}"
    picture = {"type": "input_image", "image_url": url, "detail": "auto"}
    question = {"type": "input_text", "text": "What is this?"}
    city = {"name": "population", "arguments": '{"city": "São Paulo"}'}
    tool = {"type": "function", "strict": False, "name": "population"}
    assert body == {
        "model": "m-1",
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [picture, question]},
            {"role": "assistant", "content": "Ça va."},
            {"type": "function_call", "call_id": "call_a", **city},
            {"type": "function_call", "call_id": "call_b", "name": "now", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_a", "output": "11451999"},
            {"type": "function_call_output", "call_id": "call_b", "output": "noon"},
            {"role": "user", "content": "And then?"},
        ],
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"summary": "auto"},
        "max_output_tokens": 99,
        "tools": [
            {**tool, "description": TOOLS[0].description, "parameters": TOOLS[0].parameters},
            {**tool, "name": "now", "description": "The time.", "parameters": TOOLS[1].parameters},
        ],
        "text": {
            "format": {"type": "json_schema", "name": "reply", "schema": SCHEMA, "strict": True}
        },
    }


def test_encrypted_thoughts_go_back_in_their_places() -> None:
    done = ask(stream_of(stream_bytes("responses")))[-1]
    body, _ = body_sent(OpenAIResponsesModel, messages=conversation(dict(done.carried)))
    thought = {"type": "summary_text", "text": "Zwei Prozent, also mal 0,02 …"}
    reasoning = {"type": "reasoning", "id": "rs_1", "summary": [thought]}
    assert body["input"][2:6] == [
        {**reasoning, "encrypted_content": "Z2VoZWlt"},
        {"role": "assistant", "content": "Ça coûte 1340 € 😀\n", "phase": "commentary"},
        {
            "type": "function_call",
            "call_id": "call_a",
            "name": "population",
            "arguments": '{"city":"São Paulo"}',
        },
        {
            "type": "function_call",
            "call_id": "call_b",
            "name": "convert",
            "arguments": '{"amount":1340.5,"to":["\\u20ac","😀"]}',
        },
    ]


def test_thoughts_that_are_not_encrypted_are_not_sent_back() -> None:
    """The API would look for such thoughts in its store, where they are not."""
    stream = stream_bytes("responses").replace(b',"encrypted_content":"Z2VoZWlt"', b"")
    done = ask(stream_of(stream))[-1]
    body, _ = body_sent(OpenAIResponsesModel, messages=conversation(dict(done.carried)))
    assert [item.get("type", item.get("role")) for item in body["input"][2:5]] == [
        *("assistant", "function_call", "function_call"),
    ]


def test_response_that_does_not_stream_is_read() -> None:
    last = stream_bytes("responses").split(b"data: ")[-1]
    response = {**json.loads(last)["response"], "object": "response"}
    events = ask(httpx.Response(200, json=response))
    assert said(events) == "Ça coûte 1340 € 😀\n"
    assert [event.use.name for event in events[1:-1]] == ["population", "convert"]


def test_model_that_does_not_reason_is_asked_without_reasoning() -> None:
    requests: list[httpx.Request] = []
    refusals = [
        {"message": "Encrypted content is not supported with this model.", "param": "include"},
        {"message": "Unsupported parameter: 'reasoning.summary'.", "param": "reasoning.summary"},
    ]
    answers = [httpx.Response(400, json={"error": refusal}) for refusal in refusals]
    assert_is_the_reply(ask(*answers, stream_of(stream_bytes("responses")), requests=requests))
    assert {"include", "reasoning"}.isdisjoint(json.loads(requests[2].content))


def test_parts_of_thoughts_are_separate_paragraphs() -> None:
    kind = "response.reasoning_summary_text.delta"
    parts = [
        {"type": "response.reasoning_summary_part.added", "summary_index": 0},
        {"type": kind, "delta": "a"},
        {"type": "response.reasoning_summary_part.added", "summary_index": 1},
        {"type": kind, "delta": "b"},
    ]
    events = ask(stream_of(sse(*parts, ended("completed"))))
    assert "".join(event.text for event in events[:-1]) == "a\n\nb"


def test_refusal_is_text_without_streaming_too() -> None:
    part = {"type": "refusal", "refusal": "I can not help."}
    message = {"type": "message", "role": "assistant", "content": [part]}
    whole = {"object": "response", "status": "completed", "output": [message]}
    assert said(ask(httpx.Response(200, json=whole))) == "I can not help."


def test_tokens_read_from_and_written_to_the_cache_are_counted() -> None:
    details = {"cached_tokens": 2, "cache_write_tokens": 5}
    usage = {"input_tokens": 9, "input_tokens_details": details, "output_tokens": 4}
    done = ask(stream_of(sse(ended("completed", usage=usage))))[-1]
    assert (done.token_usage.cached_tokens, done.token_usage.cache_write_tokens) == (2, 5)


def test_token_limit_becomes_the_finish_reason() -> None:
    details = {"incomplete_details": {"reason": "max_output_tokens"}}
    done = ask(stream_of(sse(ended("incomplete", **details))))[-1]
    assert isinstance(done, ReplyDone)
    assert done.finish_reason == "length"


@pytest.mark.parametrize(
    ("event", "error", "words"),
    [
        (ended("incomplete", incomplete_details={"reason": "content_filter"}), ModelError, "filt"),
        (ended("failed", error={"code": "server_error", "message": "Oops"}), ServerError, "Oops"),
        (
            {"type": "error", "code": "rate_limit_exceeded", "message": "Slow", "param": None},
            RateLimitError,
            r"\(429\): Slow",
        ),
        (
            ended("failed", error={"code": "context_length_exceeded", "message": "Too much"}),
            ContextOverflowError,
            "Too much",
        ),
    ],
)
def test_failure_in_the_stream_is_explained(
    event: dict[str, Any], error: type[ModelError], words: str
) -> None:
    with pytest.raises(error, match=words):
        ask(stream_of(sse({"type": "response.created", "response": {"error": None}}, event)))
