"""Which model the command line asks for. Called by ``run`` and ``map``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyagent.errors import EndpointError, ModelError
from pyagent.models.base import Model, PromptStyle
from pyagent.models.demo import demo_model
from pyagent.models.litellm import LiteLLMModel
from pyagent.models.openai_chat import OpenAIModel
from pyagent.models.providers import (
    Provider,
    names_like,
    provider_named,
    providers,
)

KEY_VARIABLE = "PYAGENT_API_KEY"


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """What the command line says of the model; empty where it says nothing."""

    model: str = ""
    provider: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    demo: bool = False
    context_tokens: int | None = None
    prompt_style: PromptStyle = "full"


def choose_model(options: ModelOptions, env: Mapping[str, str] = os.environ) -> Model:
    """The model. Raises ``ModelError`` when the options do not lead to one.

    ``PROVIDER/NAME`` is as good as ``--provider PROVIDER --model NAME``. Without a provider or
    ``--base-url``, the first provider whose key is in the environment is taken.
    """
    if options.demo:
        return demo_model()
    given: dict[str, Any] = {
        "api_key": options.api_key or env.get(KEY_VARIABLE) or None,
        "context_tokens": options.context_tokens,
        "prompt_style": options.prompt_style,
    }
    if options.base_url:
        return OpenAIModel(options.model, base_url=options.base_url, **given)
    provider, model = _chosen(options, env)
    if provider is None and "/" in model:
        return LiteLLMModel(model, **given)  # it knows further ones, or says what is meant
    if provider is None:
        raise EndpointError(
            "No model is chosen.",
            advice="Put a key into OPENAI_API_KEY, or name a server: --base-url "
            "http://127.0.0.1:8080/v1 --model NAME. Without either, try --demo.",
            kind="no_model",
        )
    return LiteLLMModel(f"{provider.id}/{model or next(iter(provider.models), '')}", **given)


def _chosen(options: ModelOptions, env: Mapping[str, str]) -> tuple[Provider | None, str]:
    """The provider, None for none of ours, and its name for the model."""
    if options.provider:
        return _named(options.provider), options.model
    name, _, rest = options.model.partition("/")
    named = provider_named(name) if rest else None
    has_key = options.api_key or env.get(KEY_VARIABLE) or (named and env.get(named.key_env))
    if named is not None and (has_key or not named.key_env):
        return named, rest
    # Models of some providers have such names too: openrouter's anthropic/claude-sonnet-4.5.
    keyed = next((p for p in providers() if p.key_env and env.get(p.key_env)), None)
    return (keyed, options.model) if keyed or not named else (named, rest)


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
