"""``LiteLLMModel("provider/model")``: any provider by the names that litellm uses.

Providers in our own table are called directly, in their wire format. litellm itself is used only
for others, such as Azure, Bedrock and Vertex, which have their own ways to sign in.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from pyagent.checked_options import fit_known, fitted
from pyagent.errors import EndpointError
from pyagent.messages import ChatMessage
from pyagent.models.aliases import also_called
from pyagent.models.base import Model, ModelEvent, ModelRequest
from pyagent.models.catalog.model_facts import facts_of, models_at
from pyagent.models.catalog.providers import (
    Provider,
    all_providers,
    names_like,
    provider_named,
)
from pyagent.models.catalog.wire_formats import FORMAT_FACTS
from pyagent.models.formats.by_name import FORMATS
from pyagent.models.http.model import HttpModel
from pyagent.models.http.options import HttpOptions, options_of
from pyagent.protocol import WireFormat

_MIRRORED = (
    *("model_id", "prompt_style", "context_tokens", "price"),
    *("supports_tools", "supports_schema", "supports_images"),
)
_VERSION = re.compile(r"/v\d+(/messages)?/*$")


class LiteLLMModel(Model):
    """A model by ``provider/model``, such as ``anthropic/claude-sonnet-4-5``.

    Options are those of the class for the provider's wire format, such as ``AnthropicModel``, and
    ``api_base``, another name for ``base_url``. As in litellm, the address may leave out the
    version where we know it: ``http://localhost:11434`` for Ollama. All other options, such as
    ``top_p=0.9``, go into each request. ``inner`` is the model that answers.

    Raises ``EndpointError`` for a provider that neither our table nor an installed litellm knows,
    and whatever ``HttpModel`` raises.
    """

    def __init__(self, model_id: str, *, api_base: str | None = None, **options: Any) -> None:
        also_called(options, "base_url", api_base=api_base)
        fitted(model_id, str, name="model_id", caller=type(self).__name__)
        options = fit_known(options, HttpOptions, caller=type(self).__name__)
        self.inner = _inner(model_id, options)
        self._mirror()

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        try:
            async with aclosing(self.inner.stream(**vars(request))) as events:
                async for event in events:
                    yield event
        finally:
            self._mirror()  # the model may have learned what its server refuses

    @property
    def is_known_to_see(self) -> bool:
        return self.inner.is_known_to_see

    async def prepare(self, messages: Sequence[ChatMessage], *later: Sequence[ChatMessage]) -> None:
        await self.inner.prepare(messages, *later)

    async def aclose(self) -> None:
        await self.inner.aclose()

    def _mirror(self) -> None:
        for name in _MIRRORED:
            setattr(self, name, getattr(self.inner, name))


def _inner(model_id: str, options: dict[str, Any]) -> Model:
    name, slash, rest = model_id.strip().partition("/")
    provider = provider_named(name) if slash else None
    if provider is not None:
        return _model_at(provider, rest, options)
    if slash and find_spec("litellm"):
        # Imported here because it imports httpx, which few need before their first request.
        from pyagent.models.litellm_library import litellm_model

        return litellm_model(model_id, options)
    raise EndpointError(
        f"There is no provider {name!r}." if slash else f"{model_id!r} names no provider.",
        advice=_advice(*((name, rest) if slash else ("", model_id))),
        kind="no_model",
    )


def _model_at(provider: Provider, model_id: str, options: dict[str, Any]) -> HttpModel:
    wire_format = facts_of(provider.id, model_id).wire_format or provider.wire_format
    model_class = FORMATS[wire_format]
    address = _with_version(options.get("base_url") or "", provider, wire_format)
    options = {**options, "base_url": address or provider.base_url}
    return model_class(model_id, **options_of(model_class, options))


def _with_version(address: str, provider: Provider, wire_format: WireFormat) -> str:
    """``address`` with the path that litellm itself adds to it.

    Addresses of chat completions on other hosts stay as they are: they may have any path.
    """
    there, own = urlsplit(address), urlsplit(provider.base_url)
    has_version = FORMAT_FACTS[wire_format].always_versioned or provider.local
    has_version = has_version or there.netloc == own.netloc
    if has_version and there.netloc and not there.path.strip("/"):
        return f"{there.scheme}://{there.netloc}{own.path}"
    if wire_format == "anthropic" and address and not _VERSION.search(there.path):
        return f"{address.rstrip('/')}/v1"
    return address


def _advice(name: str, model_id: str) -> str:
    """Names that may have been meant, and how to reach a provider that is not in our table."""
    having = (provider.id for provider in all_providers() if model_id in models_at(provider.id))
    likely = [f"{id}/{model_id}" for id in (names_like(name) if name else having)][:3]
    return (
        f"Did you mean {' or '.join(likely)}? "
        * bool(likely)
        + "Write the name as provider/model. Providers with their own sign-in, such as azure,"
        " bedrock and vertex_ai, need the package litellm: pip install litellm. For any other"
        " OpenAI-compatible server use OpenAIModel with its base_url."
    )
