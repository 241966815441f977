"""Addresses and keys are checked before anything is sent."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from pyagent.errors import AuthenticationError, EndpointError
from pyagent.models.catalog.providers import provider_at, providers
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.http.endpoint import checked_endpoint
from support.models.model_asking import ask, delta, model_on, sse, stream_of


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        (" https://llm.example/v1/ \n", "https://llm.example/v1"),
        ("https://llm.example/v1/chat/completions", "https://llm.example/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
    ],
)
def test_base_url_is_accepted_as_people_paste_it(typed: str, used: str) -> None:
    assert checked_endpoint(typed, "m", api_key="k").base_url == used


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "localhost:8080/v1",
        "ftp://llm.example/v1",
        "https://",
        "https://llm.example:port/v1",
        "https://llm.example/v1?key=1",
        "https://user:password@llm.example/v1",
        "http://[::1/v1",
        "https://llm example/v1",
        "sk-secret",
    ],
)
def test_wrong_base_url_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(EndpointError, match="web address") as caught:
        checked_endpoint(typed, "m", api_key="k")
    assert caught.value.kind == "wrong_url"
    assert len(typed) < 9 or typed not in str(caught.value)


def test_missing_model_is_asked_for() -> None:
    with pytest.raises(EndpointError, match=r"No model is chosen\..* gpt-5-mini"):
        checked_endpoint("https://api.openai.com/v1", " ", api_key="k")


@pytest.mark.parametrize("key", ["sk one", "sk-\nsecret", "sk-é", "Bearer sk-1"])
def test_broken_key_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(AuthenticationError, match="character that no key has") as caught:
        checked_endpoint("https://api.openai.com/v1", "m", api_key=key)
    assert key not in str(caught.value)


def test_error_for_a_missing_key_says_where_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(AuthenticationError, match=r"No key.*OpenAI.*platform\.openai") as caught:
        OpenAIModel("gpt-5-mini")
    assert caught.value.kind == "no_key"


def test_environment_key_goes_only_to_its_own_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    assert OpenAIModel("m").endpoint.api_key == "sk-env"
    assert OpenAIModel("m", api_key="sk-arg").endpoint.api_key == "sk-arg"
    for elsewhere in ("http://127.0.0.1:8080/v1", "https://api.openai.com.evil.example/v1"):
        assert OpenAIModel("m", base_url=elsewhere).endpoint.api_key == ""


def test_server_without_a_key_gets_no_authorization() -> None:
    requests: list[httpx.Request] = []
    answer = stream_of(sse(delta("a", "stop")))
    model = model_on(answer, requests=requests, base_url="http://127.0.0.1:8080/v1", api_key="")
    _run(model)
    assert "authorization" not in requests[0].headers


def test_only_listed_headers_are_sent_from_a_page() -> None:
    requests: list[httpx.Request] = []
    base_url = "https://openrouter.ai/api/v1"
    with pytest.raises(ValueError, match="OpenRouter refuses the header X-Other"):
        model_on(base_url=base_url, headers={"X-Other": "1"}, page_origin="https://app.example")
    answer = stream_of(sse(delta("a", "stop")))
    options = {"base_url": base_url, "page_origin": "https://app.example"}
    _run(model_on(answer, requests=requests, headers={"x-title": "pyagent"}, **options))
    assert requests[0].headers["x-title"] == "pyagent"


def test_any_header_is_sent_outside_a_page() -> None:
    requests: list[httpx.Request] = []
    answer = stream_of(sse(delta("ok", "stop")))
    base_url = "https://openrouter.ai/api/v1"
    _run(model_on(answer, requests=requests, base_url=base_url, headers={"X-Other": "1"}))
    assert requests[0].headers["x-other"] == "1"


def test_key_is_in_no_repr() -> None:
    model = model_on()
    assert "sk-secret" not in repr(model.endpoint) + repr(vars(model))


def test_every_provider_is_found_by_its_address() -> None:
    *known, unknown = providers()
    assert len({provider.id for provider in providers()}) == len(known) + 1
    for provider in known:
        assert provider_at(provider.base_url) is provider
        assert provider.local or (provider.needs_key and provider.key_url and provider.models)
    assert provider_at("http://localhost:11434/v1").id == "ollama"
    assert provider_at("https://llm.example/v1") is unknown
    assert (unknown.id, unknown.base_url) == ("custom", "")


def _run(model: OpenAIModel) -> None:
    asyncio.run(ask(model))


def test_error_for_a_missing_key_names_no_address_if_none_is_known() -> None:
    with pytest.raises(AuthenticationError) as caught:
        OpenAIModel("m", base_url="https://api.fireworks.ai/inference/v1", api_key="")
    assert caught.value.advice == (
        "Give it as api_key= (in a terminal as --api-key), or put it into FIREWORKS_API_KEY."
    )
