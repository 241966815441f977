"""Requests and replies of Anthropic's messages, where they differ from the other formats."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from pyagent import AnthropicModel
from pyagent.errors import ContextOverflowError, ModelError, RateLimitError
from pyagent.messages import ChatMessage
from pyagent.models.base import ReplyDone
from pyagent.models.formats.anthropic import BUDGET
from pyagent.protocol import TokenUsage
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
from support.models.model_asking import scripted, sse, stream_of

CACHED = {"cache_control": {"type": "ephemeral"}}


def ask(*answers: Any, **options: Any) -> list[Any]:
    model = scripted(AnthropicModel, *answers, max_retries=0, **options)
    return asyncio.run(replies(model, conversation(), tools=TOOLS))


def ended(stop_reason: str, **more: Any) -> list[dict[str, Any]]:
    usage = {"input_tokens": 5, "output_tokens": 1}
    return [
        {"type": "message_start", "message": {"usage": usage}},
        {"type": "message_delta", "delta": {"stop_reason": stop_reason, **more}, "usage": {}},
        {"type": "message_stop"},
    ]


def test_conversation_is_written_as_blocks() -> None:
    body, request = body_sent(AnthropicModel, tools=TOOLS, schema=SCHEMA)
    assert str(request.url) == "https://api.anthropic.com/v1/messages"
    assert request.headers["anthropic-version"] == "2023-06-01"
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL_BASE64}
    use = {"type": "tool_use", "id": "call_a", "name": "population"}
    assert body == {
        "model": "m-1",
        "max_tokens": 16384,
        "system": [{"type": "text", "text": "Be brief.", **CACHED}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": source},
                    {"type": "text", "text": "What is this?"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Ça va."},
                    {**use, "input": {"city": "São Paulo"}},
                    {**use, "id": "call_b", "name": "now", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_a", "content": "11451999"},
                    {"type": "tool_result", "tool_use_id": "call_b", "content": "noon"},
                    {"type": "text", "text": "And then?", **CACHED},
                ],
            },
        ],
        "stream": True,
        "tools": [
            {
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.parameters,
            }
            for tool in TOOLS
        ],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }


def test_signed_thoughts_go_back_first_and_unchanged() -> None:
    done = ask(stream_of(stream_bytes("anthropic")))[-1]
    body, _ = body_sent(AnthropicModel, messages=conversation(dict(done.carried)), tools=TOOLS)
    thought, text, *uses = body["messages"][1]["content"]
    assert thought == {
        "type": "thinking",
        "thinking": "Zwei Prozent, also mal 0,02 …",
        "signature": "c2lnbmVk",
    }
    assert text["text"] == "Ça coûte 1340 € 😀\n"
    assert uses[1] == {
        "type": "tool_use",
        "id": "call_b",
        "name": "convert",
        "input": {"amount": 1340.5, "to": ["€", "😀"]},
    }


def test_redacted_thoughts_go_back_too() -> None:
    hidden = {"type": "redacted_thinking", "data": "ZW5jcnlwdGVk"}
    use = {"type": "tool_use", "id": "t1", "name": "now", "input": {}}
    blocks = [
        event
        for index, block in enumerate((hidden, use))
        for event in (
            {"type": "content_block_start", "index": index, "content_block": block},
            {"type": "content_block_stop", "index": index},
        )
    ]
    start, *end = ended("tool_use")
    asked, done = ask(stream_of(sse(start, *blocks, *end)))
    turn = ChatMessage(
        role="assistant", content="", tool_uses=(asked.use,), carried=dict(done.carried)
    )
    result = ChatMessage(role="tool", content="noon", tool_use_id="t1")
    body, _ = body_sent(AnthropicModel, messages=[turn, result], tools=TOOLS)
    assert body["messages"][0]["content"] == [hidden, use]


def test_thoughts_go_back_only_to_the_model_that_had_them() -> None:
    done = ask(stream_of(stream_bytes("anthropic")))[-1]
    messages = conversation(dict(done.carried))
    for options in ({"model_id": "m-2"}, {"base_url": "https://elsewhere.example/v1"}):
        body, _ = body_sent(AnthropicModel, messages=messages, tools=TOOLS, options=options)
        assert "thinking" not in json.dumps(body)


def test_turns_with_tools_become_text_if_no_tools_are_offered() -> None:
    body, _ = body_sent(AnthropicModel)
    blocks = [block for turn in body["messages"] for block in turn["content"]]
    assert {block["type"] for block in blocks} == {"image", "text"}
    assert '"name": "population"' in blocks[2]["text"]


def test_neighbours_are_merged_and_empty_texts_are_left_out() -> None:
    turns = [("user", "a"), ("user", " "), ("user", "b"), ("assistant", ""), ("user", "c")]
    messages = [ChatMessage(role=role, content=text) for role, text in turns]  # type: ignore[arg-type]
    body, _ = body_sent(AnthropicModel, messages=messages)
    texts = [[block["text"] for block in turn["content"]] for turn in body["messages"]]
    assert texts == [["a", "b", "c"]]
    assert "system" not in body


@pytest.mark.parametrize(
    ("thinking", "sent", "limit"),
    [
        (2048, {"type": "enabled", "budget_tokens": 2048}, 2148),
        ("adaptive", {"type": "adaptive", "display": "summarized"}, 100),
        (True, {"type": "adaptive", "display": "summarized"}, 100),
        (False, {"type": "disabled"}, 100),
        (None, None, 100),
    ],
)
def test_tokens_for_thinking_are_added_to_the_limit(thinking: Any, sent: Any, limit: int) -> None:
    body, _ = body_sent(AnthropicModel, options={"thinking": thinking}, max_tokens=100)
    assert (body.get("thinking"), body["max_tokens"]) == (sent, limit)


@pytest.mark.parametrize(
    "words",
    [
        "adaptive thinking is not supported on this model",
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, found `text`.",
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".',
    ],
)
def test_refused_thinking_is_left_out(words: str) -> None:
    requests: list[httpx.Request] = []
    problem = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    answers = [httpx.Response(400, json=problem), stream_of(stream_bytes("anthropic"))]
    assert_is_the_reply(ask(*answers, requests=requests, thinking=1024))
    assert "thinking" not in json.loads(requests[1].content)


def test_model_without_adaptive_thinking_gets_a_budget() -> None:
    requests: list[httpx.Request] = []
    words = "adaptive thinking is not supported on this model"
    problem = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    refusal, reply = httpx.Response(400, json=problem), stream_of(stream_bytes("anthropic"))
    assert_is_the_reply(ask(refusal, reply, requests=requests, thinking=True))
    asked, mended = (json.loads(request.content) for request in requests)
    assert asked["thinking"]["type"] == "adaptive"
    assert mended["thinking"] == {"type": "enabled", "budget_tokens": BUDGET}
    assert mended["max_tokens"] == asked["max_tokens"] + BUDGET


def test_model_that_cannot_think_is_asked_without_thinking() -> None:
    requests: list[httpx.Request] = []
    words = "thinking is not supported on this model"
    problem = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    refusals = [httpx.Response(400, json=problem) for _ in range(2)]
    left_out, *reply = ask(
        *refusals, stream_of(stream_bytes("anthropic")), requests=requests, thinking=True
    )
    assert_is_the_reply(reply)
    assert "takes no thinking for" in left_out.message
    assert "thinking" not in json.loads(requests[-1].content)


def test_requests_at_the_same_time_all_fall_back_to_a_budget() -> None:
    """Each request gets the same refusal, although the model has learned from the first one."""
    words = "adaptive thinking is not supported on this model"
    problem = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    told = asyncio.Barrier(2)
    kinds: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        kinds.append(json.loads(request.content)["thinking"]["type"])
        if kinds[-1] == "enabled":
            return stream_of(stream_bytes("anthropic"))
        await told.wait()
        return httpx.Response(400, json=problem)

    async def scenario() -> None:
        transport = httpx.MockTransport(answer)
        model = AnthropicModel("m-1", api_key="sk-1", thinking=True, transport=transport)

        async def ask_it() -> None:
            assert_is_the_reply(
                [event async for event in model.stream(conversation(), tools=TOOLS)]
            )

        await asyncio.gather(ask_it(), ask_it())
        await model.aclose()

    asyncio.run(scenario())
    assert kinds == ["adaptive"] * 2 + ["enabled"] * 2


def test_call_in_a_block_that_is_never_closed_is_read() -> None:
    start, *end = ended("tool_use")
    use = {"type": "tool_use", "id": "t1", "name": "now", "input": {}}
    opened = {"type": "content_block_start", "index": 0, "content_block": use}
    asked, _ = ask(stream_of(sse(start, opened, *end)))
    assert asked.use.name == "now"


def test_open_schema_is_closed_for_the_provider() -> None:
    inner = {"type": "object", "properties": {"type": {"type": "string"}}}
    schema = {"type": "object", "properties": {"list": {"type": "array", "items": inner}}}
    body, _ = body_sent(AnthropicModel, schema=schema)
    sent = body["output_config"]["format"]["schema"]
    assert sent["additionalProperties"] is False
    assert sent["properties"]["list"]["items"] == {**inner, "additionalProperties": False}


def test_reply_that_does_not_stream_is_read() -> None:
    message = {
        "type": "message",
        "content": [{"type": "text", "text": "1340"}],
        "stop_reason": "max_tokens",
        "usage": {"input_tokens": 9, "output_tokens": 4},
    }
    text, done = ask(httpx.Response(200, json=message))
    assert text.text == "1340"
    usage = TokenUsage(input_tokens=9, output_tokens=4)
    assert done == ReplyDone(finish_reason="length", token_usage=usage)


def test_input_written_to_the_cache_costs_more() -> None:
    """https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching"""
    counts = {"cache_creation_input_tokens": 100_000, "cache_read_input_tokens": 10_000}
    usage = {"input_tokens": 3, "output_tokens": 1, **counts}
    message = {"type": "message", "content": [], "stop_reason": "end_turn", "usage": usage}
    [done] = ask(httpx.Response(200, json=message), model_id="claude-sonnet-4-5")
    told = done.token_usage
    assert (told.input_tokens, told.cached_tokens, told.cache_write_tokens) == (
        (110_003, 10_000, 100_000)
    )
    billed = 3 * 3e-6 + 100_000 * 3.75e-6 + 10_000 * 0.3e-6 + 1 * 15e-6
    assert told.cost_usd == pytest.approx(billed)


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        ({}, 8_192),
        ({"thinking": 2_000}, 8_192),
        ({"max_tokens": 9_000}, 9_000),
        ({"max_tokens": 8_000, "thinking": 2_000}, 10_000),
    ],
)
def test_limit_is_the_most_that_the_model_can_write_unless_one_is_given(
    options: dict[str, Any], limit: int
) -> None:
    options |= {"model_id": "MiniMax-M2", "base_url": "https://api.minimax.io/anthropic/v1"}
    body, _ = body_sent(AnthropicModel, options=options)
    assert body["max_tokens"] == limit


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
    ],
)
def test_stop_reason_becomes_the_finish_reason(reason: str, finish: str) -> None:
    [done] = ask(stream_of(sse(*ended(reason))))
    assert done.finish_reason == finish


def test_refusal_is_an_error_with_its_explanation() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "This is malware."}
    with pytest.raises(ModelError, match=r"refused to reply: This is malware\.") as caught:
        ask(stream_of(sse(*ended("refusal", stop_details=details))))
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(
    ("status", "kind", "words", "error", "told"),
    [
        (400, "invalid_request_error", "Your credit balance is too low", RateLimitError, "quota"),
        (
            400,
            "invalid_request_error",
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
            ContextOverflowError,
            "context_overflow",
        ),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 210000 tokens > 200000 maximum",
            ContextOverflowError,
            "context_overflow",
        ),
    ],
)
def test_anthropics_wordings_of_errors_are_recognised(
    status: int, kind: str, words: str, error: type[ModelError], told: str
) -> None:
    problem = {"type": "error", "error": {"type": kind, "message": words}}
    with pytest.raises(error) as caught:
        ask(httpx.Response(status, json=problem))
    assert caught.value.kind == told
