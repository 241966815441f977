"""The facts known of models; nothing is claimed beyond them."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import pyagent
from pyagent.models.base import LeftOut
from pyagent.models.catalog.model_facts import ModelFacts, facts_of
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.price import Price
from pyagent.protocol import TokenUsage
from support.models.formats import body_sent, conversation, replies, stream_bytes
from support.models.model_asking import scripted, stream_of

OPENAI = "https://api.openai.com/v1"
GROQ = "https://api.groq.com/openai/v1"


@pytest.mark.parametrize(
    ("provider", "model", "price", "context"),
    [
        ("openai", "gpt-5-mini", Price(input=0.25, output=2, cached_input=0.025), 272_000),
        ("openai", "gpt-4.1", Price(input=2, output=8, cached_input=0.5), 1_047_576),
        (
            "anthropic",
            "claude-sonnet-4-5",
            Price(input=3, output=15, cached_input=0.3, cache_write=3.75),
            200_000,
        ),
        (
            "gemini",
            "gemini-2.5-flash",
            Price(input=0.3, output=2.5, cached_input=0.03),
            1_048_576,
        ),
        ("cerebras", "gpt-oss-120b", Price(input=0.35, output=0.75), 131_072),
    ],
)
def test_price_and_context_of_a_known_model(
    provider: str, model: str, price: Price, context: int
) -> None:
    facts = facts_of(provider, model)
    assert (facts.price, facts.context_tokens) == (price, context)
    assert facts.supports_tools


@pytest.mark.parametrize(
    ("provider", "name", "same_as"),
    [
        ("openai", "openai/gpt-5-mini", "gpt-5-mini"),
        ("openai", "GPT-5-mini-2031-02-03", "gpt-5-mini"),
        ("anthropic", "claude-sonnet-4-5@20310203", "claude-sonnet-4-5"),
        ("anthropic", "claude-haiku-4-5-latest", "claude-haiku-4-5"),
        ("google", "gemini/gemini-2.5-flash", "gemini-2.5-flash"),
        ("groq", "gpt-oss-120b", "openai/gpt-oss-120b"),
        ("fireworks_ai", "deepseek-v3p1", "accounts/fireworks/models/deepseek-v3p1"),
        ("mistral", "codestral", "codestral-latest"),
        ("openai", "azure/gpt-5-mini", "gpt-5-mini"),
        ("openai", "azure/gpt-5-mini-2031-02-03", "gpt-5-mini"),
        ("openai", "openai.gpt-5-mini", "gpt-5-mini"),
        ("openai", "gpt-4.1-0414", "gpt-4.1"),
        ("anthropic", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("anthropic", "anthropic.claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("anthropic", "bedrock/apac.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
        ("google", "models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("google", "vertex_ai/gemini-2.5-flash-002", "gemini-2.5-flash"),
        ("google", "gemini-2.5-flash-preview-09-2031", "gemini-2.5-flash"),
    ],
)
def test_model_is_found_by_any_of_its_names(provider: str, name: str, same_as: str) -> None:
    assert facts_of(provider, name) == facts_of(provider, same_as) != ModelFacts()


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "gpt-99"), ("custom", "gpt-5-mini"), ("openai", ""), ("anthropic", "gpt-5-mini")],
)
def test_nothing_is_claimed_about_an_unknown_model(provider: str, model: str) -> None:
    assert facts_of(provider, model) == ModelFacts()


@pytest.mark.parametrize(
    ("provider", "name", "base"),
    [
        ("openai", "ft:gpt-4o-mini:org::id", ("openai", "gpt-4o-mini")),
        ("openai", "ft:gpt-5-mini-2031-02-03:org:name:id", ("openai", "gpt-5-mini")),
        ("openai", "ft:o4-mini:x::y", ("openai", "o4-mini")),
        ("custom", "openai/gpt-5-mini", ("openai", "gpt-5-mini")),
        ("custom", "azure/o3", ("openai", "o3")),
        ("custom", "azure_ai/gpt-5-mini", ("openai", "gpt-5-mini")),
        ("custom", "eu.anthropic.claude-sonnet-4-5-v1:0", ("anthropic", "claude-sonnet-4-5")),
        ("custom", "google/gemini-2.5-flash", ("google", "gemini-2.5-flash")),
    ],
)
def test_model_of_another_price_has_the_other_facts_of_its_base(
    provider: str, name: str, base: tuple[str, str]
) -> None:
    known = facts_of(*base)
    assert facts_of(provider, name) == replace(known, price=None) != ModelFacts()


@pytest.mark.parametrize(
    "name",
    ["llama3.1:8b", "openai/gpt-99", "my.own-model", "azure/", "ft:", "us.anthropic.", "a/"],
)
def test_nothing_is_guessed_from_a_name_at_an_unknown_server(name: str) -> None:
    assert facts_of("custom", name) == ModelFacts()


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("o3", False),
        ("gpt-5", False),
        ("gpt-5-mini-2025-08-07", False),
        ("ft:o4-mini:org::id", False),
        ("gpt-5-chat-latest", True),
        ("gpt-4.1", True),
        ("ft:gpt-4o-mini:org::id", True),
    ],
)
def test_temperature_is_sent_only_to_models_that_take_it(model: str, sent: bool) -> None:
    at_openai = {"base_url": OPENAI, "model_id": model, "temperature": 0.3}
    body, _ = body_sent(OpenAIModel, options=at_openai)
    assert ("temperature" in body) is sent


def test_person_is_told_once_that_the_temperature_is_left_out() -> None:
    def notes(model: OpenAIModel) -> list[str]:
        events = asyncio.run(replies(model, conversation()))
        return [event.message for event in events if isinstance(event, LeftOut)]

    answers = [stream_of(stream_bytes("openai")) for _ in range(3)]
    at_openai: dict[str, Any] = {"base_url": OPENAI, "model_id": "o3"}
    model = scripted(OpenAIModel, *answers[:2], temperature=0.3, **at_openai)
    (note,) = notes(model)
    assert note.endswith("takes no temperature for o3; this is left out from now on.")
    assert notes(model) == []
    assert notes(scripted(OpenAIModel, answers[2], **at_openai)) == []


def test_variant_does_not_get_the_price_of_its_model() -> None:
    known = facts_of("openrouter", "openai/gpt-5-mini")
    variant = facts_of("openrouter", "openai/gpt-5-mini:nitro")
    assert known.price is not None
    assert variant.price is None
    assert variant.context_tokens == known.context_tokens


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        ({"input_tokens": 10, "output_tokens": 1}, 10 * 4 + 8),
        ({"input_tokens": 10, "cached_tokens": 6}, 10 * 4),
        ({"input_tokens": 10, "cache_write_tokens": 6}, 10 * 4),
        ({"input_tokens": 10, "cached_tokens": 25}, 10 * 4),
        ({"input_tokens": 10, "cached_tokens": 6, "cache_write_tokens": 25}, 10 * 4),
    ],
)
def test_cached_input_costs_as_much_as_other_input_unless_its_price_is_known(
    usage: dict[str, int], dollars: float
) -> None:
    assert Price(input=4, output=8).of(TokenUsage(**usage)) == pytest.approx(dollars / 1e6)


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        ({"input_tokens": 10, "cached_tokens": 6}, 4 * 4 + 6 * 1),
        ({"input_tokens": 10, "cached_tokens": 6, "cache_write_tokens": 3}, 1 * 4 + 6 * 1 + 3 * 5),
        ({"input_tokens": 10, "cached_tokens": 25}, 10 * 1),
        ({"input_tokens": 10, "cached_tokens": 6, "cache_write_tokens": 25}, 6 * 1 + 4 * 5),
    ],
)
def test_cost_counts_no_more_cached_tokens_than_input_tokens(
    usage: dict[str, int], dollars: float
) -> None:
    """Some servers report more from the cache than the prompt has."""
    price = Price(input=4, output=8, cached_input=1, cache_write=5)
    assert price.of(TokenUsage(**usage)) == pytest.approx(dollars / 1e6)


def test_local_server_costs_nothing_whatever_it_serves() -> None:
    facts = facts_of("ollama", "anything:7b")
    assert facts.price is not None
    assert facts.price.of(TokenUsage(input_tokens=1000, output_tokens=1000)) == 0
    assert facts.context_tokens is None


def test_facts_say_when_a_model_only_speaks_another_format() -> None:
    assert facts_of("openai", "gpt-5-codex").wire_format == "responses"
    assert facts_of("openai", "gpt-5-mini").wire_format is None


@pytest.mark.parametrize(
    ("provider", "model", "refused"),
    [
        ("openai", "o3", {"stop", "max_tokens", "temperature"}),
        ("openai", "o4-mini-2025-04-16", {"stop", "max_tokens", "temperature"}),
        ("openai", "gpt-5-mini", {"stop", "max_tokens", "temperature"}),
        ("openai", "gpt-5-codex", {"stop", "max_tokens", "temperature"}),
        ("openai", "gpt-4.1", set()),
        ("xai", "grok-4.3", {"stop"}),
        ("anthropic", "claude-sonnet-4-5", set()),
    ],
)
def test_facts_say_what_a_model_refuses(provider: str, model: str, refused: set[str]) -> None:
    assert facts_of(provider, model).refused == refused


@pytest.mark.parametrize("model_id", ["o3", "o4-mini", "gpt-5"])
def test_parameter_that_a_model_is_known_to_refuse_is_never_sent(model_id: str) -> None:
    asked = {"stop": ["###"], "max_tokens": 9, "options": {"model_id": model_id}}
    body, _ = body_sent(OpenAIModel, **asked)
    assert "stop" not in body
    assert "max_tokens" not in body
    assert body["max_completion_tokens"] == 9


def test_tables_are_read_from_a_wheel_that_is_not_unpacked(tmp_path: Path) -> None:
    """The page puts the wheel on Python's path without unpacking it."""
    source = Path(pyagent.__file__).parent.parent
    wheel = shutil.make_archive(str(tmp_path / "wheel"), "zip", source, "pyagent")
    module = "pyagent.models.catalog.model_facts"
    code = f"import {module} as c; print(c.__file__, c.facts_of('openai', 'gpt-5'))"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {wheel!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.startswith(wheel)
    assert "context_tokens=272000" in run.stdout


def test_model_takes_its_price_context_and_abilities_from_the_catalog() -> None:
    model = OpenAIModel("openai/gpt-oss-120b", base_url=GROQ, api_key="k")
    assert model.price == Price(input=0.15, output=0.6, cached_input=0.075)
    assert model.context_tokens == 131_072
    assert (model.supports_tools, model.supports_schema, model.supports_images) == (1, 1, 0)


def test_options_of_the_caller_override_the_catalog() -> None:
    own = Price(input=1, output=1)
    model = OpenAIModel(
        "openai/gpt-oss-120b",
        base_url=GROQ,
        api_key="k",
        price=own,
        context_tokens=100,
        supports_images=True,
        supports_schema=False,
    )
    assert (model.price, model.context_tokens) == (own, 100)
    assert (model.supports_images, model.supports_schema) == (True, False)


def test_model_of_an_unknown_server_has_no_price_and_tries_everything() -> None:
    model = OpenAIModel("gpt-5-mini", base_url="https://llm.example/v1")
    assert (model.price, model.context_tokens) == (None, None)
    assert (model.supports_tools, model.supports_schema, model.supports_images) == (1, 1, 1)
