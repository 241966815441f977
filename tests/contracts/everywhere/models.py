"""Cases for models of every format and a router over several, on CPython and in a page."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import httpx

from contracts.everywhere.cases import CASES, PNG, Case, Place, add, case
from pyagent import (
    AnthropicModel,
    GeminiModel,
    InferenceClientModel,
    LiteLLMModel,
    Model,
    OpenAIModel,
    OpenAIResponsesModel,
    RouterModel,
    ScriptedModel,
    ServerError,
    ToolCallingAgent,
)
from pyagent.protocol import Notice
from support.models.wire_replies import reply_in_format


def _endpoint(requests: list[httpx.Request], *said: Any) -> httpx.MockTransport:
    """A transport that gives these replies in each request's format. A number is a status."""
    script = iter(said)

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        reply = next(script)
        if isinstance(reply, int):
            return httpx.Response(reply, headers={"retry-after": "0"}, json={"error": {}})
        return reply_in_format(request, json.dumps(reply))

    return httpx.MockTransport(handle)


MODELS: dict[str, Callable[..., Model]] = {
    "openai": lambda **options: OpenAIModel("gpt-5-mini", **options),
    "responses": lambda **options: OpenAIResponsesModel("gpt-5-mini", **options),
    "anthropic": lambda **options: AnthropicModel("claude-sonnet-4-5", **options),
    "gemini": lambda **options: GeminiModel("gemini-2.5-flash", **options),
    "inference": lambda **options: InferenceClientModel("a/b", **options),
    "table": lambda **options: LiteLLMModel("anthropic/claude-sonnet-4-5", **options),
}


def _asked_as(name: str) -> Case:
    async def model_calls_tools_sees_images_and_overcomes_a_busy_server(_: Place) -> None:
        requests: list[httpx.Request] = []
        calls = [{"name": "add", "arguments": {"a": 1, "b": 2}}] * 2
        answer = {"name": "final_answer", "arguments": {"answer": 3}}
        transport = _endpoint(requests, 429, calls, answer)
        model = MODELS[name](api_key="sk-secret", transport=transport)
        result = await ToolCallingAgent([add], model).arun("Add.", images=[PNG])
        await model.aclose()
        assert (result.success, result.output) == (True, 3), result.problem
        assert [request.content.count(b64encode(PNG)) for request in requests] == [1, 1, 1]
        assert result.token_usage.output_tokens > 0
        assert (result.token_usage.cost_usd is None) == (name == "inference")

    return model_calls_tools_sees_images_and_overcomes_a_busy_server


for _name in MODELS:
    CASES[f"model_calls_tools_and_sees_images_{_name}"] = _asked_as(_name)


@case
async def router_hands_over_to_the_next_model(_: Place) -> None:
    failing = ScriptedModel([ServerError("It is ill.")], supports_tools=True)
    healthy = ScriptedModel(["Hello."], supports_tools=True)
    agent = ToolCallingAgent(model=RouterModel({"a": failing, "b": healthy}))
    events = [event async for event in agent.astream("Greet.")]
    assert agent.last_result is not None
    assert agent.last_result.output == "Hello."
    assert any(isinstance(event, Notice) for event in events)
