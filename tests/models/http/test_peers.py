"""The client against servers that we did not write."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from models import fetch
from pyagent.errors import (
    AuthenticationError,
    ContextOverflowError,
    EndpointError,
    ModelError,
    RateLimitError,
    ServerError,
)
from pyagent.messages import ChatMessage
from pyagent.models.base import ReasoningDelta, ReplyDone, Retrying, TextDelta, ToolRequested
from pyagent.models.formats.anthropic import AnthropicModel
from pyagent.models.formats.gemini import GeminiModel
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.formats.openai_responses import OpenAIResponsesModel
from pyagent.models.http.model import HttpModel
from support.models.formats import (
    CALLS,
    TEXT,
    THOUGHT,
    TOOLS,
    USAGE,
    conversation,
    replay,
    replies,
    usual_counts,
)
from support.models.model_asking import QUESTION, ask, said
from support.models.peers import litellm_proxy, llama_server
from support.models.scripted_server import ScriptedServer

KEY = "sk-test-key"


def done(events: Sequence[object]) -> ReplyDone:
    last = events[-1]
    assert isinstance(last, ReplyDone)
    return last


class TestLlamaCpp:
    """Real weights: SmolLM2. Its replies are nonsense, but they stream like those of any model."""

    @pytest.fixture(scope="class")
    def base_url(self) -> Iterator[str]:
        with llama_server(fetch("smollm2-135m"), context_tokens=512, api_key=KEY) as base_url:
            yield base_url

    def test_reply_streams_with_its_usage(self, base_url: str) -> None:
        model = OpenAIModel("smollm2", base_url=base_url, api_key=KEY, max_tokens=12)
        events = asyncio.run(ask(model))
        assert len([event for event in events if isinstance(event, TextDelta)]) > 3
        assert done(events).finish_reason == "length"
        usage = done(events).token_usage
        assert not usage.estimated
        assert usage.output_tokens == 12
        assert usage.input_tokens > 10

    @pytest.mark.parametrize("cls", [OpenAIResponsesModel, AnthropicModel])
    def test_reply_streams_in_other_formats_too(self, base_url: str, cls: type[HttpModel]) -> None:
        model = cls("smollm2", base_url=base_url, api_key=KEY, max_tokens=12)
        events = asyncio.run(ask(model))
        assert len([event for event in events if isinstance(event, TextDelta)]) > 3
        usage = done(events).token_usage
        assert (usage.estimated, usage.output_tokens) == (False, 12)

    def test_prepared_messages_are_not_read_again(self, base_url: str) -> None:
        model = OpenAIModel(
            "smollm2", base_url=base_url, api_key=KEY, prompt_style="short", max_tokens=1
        )
        fixed = [ChatMessage(role="system", content="You count. " * 40)]

        async def prepare_and_ask() -> ReplyDone:
            await model.prepare(fixed)
            task = ChatMessage(role="user", content="Task: go.")
            return done([event async for event in model.stream([*fixed, task])])

        usage = asyncio.run(prepare_and_ask()).token_usage
        assert 80 < usage.cached_tokens < usage.input_tokens

    def test_reply_follows_the_schema(self, base_url: str) -> None:
        schema = {
            "type": "object",
            "properties": {"sum": {"type": "integer", "minimum": 0, "maximum": 9}},
            "required": ["sum"],
            "additionalProperties": False,
        }
        model = OpenAIModel("smollm2", base_url=base_url, api_key=KEY, max_tokens=30)
        reply = json.loads(said(asyncio.run(ask(model, schema=schema))))
        assert list(reply) == ["sum"]
        assert 0 <= reply["sum"] <= 9

    def test_stop_string_is_not_in_the_reply(self, base_url: str) -> None:
        model = OpenAIModel("smollm2", base_url=base_url, api_key=KEY, max_tokens=40, temperature=0)
        whole = said(asyncio.run(ask(model)))
        stop = whole[10:14]
        events = asyncio.run(ask(model, stop=[stop]))
        assert said(events) == whole[: whole.index(stop)]
        assert done(events).finish_reason == "stop"

    def test_conversation_that_is_too_long_is_an_overflow(self, base_url: str) -> None:
        model = OpenAIModel("smollm2", base_url=base_url, api_key=KEY)
        messages = [ChatMessage(role="user", content="word " * 2000)]

        async def run() -> None:
            try:
                async for _ in model.stream(messages):
                    pass
            finally:
                await model.aclose()

        with pytest.raises(ContextOverflowError, match="exceeds the available context"):
            asyncio.run(run())

    def test_wrong_key_is_refused(self, base_url: str) -> None:
        model = OpenAIModel("smollm2", base_url=base_url, api_key="sk-wrong")
        with pytest.raises(AuthenticationError, match="refuses the key") as caught:
            asyncio.run(ask(model))
        assert "sk-wrong" not in str(caught.value)

    def test_error_says_that_the_path_is_wrong(self, base_url: str) -> None:
        model = OpenAIModel("smollm2", base_url=base_url + "/v2", api_key=KEY)
        with pytest.raises(EndpointError, match="no chat completions here") as caught:
            asyncio.run(ask(model))
        assert caught.value.kind == "wrong_url"

    def test_closed_stream_frees_the_server(self, base_url: str) -> None:
        """The server has one slot: the next reply can only come after the first was given up."""
        model = OpenAIModel("smollm2", base_url=base_url, api_key=KEY, max_tokens=8)

        async def run() -> str:
            stream = model.stream([ChatMessage(role="user", content="Count to 1000.")])
            assert isinstance(await anext(stream), TextDelta)
            await stream.aclose()
            async with asyncio.timeout(60):
                return said(await ask(model))

        assert asyncio.run(run())


CONFIG = f"""
model_list:
  - model_name: chat
    litellm_params: {{model: hosted_vllm/x, api_key: k, api_base: "UPSTREAM"}}
  - model_name: deepseek
    litellm_params: {{model: deepseek/x, api_key: k, api_base: "UPSTREAM"}}
  - model_name: responses
    litellm_params: {{model: openai/x, api_key: k, api_base: "UPSTREAM"}}
  - model_name: fine
    litellm_params: {{model: openai/x, api_key: k, mock_response: "Es sind 1340 €. 😀"}}
  - model_name: busy
    litellm_params: {{model: openai/x, api_key: k, mock_response: litellm.RateLimitError}}
  - model_name: broken
    litellm_params: {{model: openai/x, api_key: k, mock_response: litellm.InternalServerError}}
  - model_name: small
    litellm_params:
      {{model: openai/x, api_key: k, mock_response: litellm.ContextWindowExceededError}}
