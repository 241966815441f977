"""Which model the command line asks for. Called by ``run``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from pyagent.errors import EndpointError, ModelError
from pyagent.models.base import Model, PromptStyle
from pyagent.models.demo import demo_model
from pyagent.models.openai_chat import OpenAIModel
from pyagent.models.providers import Provider, providers

KEY_VARIABLE = "PYAGENT_API_KEY"


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """What the command line says of the model; empty where it says nothing."""

    model: str = ""
    provider: str = ""
    base_url: str = ""
    api_key: str = ""
    demo: bool = False
    context_tokens: int | None = None
    prompt_style: PromptStyle = "full"


def choose_model(options: ModelOptions, env: Mapping[str, str] = os.environ) -> Model:
    """The model. Raises ``ModelError`` when the options do not lead to one.

    Without ``--provider`` or ``--base-url``, the first provider whose key is in the environment
    is taken.
    """
    if options.demo:
        return demo_model()
    provider = _provider(options, env)
    base_url = options.base_url or (provider.base_url if provider else "")
    if not base_url:
        raise EndpointError(
            "No model is chosen.",
            advice="Put a key into OPENAI_API_KEY, or name a server: --base-url "
            "http://127.0.0.1:8080/v1 --model NAME. Without either, try --demo.",
            kind="no_model",
        )
    model = options.model or (provider.models[0] if provider and provider.models else "")
    return OpenAIModel(
        model,
        base_url=base_url,
        api_key=options.api_key or env.get(KEY_VARIABLE) or None,
        context_tokens=options.context_tokens,
        prompt_style=options.prompt_style,
    )


def _provider(options: ModelOptions, env: Mapping[str, str]) -> Provider | None:
    known = [provider for provider in providers() if provider.base_url]
    if options.provider:
        for provider in known:
            if provider.id == options.provider.lower():
                return provider
        raise ModelError(
            f"There is no provider {options.provider!r}.",
            advice=f"There are: {', '.join(provider.id for provider in known)}.",
            kind="no_model",
        )
    if options.base_url:
        return None
    return next((p for p in known if p.key_env and env.get(p.key_env)), None)
