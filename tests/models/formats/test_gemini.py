"""Requests and replies of Google's Gemini API, where they differ from the other formats."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from pyagent import GeminiModel
from pyagent.errors import AuthenticationError, ModelError, RateLimitError
from pyagent.messages import ToolUse
from pyagent.models.base import LeftOut, ToolRequested
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

URL = "https://generativelanguage.googleapis.com/v1beta"


def ask(*answers: Any, **options: Any) -> list[Any]:
    model = scripted(GeminiModel, *answers, max_retries=0, **options)
    return asyncio.run(replies(model, conversation(), tools=TOOLS))


def chunk(*parts: Any, reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": reason, **more}]}


def problem(status: int, words: str, *details: dict[str, Any]) -> httpx.Response:
    error = {"code": status, "message": words, "status": "?", "details": list(details)}
    return httpx.Response(status, json={"error": error})


def test_conversation_is_written_as_contents() -> None:
    body, request = body_sent(GeminiModel, tools=TOOLS, schema=SCHEMA, max_tokens=99)
    assert str(request.url) == f"{URL}/models/m-1:streamGenerateContent?alt=sse"
    picture = {"inlineData": {"mimeType": "image/png", "data": PIXEL_BASE64}}
    call = {"name": "population", "args": {"city": "São Paulo"}}
    unsigned = {"thoughtSignature": "skip_thought_signature_validator"}
    first = {"name": "population", "response": {"output": "11451999"}}
    second = {"name": "now", "response": {"output": "noon"}}
    results = [{"functionResponse": first}, {"functionResponse": second}]
    assert body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [picture, {"text": "What is this?"}]},
            {
                "role": "model",
                "parts": [
                    {"text": "Ça va."},
                    {"functionCall": call, **unsigned},
                    {"functionCall": {"name": "now", "args": {}}},
                ],
            },
            {"role": "user", "parts": [*results, {"text": "And then?"}]},
        ],
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "population",
                        "description": "Population of a city.",
                        "parametersJsonSchema": TOOLS[0].parameters,
                    },
                    {"name": "now", "description": "The time."},
                ]
            }
        ],
        "generationConfig": {
            "maxOutputTokens": 99,
            "thinkingConfig": {"includeThoughts": True},
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
        },
    }


def test_signatures_go_back_with_their_calls() -> None:
    signed = {"functionCall": {"id": "g1", "name": "f", "args": {}}, "thoughtSignature": "c2ln"}
    second = {"functionCall": {"name": "now", "args": {}}}
    closing = {"text": "", "thoughtSignature": "ZW5k"}
    parts = [{"text": "hm", "thought": True}, {"text": "O"}, {"text": "K"}, signed, second]
    events = ask(stream_of(sse(chunk(*parts), chunk(closing, reason="STOP"))))
    uses = tuple(event.use for event in events if isinstance(event, ToolRequested))
    messages = conversation(dict(events[-1].carried))
    turn, *results = messages[2:5]
    messages[2] = type(turn)(
        role="assistant", content="OK", tool_uses=uses, carried=events[-1].carried
    )
    for place, use in enumerate(uses, start=3):
        messages[place] = type(turn)(role="tool", content="1", tool_use_id=use.id)
    body, _ = body_sent(GeminiModel, messages=messages, tools=TOOLS)
    assert len(results) == 2
    assert body["contents"][1]["parts"] == [{"text": "OK"}, signed, second, closing]
    responses = [part["functionResponse"] for part in body["contents"][2]["parts"][:2]]
    assert responses[0] == {"id": "g1", "name": "f", "response": {"output": "1"}}
    assert responses[1] == {"name": "now", "response": {"output": "1"}}


def test_calls_without_ids_get_different_ids() -> None:
    part = {"functionCall": {"name": "now"}}
    events = ask(stream_of(sse(chunk(part, part, reason="STOP"))))
    uses = [event.use for event in events if isinstance(event, ToolRequested)]
    assert len({use.id for use in uses}) == 2
    assert [use.arguments for use in uses] == [{}, {}]
    assert all(isinstance(use, ToolUse) and not use.fault for use in uses)


def test_setting_in_extra_body_keeps_the_other_settings() -> None:
    level = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}}}
    body, _ = body_sent(GeminiModel, options={"extra_body": level}, max_tokens=99)
    thinking = {"includeThoughts": True, "thinkingLevel": "low"}
    assert body["generationConfig"] == {"maxOutputTokens": 99, "thinkingConfig": thinking}


@pytest.mark.parametrize(
    ("model_id", "path"),
    [("models/m-1", "models/m-1"), ("tunedModels/a b", "tunedModels/a%20b"), ("m?", "models/m%3F")],
)
def test_any_form_of_a_models_name_makes_a_path(model_id: str, path: str) -> None:
    _, request = body_sent(GeminiModel, options={"model_id": model_id})
    assert str(request.url) == f"{URL}/{path}:streamGenerateContent?alt=sse"


@pytest.mark.parametrize(
    ("thinking", "sent"),
    [
        (None, {"includeThoughts": True}),
        (-1, {"includeThoughts": True, "thinkingBudget": -1}),
        (2000, {"includeThoughts": True, "thinkingBudget": 2000}),
        (0, {"thinkingBudget": 0}),
        (True, {"includeThoughts": True, "thinkingBudget": -1}),
        (False, {"thinkingBudget": 0}),
    ],
)
def test_thoughts_are_requested_unless_thinking_is_off(
    thinking: int | None, sent: dict[str, Any]
) -> None:
    """Google refuses ``includeThoughts`` beside a budget of 0."""
    body, _ = body_sent(GeminiModel, options={"thinking": thinking})
    assert body["generationConfig"]["thinkingConfig"] == sent


@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        ("Thinking is not enabled for models/m-1", "thinkingConfig"),
        ('Invalid JSON payload: Unknown name "stopSequences"', "stopSequences"),
        ("Unsupported generation_config.stop_sequences", "stopSequences"),
    ],
)
def test_refused_setting_is_left_out(words: str, left_out: str) -> None:
    requests: list[httpx.Request] = []
    answers = [problem(400, words), stream_of(stream_bytes("gemini"))]
    model = scripted(GeminiModel, *answers, requests=requests)
    assert_is_the_reply(asyncio.run(replies(model, conversation(), tools=TOOLS, stop=["###"])))
    names = {"thinkingConfig", "stopSequences"} - {left_out}
    assert set(json.loads(requests[1].content)["generationConfig"]) == names


def test_system_prompt_moves_to_the_first_turn_if_the_model_has_no_place_for_it() -> None:
    """Gemma refuses system prompts: https://github.com/0xPlaygrounds/rig/issues/788"""
    requests: list[httpx.Request] = []
    words = "Developer instruction is not enabled for models/gemma-3-27b-it"
    answers = [problem(400, words), *(stream_of(stream_bytes("gemini")) for _ in range(2))]
    model = scripted(GeminiModel, *answers, requests=requests)
    first = asyncio.run(replies(model, conversation()[:2]))
    second = asyncio.run(replies(model, conversation()[:2]))
    assert_is_the_reply(first)
    assert not any(isinstance(event, LeftOut) for event in (*first, *second))
    for request in requests[1:]:
        body = json.loads(request.content)
        assert "systemInstruction" not in body
        [turn] = body["contents"]
        assert (turn["role"], turn["parts"][0]) == ("user", {"text": "Be brief."})


