"""The model that a page's settings ask for. The agent worker and its entry call this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pyagent.models.base import Model
from pyagent.models.catalog.wire_formats import FORMAT_FACTS
from pyagent.models.demo.model import demo_model
from pyagent.models.formats.by_name import FORMATS
from pyagent.models.http.network import Network
from pyagent.models.page import PageModel
from pyagent.models.router import Choice, RouterModel
from pyagent.protocol import ModelSettings, PageModelCancel, PageModelPrepare, PageModelRequest

if TYPE_CHECKING:
    import httpx


def model_from_settings(
    settings: ModelSettings,
    *,
    send: Callable[[PageModelPrepare | PageModelRequest | PageModelCancel], None],
    transport: httpx.AsyncBaseTransport | None = None,
    page_origin: str = "",
    network: Network | None = None,
) -> Model:
    """Make the model. ``send`` takes the messages of a page model to the page.

    ``page_origin`` lets errors explain CORS, and ``network`` says when there is none. Raises a
    ``ModelError`` when the settings cannot work, for example because a key is missing.
    """
    if settings.kind == "demo":
        return demo_model()
    if settings.kind == "page":
        return PageModel(
            send,
            model_id=settings.model,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            context_tokens=settings.context_tokens,
            prompt_style=settings.prompt_style,
            supports_schema=settings.supports_schema,
        )
    takes_thinking = FORMAT_FACTS[settings.kind].takes_thinking
    own: dict[str, Any] = {"thinking": settings.thinking} if takes_thinking else {}
    return FORMATS[settings.kind](
        settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        context_tokens=settings.context_tokens,
        prompt_style=settings.prompt_style,
        transport=transport,
        page_origin=page_origin,
        network=network,
        **own,
    )


def as_one(models: Sequence[Model], choose: Choice = "first") -> Model:
    """A router over several models; a single model is returned as it is."""
    return models[0] if len(models) == 1 else RouterModel(models, choose=choose)
