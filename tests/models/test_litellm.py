"""Models by litellm's names: from our own table, and through the real litellm."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pyagent.errors import AuthenticationError, EndpointError
from pyagent.messages import ToolSpec
from pyagent.models.base import ReplyDone
from pyagent.models.formats.anthropic import AnthropicModel
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.formats.openai_responses import OpenAIResponsesModel
from pyagent.models.http.model import HttpModel
from pyagent.models.litellm import LiteLLMModel
from pyagent.models.price import Price
from support import SUPPORT
from support.models.model_asking import QUESTION, ask, delta, said, sse, stream_of
from support.models.peers import PEERS
from support.models.scripted_server import Reply, ScriptedServer, refused

KEY = "sk-secret"
ASKING = SUPPORT / "models" / "litellm_asking.py"


def answering(requests: list[httpx.Request]) -> httpx.MockTransport:
    usage = {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return stream_of(sse(delta("1340"), delta("", "stop"), usage, "[DONE]"))

    return httpx.MockTransport(handle)


@pytest.mark.parametrize(
    ("model_id", "url", "sent_model"),
    [
        (
            "together_ai/openai/gpt-oss-120b",
            "https://api.together.xyz/v1/chat/completions",
            "openai/gpt-oss-120b",
        ),
        ("groq/openai/gpt-oss-20b", "https://api.groq.com/openai/v1/chat/completions", None),
        ("fireworks_ai/x", "https://api.fireworks.ai/inference/v1/chat/completions", "x"),
        (
            "dashscope/y",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
            "y",
        ),
        ("ollama_chat/qwen2.5-coder:7b", "http://127.0.0.1:11434/v1/chat/completions", None),
    ],
)
def test_provider_in_the_table_is_called_directly(
    model_id: str, url: str, sent_model: str | None
) -> None:
    requests: list[httpx.Request] = []
    model = LiteLLMModel(model_id, api_key=KEY, transport=answering(requests), top_p=0.9)
    assert said(asyncio.run(ask(model))) == "1340"
    [request] = requests
    assert str(request.url) == url
    body = json.loads(request.content)
    assert body["model"] == (sent_model or model_id.partition("/")[2])
    assert body["top_p"] == 0.9
    assert request.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(("prompt_style", "limits"), [("short", [1]), ("full", [])])
def test_only_a_small_model_is_prepared(prompt_style: str, limits: list[int]) -> None:
    requests: list[httpx.Request] = []
    options: dict[str, Any] = {"transport": answering(requests), "prompt_style": prompt_style}
    model = LiteLLMModel("ollama/qwen2.5-coder:0.5b", **options)
    asyncio.run(model.prepare(QUESTION))
    assert [json.loads(request.content)["max_tokens"] for request in requests] == limits


def test_key_comes_from_the_providers_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREWORKS_API_KEY", KEY)
    requests: list[httpx.Request] = []
    asyncio.run(ask(LiteLLMModel("fireworks_ai/x", transport=answering(requests))))
    assert requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_error_for_a_missing_key_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIREWORKS_API_KEY", raising=False)
    with pytest.raises(AuthenticationError, match="FIREWORKS_API_KEY"):
        LiteLLMModel("fireworks_ai/x")


def test_cost_follows_from_the_price_in_the_table() -> None:
    model = LiteLLMModel("groq/openai/gpt-oss-120b", api_key=KEY, transport=answering([]))
    assert model.price == Price(input=0.15, output=0.6, cached_input=0.075)
    done = asyncio.run(ask(model))[-1]
    assert isinstance(done, ReplyDone)
    assert done.token_usage.cost_usd == pytest.approx((1000 * 0.15 + 100 * 0.6) / 1e6)


@pytest.mark.parametrize(
    ("model_id", "model_class", "address"),
    [
        ("anthropic/claude-sonnet-4-5", AnthropicModel, "https://api.anthropic.com/v1"),
        ("minimax/MiniMax-M2.5", AnthropicModel, "https://api.minimax.io/anthropic/v1"),
        ("openai/gpt-5-mini", OpenAIModel, "https://api.openai.com/v1"),
        ("openai/gpt-5-codex", OpenAIResponsesModel, "https://api.openai.com/v1"),
    ],
)
def test_provider_and_model_choose_the_wire_format(
    model_id: str, model_class: type, address: str
) -> None:
    model = LiteLLMModel(model_id, api_key=KEY)
    assert type(model.inner) is model_class
    assert isinstance(model.inner, HttpModel)
    assert model.inner.endpoint.base_url == address


def test_option_of_one_format_reaches_its_class() -> None:
    inner = LiteLLMModel("anthropic/claude-sonnet-4-5", api_key=KEY, thinking=2048).inner
    assert isinstance(inner, AnthropicModel)
    assert inner.thinking == 2048


def test_other_address_keeps_the_format_of_the_provider() -> None:
    requests: list[httpx.Request] = []
    model = LiteLLMModel(
        "openai/m", api_base="https://llm.example/v1", transport=answering(requests)
    )
    asyncio.run(ask(model))
    assert requests[0].url.host == "llm.example"
    assert isinstance(model.inner, OpenAIModel)


@pytest.mark.parametrize(
    ("model_id", "api_base", "address"),
    [
        ("ollama_chat/llama3.2", "http://localhost:11434", "http://localhost:11434/v1"),
        ("ollama/llama3.2", "http://gpu.example:11434/", "http://gpu.example:11434/v1"),
        ("hosted_vllm/m", "http://localhost:8000/v1", "http://localhost:8000/v1"),
        (
            "anthropic/claude-sonnet-4-5",
            "https://api.anthropic.com",
            "https://api.anthropic.com/v1",
        ),
        ("anthropic/m", "https://proxy.example/anthropic", "https://proxy.example/anthropic/v1"),
        ("anthropic/m", "https://proxy.example/v1/messages", "https://proxy.example/v1"),
        ("gemini/m", "https://proxy.example", "https://proxy.example/v1beta"),
        ("groq/m", "https://api.groq.com", "https://api.groq.com/openai/v1"),
        ("openai/m", "https://models.example", "https://models.example"),
    ],
)
def test_address_may_leave_out_the_version_as_in_litellm(
    model_id: str, api_base: str, address: str
) -> None:
    inner = LiteLLMModel(model_id, api_base=api_base, api_key=KEY).inner
    assert isinstance(inner, HttpModel)
    assert inner.endpoint.base_url == address


def test_address_under_two_names_is_an_error() -> None:
    with pytest.raises(ValueError, match="two names"):
        LiteLLMModel("ollama/m", api_base="http://a.example", base_url="http://b.example")


def test_model_shows_what_the_inner_model_learns() -> None:
    refusal = {"error": {"message": "'tools' is not supported", "param": "tools"}}
    answers = iter([httpx.Response(400, json=refusal), stream_of(sse(delta("ok", "stop")))])
    transport = httpx.MockTransport(lambda _: next(answers))
    model = LiteLLMModel("groq/openai/gpt-oss-120b", api_key=KEY, transport=transport)
    assert model.supports_tools
    tool = ToolSpec(name="f", description="", parameters={"type": "object"})
    asyncio.run(ask(model, tools=[tool]))
    assert not model.supports_tools


@pytest.mark.parametrize(
    ("model_id", "words"),
    [
        ("antropic/claude-sonnet-4-5", "Did you mean anthropic/claude-sonnet-4-5"),
        ("gpt-5-mini", "Did you mean openai/gpt-5-mini"),
        ("azure/gpt-4o", "pip install litellm"),
        ("", "Write the name as provider/model"),
    ],
)
def test_error_for_an_unknown_provider_suggests_names_and_what_to_do(
    model_id: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyagent.models.litellm.find_spec", lambda name: None)
    with pytest.raises(EndpointError) as caught:
        LiteLLMModel(model_id)
    assert words in str(caught.value)


class TestTheRealLitellm:
    """Azure is not in our table: its key has a header of its own, and its model is in the path."""

    @pytest.fixture(scope="class")
    def server(self) -> Iterator[ScriptedServer]:
        function = {"name": "population", "arguments": '{"city": "Rom"}'}
        calls = [{"index": 0, "id": "c1", "type": "function", "function": function}]
        chunk = {"choices": [{"index": 0, "delta": {"tool_calls": calls}}], **CHUNK}
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}], **CHUNK}
        replies = [
            Reply(pieces=[sse(chunk, end, "[DONE]")]),
            refused(401, f"Incorrect key {KEY}"),
            Reply(pieces=[sse(HALF, {"error": {"message": "Overloaded.", "code": 500}})]),
            Reply(content_type="application/json", pieces=[json.dumps(WHOLE).encode()]),
        ]
        with ScriptedServer(replies) as server:
            yield server

    @pytest.fixture(scope="class")
    def told(self, server: ScriptedServer) -> dict[str, Any]:
        """The outcome of each question."""
        root = server.base_url.removesuffix("/v1")
        azure = {"api_base": root, "api_key": KEY, "api_version": "2025-01-01", "max_retries": 0}
        questions = {
            "tool": ("azure/gpt-4o", {"with_tool": True, **azure}),
            "refused": ("azure/gpt-4o", azure),
            "broken": ("azure/gpt-4o", azure),
            "whole": ("azure/gpt-4o", {"stream": False, "stream_options": None, **azure}),
            "text": ("azure/gpt-4o", {"mock_response": "Es sind 1340 €.", **azure}),
            "unknown": ("nosuch/m", {"max_retries": 0}),
        }
        [packages] = PEERS.glob("**/site-packages")
        command = [sys.executable, ASKING, packages, json.dumps(questions)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert run.returncode == 0, run.stderr
        told: dict[str, Any] = json.loads(run.stdout)
        return told

    def test_reply_comes_with_usage_and_cost(self, told: dict[str, Any]) -> None:
        *texts, done = told["text"]["events"]
        assert "".join(event["text"] for event in texts) == "Es sind 1340 €."
        assert not done["token_usage"]["estimated"]
        assert done["token_usage"]["cost_usd"] > 0
        assert told["text"]["context"] == 128_000

    def test_tool_call_arrives(self, told: dict[str, Any], server: ScriptedServer) -> None:
        request = server.requests[0]
        assert request.path.startswith("/openai/deployments/gpt-4o/chat/completions")
        assert request.headers["api-key"] == KEY
        assert request.json["tools"][0]["function"]["name"] == "population"
        use = {"id": "c1", "name": "population", "arguments": {"city": "Rom"}, "fault": ""}
        assert told["tool"]["events"][0] == {"type": "ToolRequested", "use": use}

    def test_refusal_is_one_of_our_errors_without_the_key(self, told: dict[str, Any]) -> None:
        error = told["refused"]["error"]
        assert (error["type"], error["status"]) == ("AuthenticationError", 401)
        assert KEY not in error["text"]

    def test_error_in_the_middle_of_a_stream_is_raised(self, told: dict[str, Any]) -> None:
        assert told["broken"]["events"][0] == {"type": "TextDelta", "text": "Es sind"}
        assert told["broken"]["error"]["type"] == "StreamError"

    def test_reply_that_does_not_stream_is_read(self, told: dict[str, Any]) -> None:
        text, done = told["whole"]["events"]
        assert text == {"type": "TextDelta", "text": "Es sind 1340 €."}
        assert (done["type"], done["token_usage"]["output_tokens"]) == ("ReplyDone", 5)

    def test_provider_that_litellm_does_not_know_either_is_an_error(
        self, told: dict[str, Any]
    ) -> None:
        assert "LLM Provider NOT provided" in told["unknown"]["error"]["text"]


WHOLE = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Es sind 1340 €."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
}
CHUNK = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
HALF = {"choices": [{"index": 0, "delta": {"content": "Es sind"}}], **CHUNK}
