"""Every failure has a message that says what happened, and advice that says what to do."""

from __future__ import annotations

import asyncio
import json
import re
from time import process_time
from typing import Any

import httpx
import pytest

from pyagent.errors import (
    AuthenticationError,
    ContextOverflowError,
    EndpointError,
    ModelError,
    RateLimitError,
    ServerError,
    StreamError,
)
from pyagent.models.base import ReplyDone
from pyagent.models.catalog.providers import all_providers, provider_named
from pyagent.models.http.client import broken_by
from pyagent.models.http.endpoint import Endpoint, checked_endpoint
from pyagent.models.http.explain import (
    explain_response,
    explain_transport_error,
    explain_wrong_reply,
    server_words,
)
from support.models.model_asking import ask, delta, model_on, said, sse, stream_of

KEY = "sk-very-secret"
OLLAMA = "http://localhost:11434/v1"
PAGE = "https://pyagent.example"


def endpoint(
    base_url: str = "https://api.openai.com/v1", *, key: str = KEY, page: str = ""
) -> Endpoint:
    return checked_endpoint(base_url, "m-1", api_key=key, page_origin=page)


def openai_error(message: str, **more: Any) -> str:
    return json.dumps({"error": {"message": message, **more}})


RESPONSES = [
    (401, openai_error(f"Incorrect API key provided: {KEY}."), AuthenticationError, "wrong_key"),
    (403, openai_error("Country not supported"), AuthenticationError, "wrong_key"),
    (402, openai_error("Insufficient credits"), RateLimitError, "quota"),
    (429, openai_error("Slow down"), RateLimitError, "rate_limited"),
    (429, openai_error("…", code="insufficient_quota"), RateLimitError, "quota"),
    (404, openai_error("The model `m-1` does not exist"), EndpointError, "no_model"),
    (400, openai_error("m-1 is not a valid model ID"), EndpointError, "no_model"),
    (404, '{"error":{"message":"model \'m-1\' not found"}}', EndpointError, "no_model"),
    (404, '{"detail":"Not Found"}', EndpointError, "wrong_url"),
    (404, "<html><title>404 Not Found</title></html>", EndpointError, "wrong_url"),
    (405, "Method Not Allowed", EndpointError, "wrong_url"),
    (308, "", EndpointError, "wrong_url"),
    (400, openai_error("temperature must be at most 2"), ModelError, "refused"),
    (500, openai_error("oops"), ServerError, "server_error"),
    (503, '{"error":{"code":503,"message":"Loading model"}}', ServerError, "server_error"),
    (502, "<html><title>Bad gateway</title></html>", ServerError, "server_error"),
    (408, "", ServerError, "server_error"),
    (413, "", ContextOverflowError, "context_overflow"),
]


@pytest.mark.parametrize(("status", "body", "error", "kind"), RESPONSES)
def test_response_becomes_an_error_with_advice(
    status: int, body: str, error: type[ModelError], kind: str
) -> None:
    explained = explain_response(endpoint(), status, {}, body)
    assert type(explained) is error
    assert (explained.kind, explained.status) == (kind, status)
    assert "api.openai.com" in explained.message
    assert f"({status})" in explained.message
    assert explained.advice.endswith(".")
    assert KEY not in str(explained)
    assert server_words(body) in explained.message or KEY in body


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens",
        "the request exceeds the available context size, try increasing it",
        "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "Please reduce the length of the messages or completion.",
        "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
        "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193.",
        "Trying to keep the first 5000 tokens when context the overflows.",
        "Input is too long for requested model.",
        "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)",
        "Prompt exceeds max length",
        "Prompt 超长",
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]",
        "The decoder prompt (length 163840) is longer than the maximum model length of 131072.",
        "The input (233781 tokens) is longer than the model's context length (202752 tokens).",
        "Input length 203743 exceeds the maximum length 202752",
        "prompt token count of 5000 exceeds the limit of 4096",
        "invalid params, context window exceeds limit",
        "too many tokens: total number of tokens in the prompt cannot exceed 4081",
        "the max input characters is 20000",
        "输入内容超过模型上下文长度限制",
        "Input tokens exceed the configured limit of 272000 tokens.",
        "prompt too long; exceeded max context length by 12 tokens",
        "max message tokens length exceed",
        "Total tokens of image and text exceed max message tokens",
        "Total message token length exceed model limit",
        "The sequence length 9000 exceeds the configured max_seq_len 8192",
        "Conversation too long.",
        "The sequence is too long.",
    ],
)
def test_every_wording_of_a_context_overflow_is_recognised(words: str) -> None:
    explained = explain_response(endpoint(), 400, {}, openai_error(words))
    assert type(explained) is ContextOverflowError
    assert "Start a new conversation" in explained.advice


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"code": "1261", "message": ""}}',
        '{"error_code": 336007, "error_msg": "the messages are refused"}',
    ],
    ids=["GLM", "Baidu"],
)
def test_code_for_a_full_context_is_recognised(body: str) -> None:
    explained = explain_response(endpoint(), 400, {}, body)
    assert type(explained) is ContextOverflowError


