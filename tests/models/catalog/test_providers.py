"""The tables of providers: the one written by hand and the generated one."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import get_args
from urllib.parse import urlsplit

import pytest

from pyagent.models.catalog.model_facts import models_at
from pyagent.models.catalog.providers import (
    Provider,
    all_providers,
    names_like,
    provider_at,
    provider_named,
    providers,
)
from pyagent.protocol import WireFormat


def test_each_of_more_than_a_hundred_providers_has_names_of_its_own() -> None:
    plain = [
        name.lower().replace("_", "-")
        for provider in all_providers()
        for name in {provider.id, *provider.aliases}
    ]
    assert len(all_providers()) >= 100
    assert len(set(plain)) >= len(all_providers())
    for provider in all_providers():
        for name in (provider.id, *provider.aliases):
            assert provider_named(name) is provider


@pytest.mark.parametrize("provider", all_providers(), ids=lambda provider: provider.id)
def test_entry_is_usable(provider: Provider) -> None:
    parts = urlsplit(provider.base_url)
    assert parts.scheme == ("http" if provider.local else "https")
    assert parts.hostname
    assert set("?#@$") & set(provider.base_url) == set()
    assert not provider.base_url.endswith("/")
    assert provider.wire_format in get_args(WireFormat)
    assert provider.local or provider.needs_key
    assert provider_at(provider.base_url).base_url == provider.base_url


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("openai", None),
        ("anthropic", None),
        ("gemini", ()),
        ("openrouter", ("HTTP-Referer", "X-Title")),
        ("mistral", ("X-Mistral-User-Agent",)),
        ("fireworks", ("HTTP-Referer", "X-Title")),
        ("perplexity", ("x-title", "x-source")),
        ("moonshot", ()),
    ],
)
def test_headers_that_a_page_may_send_are_known(name: str, headers: tuple[str, ...] | None) -> None:
    provider = provider_named(name)
    assert provider is not None
    assert provider.headers == headers
    assert provider.cors is True


def test_providers_that_refuse_pages_are_marked() -> None:
    refusing = {provider.id for provider in all_providers() if provider.cors is False}
    assert refusing == {"nvidia", "sakana", "wandb"}
    assert sum(provider.cors is None for provider in all_providers()) > 100


def test_every_provider_that_the_page_offers_allows_calls_from_pages() -> None:
    """The form in the page relies on this: it shows no warning about CORS."""
    assert {provider.cors for provider in providers()[:-1]} == {True}


def test_every_offered_model_of_a_hosted_provider_is_in_the_catalog() -> None:
    for provider in providers():
        missing = set(provider.models) - set(models_at(provider.id))
        assert provider.local or not missing, f"{provider.id} may have retired {missing}"


def test_longest_matching_path_decides_when_providers_share_a_host() -> None:
    assert provider_at("https://api.z.ai/api/coding/paas/v4").id == "zai-coding-plan"
    assert provider_at("https://api.z.ai/api/paas/v4/").id == "zai"
    assert provider_at("https://api.z.ai/elsewhere").id == "zai"


def test_hyphens_in_names_do_not_matter_and_misspelled_names_are_guessed() -> None:
    assert provider_named("Together_AI") is provider_named("together")
    assert provider_named("nosuch") is None
    assert names_like("antropic") == ["anthropic"]


@pytest.mark.parametrize("name", ["more_providers.json", "models.jsonl"])
def test_generated_table_names_its_sources_and_their_licences(name: str) -> None:
    text = files("pyagent.models.catalog").joinpath(name).read_text("utf-8")
    head = json.loads(text if name.endswith(".json") else text.splitlines()[0])
    assert head["read"]
    assert [source["name"] for source in head["sources"]] == ["litellm", "models.dev"]
    assert all(source["licence"] == "MIT" and source["version"] for source in head["sources"])
