"""The options that every model behind HTTP takes. ``HttpModel`` says what they mean."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from pyagent.models.base import Model, PromptStyle
from pyagent.models.http.network import Network
from pyagent.models.price import Price
from pyagent.protocol import Json

if TYPE_CHECKING:
    import httpx


class HttpOptions(TypedDict, total=False):
    """The keyword arguments that every ``HttpModel`` takes."""

    base_url: str
    api_key: str | None
    temperature: float | None
    max_tokens: int | None
    context_tokens: int | None
    prompt_style: PromptStyle
    supports_tools: bool | None
    supports_schema: bool | None
    supports_images: bool | None
    price: Price | None
    extra_body: Mapping[str, Json] | None
    headers: Mapping[str, str] | None
    transport: httpx.AsyncBaseTransport | None
    page_origin: str
    max_retries: int
    timeout_s: float
    idle_timeout_s: float
    patience_s: float
    network: Network | None


def options_of(model_class: type[Model], options: Mapping[str, Any]) -> dict[str, Any]:
    """``options`` as the class takes them; those it does not know go into the request's body."""
    names = {
        *HttpOptions.__annotations__,
        *(inspect.unwrap(model_class.__init__).__kwdefaults__ or ()),
    }
    known = {name: value for name, value in options.items() if name in names}
    extra = {name: value for name, value in options.items() if name not in names}
    return {**known, "extra_body": {**(known.get("extra_body") or {}), **extra}}


def able(given: bool | None, known: bool | None) -> bool:
    """An option of the caller, or else what is known; what nobody knows is tried."""
    return known is not False if given is None else given


def merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """``ours`` updated with ``theirs``, also in nested objects."""
    both = {name for name in theirs if isinstance(theirs[name], Mapping)}
    both = {name for name in both if isinstance(ours.get(name), Mapping)}
    return {**ours, **theirs, **{name: merged(ours[name], theirs[name]) for name in both}}