@pytest.mark.parametrize(
    "words",
    [
        "max_tokens exceeds the limit of 8192",
        "max_completion_tokens must not be over 4096",
        "Range of max_tokens should be [1, 8192]",
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens.",
        "The request exceeds the rate limit of 3 requests per minute.",
        "temperature is greater than the maximum of 2",
        "Your request was over the limit on images",
        "Invalid image: its length is 0",
    ],
)
def test_other_limits_are_no_context_overflow(words: str) -> None:
    assert type(explain_response(endpoint(), 400, {}, openai_error(words))) is ModelError


@pytest.mark.parametrize(
    "words", ["prompt exceeds ", "try again", "<title>", "<title ", "retry", "("]
)
def test_long_error_is_explained_at_once(words: str) -> None:
    started = process_time()
    for body in (words * 100_000, openai_error(words * 100_000)):
        explain_response(endpoint(), 400, {}, body)
    assert process_time() - started < 5


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": "plain"}', "plain"),
        ('{"error": {"message": "one", "code": 1}}', "one"),
        ('[{"error": {"message": "in a list"}}]', "in a list"),
        ('{"message": "flat"}', "flat"),
        ('{"detail": [{"loc": ["body"], "msg": "first"}, {"msg": "second"}]}', "first; second"),
        ('{"error": {"message": "Provider", "metadata": {"raw": "why"}}}', "Provider: why"),
        ("<!DOCTYPE html><title>A\n page</title>", "A page"),
        ("upstream\n  failed", "upstream failed"),
        ('data: {"error": {"message": "an event"}}\n\ndata: [DONE]\n\n', "an event"),
        ("x" * 1000, "x" * 300 + " …"),
        ("[" * 5000, "[" * 300 + " …"),
        ("", ""),
        ('{"ok": 1}', ""),
    ],
)
def test_servers_own_message_is_found_in_the_body(body: str, words: str) -> None:
    assert server_words(body) == words


