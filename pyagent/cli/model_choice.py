"""Makes the model that the command line asks for. ``run`` and ``map`` use it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import httpx

from pyagent.errors import EndpointError, ModelError
from pyagent.models.base import Model, PromptStyle
from pyagent.models.catalog.model_facts import ModelFacts, facts_of, models_at
from pyagent.models.catalog.providers import (
    Provider,
    names_like,
    provider_named,
    providers,
)
from pyagent.models.demo.model import demo_model
from pyagent.models.formats.openai_chat import OpenAIModel
from pyagent.models.litellm import LiteLLMModel

KEY_VARIABLE = "PYAGENT_API_KEY"
_LIST_TIMEOUT_S = 3.0
_MOST_LISTED = 20
_WITHOUT_A_KEY = (
    "Put a key into OPENAI_API_KEY, or name a server: --base-url http://127.0.0.1:8080/v1"
    " --model NAME. Without either, try --demo."
)


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """What the command line says about the model; an empty field was not given."""

    model: str = ""
    provider: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    demo: bool = False
    context_tokens: int | None = None
    prompt_style: PromptStyle = "full"


def choose_model(options: ModelOptions, env: Mapping[str, str] = os.environ) -> Model:
    """Make the model. Raises ``ModelError`` when the options do not lead to one.

    ``PROVIDER/NAME`` means the same as ``--provider PROVIDER --model NAME``. Without a provider and
    without ``--base-url``, the first provider whose key is in the environment is used.
    """
    if options.demo:
        return demo_model()
    given: dict[str, Any] = {
        "api_key": options.api_key or env.get(KEY_VARIABLE) or None,
        "context_tokens": options.context_tokens,
        "prompt_style": options.prompt_style,
    }
    if options.base_url:
        if not options.model and (served := _served(options.base_url, given["api_key"])):
            raise EndpointError(
                "No model is chosen.",
                advice=f"Name one of those that the server has, with --model: {', '.join(served)}.",
                kind="no_model",
            )
        return OpenAIModel(options.model, base_url=options.base_url, **given)
    provider, model = _chosen(options, env)
    if provider is not None:
        return LiteLLMModel(f"{provider.id}/{model or next(iter(provider.models), '')}", **given)
    serving = _serving(model)
    if serving is not None and not given["api_key"]:
        return LiteLLMModel(f"{serving.id}/{model}")  # its error names the missing key
    if "/" in model:
        return LiteLLMModel(model, **given)  # it knows more providers, or its error suggests one
    if given["api_key"]:
        advice = f"Say whose key it is: --provider {serving.id if serving else 'NAME'}."
    else:
        advice = _WITHOUT_A_KEY
    problem = f"No provider is named for {model}." if model else "No model is chosen."
    raise EndpointError(problem, advice=advice, kind="no_model")


def _served(base_url: str, api_key: str | None) -> list[str]:
    """The first names of models that a server lists; none if it does not list any."""
    try:
        reply = httpx.get(
            f"{base_url.strip().rstrip('/')}/models",
            headers={"authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=_LIST_TIMEOUT_S,
        )
        listed = reply.raise_for_status().json()["data"]
        return [str(entry["id"]) for entry in listed][:_MOST_LISTED]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return []  # the error about the missing model needs no list


def _chosen(options: ModelOptions, env: Mapping[str, str]) -> tuple[Provider | None, str]:
    """The provider and its name for the model. The provider is None if we know none that fits."""
    if options.provider:
        return _named(options.provider), options.model
    name, _, rest = options.model.partition("/")
    named = provider_named(name) if rest else None
    has_key = options.api_key or env.get(KEY_VARIABLE) or (named and env.get(named.key_env))
    if named is not None and (has_key or not named.key_env):
        return named, rest
    # Some providers use such names for models: openrouter has anthropic/claude-sonnet-4.5.
    keyed = next((p for p in providers() if p.key_env and env.get(p.key_env)), None)
    return (keyed, options.model) if keyed or not named else (named, rest)


def _serving(model: str) -> Provider | None:
    """The first provider we know that serves the model and needs a key for it."""
    keyed = [provider for provider in providers() if provider.key_env]
    exactly = (p for p in keyed if model in models_at(p.id))
    by_another_name = (p for p in keyed if facts_of(p.id, model) != ModelFacts())
    return next(chain(exactly, by_another_name), None)


def _named(name: str) -> Provider:
    provider = provider_named(name)
    if provider is None:
        likely = names_like(name) or [known.id for known in providers() if known.base_url]
        raise ModelError(
            f"There is no provider {name!r}.",
            advice=f"There are: {', '.join(likely)}.",
            kind="no_model",
        )
    return provider
