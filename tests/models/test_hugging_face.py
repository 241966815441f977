"""Models of the Hugging Face Hub."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from pyagent import InferenceClientModel
from pyagent.errors import AuthenticationError
from pyagent.models.http.client_pool import READ_TIMEOUT_S
from support.models.model_asking import ask, delta, said, sse, stream_of

TOKEN = "hf_secret"


def request_of(*arguments: Any, **options: Any) -> httpx.Request:
    """The HTTP request for one question."""
    requests: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return stream_of(sse(delta("1340"), delta("", "stop"), "[DONE]"))

    model = InferenceClientModel(*arguments, transport=httpx.MockTransport(handle), **options)
    assert said(asyncio.run(ask(model))) == "1340"
    [request] = requests
    return request


def test_hub_gets_the_token_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    request = request_of()
    assert str(request.url) == "https://router.huggingface.co/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.content)["model"] == "Qwen/Qwen3-Next-80B-A3B-Thinking"


@pytest.mark.parametrize(
    ("provider", "sent"), [("together", "a/b:together"), ("auto", "a/b"), (None, "a/b")]
)
def test_provider_is_chosen_by_the_models_name(provider: str | None, sent: str) -> None:
    request = request_of("a/b", provider=provider, token=TOKEN, bill_to="acme")
    assert json.loads(request.content)["model"] == sent
    assert request.headers["x-hf-bill-to"] == "acme"


def test_token_of_the_environment_goes_to_the_hub_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert "authorization" not in request_of("a/b", base_url="https://x.example/v1").headers
    own = request_of("a/b", base_url="https://x.example/v1", api_key="own")
    assert own.headers["authorization"] == "Bearer own"


def test_missing_token_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(AuthenticationError, match="HF_TOKEN"):
        InferenceClientModel()


def test_timeout_is_for_the_wait_between_two_pieces() -> None:
    requests = [request_of(token=TOKEN, **options) for options in ({"timeout": 7}, {})]
    assert [request.extensions["timeout"]["read"] for request in requests] == [7, READ_TIMEOUT_S]


def test_token_under_two_names_is_an_error() -> None:
    with pytest.raises(ValueError, match="two names"):
        InferenceClientModel(token=TOKEN, api_key=TOKEN)


def test_price_is_unknown_when_a_provider_is_chosen() -> None:
    assert InferenceClientModel(token=TOKEN).price is not None
    assert InferenceClientModel(token=TOKEN, provider="groq").price is None