@pytest.mark.parametrize(
    ("where", "error", "message", "advice"),
    [
        (endpoint(), httpx.ConnectError("[Errno -2] Name or service not known"), "name", "online"),
        (
            endpoint(),
            httpx.ConnectError("CERTIFICATE_VERIFY_FAILED certificate"),
            "trusts",
            "proxy",
        ),
        (endpoint(), httpx.ConnectError("refused"), "Nothing answers", "base URL"),
        (
            endpoint(OLLAMA, key=""),
            httpx.ConnectError("refused"),
            "Nothing answers",
            "Start Ollama,",
        ),
        (endpoint(), httpx.ReadTimeout(""), "too long", "Try again"),
        (endpoint(), httpx.RemoteProtocolError(f"bad {KEY}"), r"closed .*\(bad \[key\]\)", "again"),
        (endpoint(page=PAGE), httpx.ConnectError("Failed to fetch"), "browser", "wrong key"),
        (
            endpoint("https://openrouter.ai/api/v1", page=PAGE),
            httpx.ConnectError("Failed to fetch"),
            "no answer from openrouter.ai",
            "network",
        ),
        (
            endpoint("https://llm.example/v1", page=PAGE),
            httpx.ConnectError("Failed to fetch"),
            "no answer from llm.example",
            rf"allow the origin {PAGE} \(CORS\)",
        ),
        (
            endpoint("http://llm.example/v1", page=PAGE),
            httpx.ConnectError("Failed to fetch"),
            "no answer",
            "only call https",
        ),
        (
            endpoint(OLLAMA, key="", page=PAGE),
            httpx.ConnectError("Failed to fetch"),
            "no answer from localhost:11434",
            rf"`OLLAMA_ORIGINS={PAGE} ollama serve`\. Allow this page .* Safari",
        ),
        (
            endpoint("http://127.0.0.1:1234/v1", key="", page="http://localhost:8000"),
            httpx.ConnectError("Failed to fetch"),
            "no answer from 127.0.0.1:1234",
            r"LM Studio so that it allows this page: `lms server start --cors`\.$",
        ),
        (
            endpoint("http://192.168.1.5:9000/v1", key="", page="http://localhost:8000"),
            httpx.ConnectError("Failed to fetch"),
            "no answer",
            "server is running",
        ),
    ],
)
def test_broken_connection_is_explained(
    where: Endpoint, error: httpx.TransportError, message: str, advice: str
) -> None:
    explained = explain_transport_error(where, broken_by(error))
    assert explained.status is None
    assert re.search(f"{message}.*{advice}", str(explained))
    assert KEY not in str(explained)


REFUSES = "allows no calls from web pages"
NOT_KNOWN = "is not known to allow calls from web pages (CORS). If the network is fine"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nvidia", f"Nvidia {REFUSES}"),
        ("sakana", f"Sakana AI {REFUSES}"),
        ("deepinfra", f"Deep Infra {NOT_KNOWN}"),
        ("requesty", f"Requesty {NOT_KNOWN}"),
        ("openrouter", "Check the network, and blockers"),
        ("huggingface", "Check the network, and blockers"),
        ("openai", "check the key first"),
    ],
)
def test_page_is_told_what_is_known_about_a_provider_that_does_not_answer(
    name: str, told: str
) -> None:
    provider = provider_named(name)
    assert provider is not None
    silence = broken_by(httpx.ConnectError("Failed to fetch"))
    in_page = explain_transport_error(endpoint(provider.base_url, page=PAGE), silence)
    elsewhere = explain_transport_error(endpoint(provider.base_url), silence)
    assert told in in_page.advice
    assert ("through OpenRouter or a proxy" in in_page.advice) is (provider.cors is not True)
    assert elsewhere.advice == "Check the base URL and the network."


def test_page_is_told_a_way_around_exactly_those_providers_that_may_refuse_it() -> None:
    silence = broken_by(httpx.ConnectError("Failed to fetch"))
    hosted = [provider for provider in all_providers() if not provider.local]
    told = {
        provider.id
        for provider in hosted
        if "pyagent in a terminal"
        in explain_transport_error(endpoint(provider.base_url, page=PAGE), silence).advice
    }
    assert told == {provider.id for provider in hosted if provider.cors is not True}