def test_gemma_loses_each_of_its_missing_abilities() -> None:
    words = [
        "Function calling is not enabled for models/gemma-3-27b-it",
        "JSON mode is not enabled for models/gemma-3-27b-it",
    ]
    answers = [*(problem(400, text) for text in words), stream_of(stream_bytes("gemini"))]
    model = scripted(GeminiModel, *answers)
    asyncio.run(replies(model, conversation(), tools=TOOLS, schema=SCHEMA))
    assert (model.supports_tools, model.supports_schema) == (False, False)


def test_schema_is_left_out_if_tools_and_schema_do_not_go_together() -> None:
    words = "Function calling with a response mime type: 'application/json' is unsupported"
    model = scripted(GeminiModel, problem(400, words), stream_of(stream_bytes("gemini")))
    asyncio.run(replies(model, conversation(), tools=TOOLS, schema=SCHEMA))
    assert model.supports_tools
    assert not model.supports_schema


@pytest.mark.parametrize(
    ("event", "error", "words"),
    [
        (chunk(reason="SAFETY"), ModelError, r"stopped the reply \(SAFETY\)"),
        (chunk(reason="RECITATION"), ModelError, "RECITATION"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, ModelError, "prompt was block"),
    ],
)
def test_blocked_prompt_or_reply_is_an_error(
    event: dict[str, Any], error: type[ModelError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        ask(stream_of(sse(event)))
    assert caught.value.kind == "refused"


def test_call_that_google_cannot_read_is_a_fault_for_the_model_to_mend() -> None:
    thought = chunk({"text": "hm", "thought": True})
    end = chunk(reason="MALFORMED_FUNCTION_CALL", finishMessage="Malformed call: now{")
    done = ask(stream_of(sse(thought, end)))[-1]
    assert done.fault == "Malformed call: now{ (MALFORMED_FUNCTION_CALL)"
    assert ask(stream_of(sse(chunk(reason="UNEXPECTED_TOOL_CALL"))))[-1].fault == (
        "UNEXPECTED_TOOL_CALL"
    )


def test_token_limit_becomes_the_finish_reason() -> None:
    assert ask(stream_of(sse(chunk({"text": "a"}, reason="MAX_TOKENS"))))[-1].finish_reason == (
        "length"
    )


def test_wrong_key_is_recognised_despite_status_400() -> None:
    words = "API key not valid. Please pass a valid API key."
    with pytest.raises(AuthenticationError, match=r"refuses the key \(400\)"):
        ask(problem(400, words, {"reason": "API_KEY_INVALID"}))


QUOTA = "You exceeded your current quota, please check your plan and billing details."


@pytest.mark.parametrize(
    ("details", "kind", "wait_s"),
    [
        ([{"quotaId": "RequestsPerMinute"}, {"retryDelay": "34s"}], "rate_limited", 34),
        ([{"quotaId": "GenerateRequestsPerDayPerProject"}, {"retryDelay": "34s"}], "quota", None),
        ([], "quota", None),
    ],
)
def test_quota_for_each_minute_is_waited_for_and_one_for_each_day_is_not(
    details: list[dict[str, str]], kind: str, wait_s: float | None
) -> None:
    with pytest.raises(RateLimitError) as caught:
        ask(problem(429, QUOTA, *details))
    assert (caught.value.kind, caught.value.retry_after_s) == (kind, wait_s)
