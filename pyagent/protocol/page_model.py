"""An agent worker's requests to a model that the page runs, and the replies. Part of ``page``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol.events import Problem, TokenUsage
from pyagent.protocol.guest import Json

# --- agent worker → page ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PageModelPrepare:
    """Let the model that the page runs read ahead what later requests will begin with."""

    type: Literal["page_model_prepare"] = "page_model_prepare"
    messages: list[dict[str, Json]]
    """The same form as in ``PageModelRequest``."""
    later: list[list[dict[str, Json]]] = field(default_factory=list)
    """Other prompts that a request may begin with, to read after the first."""


@dataclass(frozen=True, kw_only=True)
class PageModelRequest:
    """Generate with the model that the page runs."""

    type: Literal["page_model_request"] = "page_model_request"
    request_id: int
    messages: list[dict[str, Json]]
    """OpenAI chat messages: ``{"role", "content"}``, with the content as text."""
    stop: list[str] = field(default_factory=list)
    max_tokens: int | None = None
    temperature: float | None = None
    schema: dict[str, Json] | None = None
    """A JSON Schema that the reply must follow."""


@dataclass(frozen=True, kw_only=True)
class PageModelCancel:
    """Nobody waits for this reply any longer."""

    type: Literal["page_model_cancel"] = "page_model_cancel"
    request_id: int


# --- page → agent worker ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PageModelRead:
    """The page model has read the conversation. A reply that is cut short has no other count."""

    type: Literal["page_model_read"] = "page_model_read"
    request_id: int
    input_tokens: int
    cached_tokens: int
    """The part of ``input_tokens`` that the model had read before."""


@dataclass(frozen=True, kw_only=True)
class PageModelDelta:
    """A piece of the page model's reply."""

    type: Literal["page_model_delta"] = "page_model_delta"
    request_id: int
    text: str


@dataclass(frozen=True, kw_only=True)
class PageModelDone:
    """The page model's reply is complete."""

    type: Literal["page_model_done"] = "page_model_done"
    request_id: int
    finish_reason: Literal["stop", "length"] = "stop"
    token_usage: TokenUsage


@dataclass(frozen=True, kw_only=True)
class PageModelFailed:
    """The page model could not answer."""

    type: Literal["page_model_failed"] = "page_model_failed"
    request_id: int
    problem: Problem