@pytest.mark.parametrize(
    ("where", "status", "advice"),
    [
        (endpoint("http://127.0.0.1:8080"), 404, "of llama.cpp is http://127.0.0.1:8080/v1"),
        (endpoint("https://llm.example"), 404, "want https://llm.example/v1"),
        (endpoint("https://llm.example/api"), 404, "ends with /v1"),
        (endpoint("https://openrouter.ai/v1"), 404, "is https://openrouter.ai/api/v1"),
        (endpoint("http://127.0.0.1:9911/v1", key="", page=PAGE), 401, "Put it into the settings"),
        (endpoint("http://192.168.1.5:1/v1", key="", page=PAGE), 403, "Put it into the settings"),
        (endpoint(OLLAMA, key="", page=PAGE), 401, "Put it into the settings"),
        (
            endpoint("https://llm.example/v1", key=""),
            401,
            "Give it as api_key= (in a terminal as --api-key).",
        ),
        (endpoint("https://llm.example/v1", key="", page=PAGE), 401, "Put it into the settings."),
        (endpoint("https://api.openai.com/v1", page=PAGE), 422, "Check the model and the settings"),
        (endpoint("https://api.openai.com/v1"), 422, "Check the model and its options."),
        (endpoint(OLLAMA, key="", page=PAGE), 403, f"OLLAMA_ORIGINS={PAGE}"),
        (endpoint(OLLAMA, key=""), 404, "ends with /v1"),
    ],
)
def test_advice_fits_the_place(where: Endpoint, status: int, advice: str) -> None:
    assert advice in explain_response(where, status, {}, "").advice


PROBLEMS = [
    ({"object": "error", "message": "maximum context length is 9", "code": 400}, "too long"),
    ({"message": "boom", "code": 500}, r"failed to answer for m-1 \(500\): boom"),
    ({"error": "boom"}, "boom"),
    ({"choices": [{"error": {"message": "boom", "code": 502}}]}, r"\(502\): boom"),
    (
        {"choices": [{"finish_reason": "insufficient_system_resource"}]},
        "it ended with insufficient",
    ),
    ({"choices": [{"finish_reason": "error", "delta": {"content": ""}}]}, "failed to answer"),
    ({"choices": [{"finish_reason": "network_error"}]}, "failed to answer"),
    ({"choices": [{"finish_reason": "abort"}]}, "failed to answer"),
]


@pytest.mark.parametrize(("payload", "words"), PROBLEMS)
def test_error_in_a_payload_is_raised(payload: dict[str, Any], words: str) -> None:
    """The errors of vLLM, DeepSeek, OpenRouter, Z.ai and SGLang."""
    model = model_on(stream_of(sse(payload, "[DONE]")), max_retries=0)
    with pytest.raises(ModelError, match=words):
        asyncio.run(ask(model))


@pytest.mark.parametrize("payload", [payload for payload, _ in PROBLEMS])
def test_error_after_some_output_says_that_the_reply_broke_off(payload: dict[str, Any]) -> None:
    with pytest.raises(StreamError, match="broke off the reply of m-1 with an error"):
        asyncio.run(ask(model_on(stream_of(sse(delta("half"), payload, "[DONE]")))))


@pytest.mark.parametrize("reason", ["eos", "end_turn", "function_call", "something new"])
def test_other_finish_reasons_end_a_reply_normally(reason: str) -> None:
    assert said(asyncio.run(ask(model_on(stream_of(sse(delta("a", reason))))))) == "a"


@pytest.mark.parametrize("reason", ["max_tokens", "model_length", "model_context_window_exceeded"])
def test_full_context_ends_a_reply_for_length(reason: str) -> None:
    done = asyncio.run(ask(model_on(stream_of(sse(delta("a", reason))))))[-1]
    assert isinstance(done, ReplyDone)
    assert done.finish_reason == "length"


@pytest.mark.parametrize("reason", ["content_filter", "sensitive"])
def test_filtered_reply_is_a_refusal(reason: str) -> None:
    with pytest.raises(ModelError, match="content filter"):
        asyncio.run(ask(model_on(stream_of(sse(delta("", reason))))))


def test_missing_model_of_ollama_can_be_pulled() -> None:
    body = openai_error('model "m-1" not found, try pulling it first')
    assert "ollama pull m-1" in explain_response(endpoint(OLLAMA, key=""), 404, {}, body).advice


def test_web_page_in_place_of_a_reply_is_a_wrong_address() -> None:
    where = endpoint("https://llm.example")
    explained = explain_wrong_reply(where, "text/html", "<title>Welcome</title>")
    assert explained.message == (
        "llm.example answered with a web page instead of a model's reply: Welcome."
    )
    assert explained.advice == "Most servers want https://llm.example/v1 as base URL."