litellm_settings: {{num_retries: 0, telemetry: false}}
router_settings: {{num_retries: 0, disable_cooldowns: true}}
general_settings: {{master_key: {KEY}}}
"""


TRANSLATIONS: list[tuple[type[HttpModel], str]] = [
    *((OpenAIModel, name) for name in ("chat", "responses")),
    *((OpenAIResponsesModel, name) for name in ("deepseek", "responses")),
    *((AnthropicModel, name) for name in ("chat", "deepseek", "responses")),
    *((GeminiModel, name) for name in ("chat", "responses")),
]
"""A format, and a model of the proxy whose provider speaks the same format or another one."""


class TestLitellm:
    """litellm's proxy, with scripted replies and errors, and in front of our recorded streams."""

    @pytest.fixture(scope="class")
    def base_url(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
        config: Path = tmp_path_factory.mktemp("litellm") / "config.yaml"
        with ScriptedServer(replay) as upstream:
            config.write_text(CONFIG.replace("UPSTREAM", upstream.base_url), encoding="utf-8")
            with litellm_proxy(config) as base_url:
                yield base_url

    @pytest.mark.parametrize(("cls", "model_id"), TRANSLATIONS)
    def test_reply_is_the_same_in_every_format(
        self, base_url: str, cls: type[HttpModel], model_id: str
    ) -> None:
        """The proxy loses the thoughts and counts of Gemini."""
        if cls is GeminiModel:
            base_url += "beta"
        model = cls(model_id, base_url=base_url, api_key=KEY, max_retries=0)
        events = asyncio.run(replies(model, conversation(), tools=TOOLS))
        assert said(events) == TEXT
        uses = [event.use for event in events if isinstance(event, ToolRequested)]
        assert [(use.name, use.arguments) for use in uses] == CALLS
        thoughts = [event.text for event in events if isinstance(event, ReasoningDelta)]
        if cls is not GeminiModel:
            assert "".join(thoughts) == THOUGHT
            assert usual_counts(done(events)) == USAGE

    def test_reply_streams(self, base_url: str) -> None:
        events = asyncio.run(ask(OpenAIModel("fine", base_url=base_url, api_key=KEY)))
        assert said(events) == "Es sind 1340 €. 😀"
        assert done(events).finish_reason == "stop"

    @pytest.mark.parametrize(
        ("model_id", "error", "words"),
        [
            ("busy", RateLimitError, r"\(429\)"),
            ("broken", ServerError, r"\(500\)"),
            ("small", ContextOverflowError, r"\(400\)"),
            ("missing", EndpointError, "has no model missing"),
        ],
    )
    def test_scripted_error_becomes_our_error(
        self, base_url: str, model_id: str, error: type[ModelError], words: str
    ) -> None:
        model = OpenAIModel(model_id, base_url=base_url, api_key=KEY, max_retries=0)
        with pytest.raises(error, match=words) as caught:
            asyncio.run(ask(model))
        assert KEY not in str(caught.value)
        assert caught.value.advice

    def test_request_to_a_busy_model_is_retried(self, base_url: str) -> None:
        model = OpenAIModel("busy", base_url=base_url, api_key=KEY, max_retries=1)

        async def run() -> object:
            stream = model.stream(QUESTION)
            first = await anext(stream)
            with pytest.raises(RateLimitError):
                await anext(stream)
            await model.aclose()
            return first

        assert isinstance(asyncio.run(run()), Retrying)
