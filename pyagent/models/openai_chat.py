"""OpenAI's chat completions, the wire format that most providers and local servers speak."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import httpx

from pyagent.errors import ModelError, ProtocolError
from pyagent.models.base import ModelRequest, PromptStyle, ReasoningDelta, TextDelta
from pyagent.models.chat import chat_messages
from pyagent.models.endpoint import checked_endpoint
from pyagent.models.http import READ_TIMEOUT_S, HttpModel, ReplyReader
from pyagent.models.providers import provider_at
from pyagent.models.retry import MAX_RETRIES
from pyagent.protocol import TokenUsage
from pyagent.wire import parse_json

MAX_STOPS = 4
"""Stop strings that the API takes; we cut at all of them ourselves."""

_OPTIONAL = (
    *("stream", "stream_options", "stop", "temperature"),
    *("max_tokens", "max_completion_tokens"),
)
"""What a request can do without. Some models of OpenAI stream only for verified organisations."""


class OpenAIModel(HttpModel):
    """A model behind any OpenAI-compatible endpoint.

    ``base_url`` ends before ``/chat/completions``. ``api_key`` None takes the key from the
    provider's own environment variable (``OPENAI_API_KEY`` for api.openai.com and for no other
    host); an empty string means no key. ``page_origin`` is the origin of the page this runs in,
    so that errors can speak of CORS. Parameters which the model refuses are left out from then on.
    Raises ``EndpointError`` or ``AuthenticationError`` when the settings cannot work.
    """

    def __init__(
        self,
        model_id: str,
        *,
        base_url: str = "https://api.openai.com/v1",
        api_key: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        context_tokens: int | None = None,
        prompt_style: PromptStyle = "full",
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        page_origin: str = "",
        max_retries: int = MAX_RETRIES,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        if api_key is None:
            api_key = os.environ.get(provider_at(base_url).key_env, "")
        super().__init__(
            checked_endpoint(base_url, model_id, api_key=api_key, page_origin=page_origin),
            transport=transport,
            headers=headers,
            max_retries=max_retries,
            timeout_s=timeout_s,
        )
        self.context_tokens = context_tokens
        self.prompt_style = prompt_style
        self.temperature = temperature
        self.max_tokens = max_tokens
        self._refused: set[str] = set()

    def _request(self, asked: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        limit = asked.max_tokens or self.max_tokens
        limit_name = "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens"
        body: dict[str, Any] = {
            "model": self.model_id,
            "messages": chat_messages(asked.messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": self.temperature,
            "stop": list(asked.stop)[:MAX_STOPS] or None,
            limit_name: limit,
        }
        body = {k: v for k, v in body.items() if v is not None and k not in self._refused}
        key = self.endpoint.api_key
        return "/chat/completions", {"authorization": f"Bearer {key}"} if key else {}, body

    def _reader(self) -> ReplyReader:
        return ChatReader()

    def _adapt(self, status: int, body: str, sent: Mapping[str, Any]) -> bool:
        if status not in (400, 422):
            return False
        complaint = _complaint(body)
        refused = {name for name in _OPTIONAL if name in sent and _names(complaint, name)}
        self._refused |= refused
        return bool(refused)


class ChatReader:
    """Reads the chunks of a streamed chat completion, or a whole one."""

    def __init__(self) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.token_usage: TokenUsage | None = None

    def read(self, payload: dict[str, Any]) -> list[TextDelta | ReasoningDelta]:
        if isinstance(usage := payload.get("usage"), dict):
            self.token_usage = _usage(usage)
        choices = payload.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return []
        delta = choice.get("delta") or choice.get("message") or {}
        events = _deltas(delta) if isinstance(delta, dict) else []
        if reason := choice.get("finish_reason"):
            self._finish(reason)
        return events

    def end(self) -> None:
        self.finish_reason = self.finish_reason or "stop"

    def _finish(self, reason: Any) -> None:
        if reason == "content_filter":
            raise ModelError(
                "The provider's content filter stopped the reply.",
                advice="Put the task in other words, or choose another model.",
                kind="refused",
            )
        self.finish_reason = "length" if reason in ("length", "max_tokens") else "stop"


def _deltas(delta: dict[str, Any]) -> list[TextDelta | ReasoningDelta]:
    """DeepSeek, vLLM and llama.cpp think in ``reasoning_content``, OpenRouter, Groq and Ollama in
    ``reasoning``, Mistral in parts of ``content``."""
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    content = delta.get("content")
    said = ""
    if isinstance(content, str):
        said = content
    elif isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        said = "".join(_text(part.get("text")) for part in parts)
        inner = [i for part in parts for i in part.get("thinking") or () if isinstance(i, dict)]
        thought = thought or "".join(_text(part.get("text")) for part in inner)
    events: list[TextDelta | ReasoningDelta] = []
    if isinstance(thought, str) and thought:
        events.append(ReasoningDelta(text=thought))
    if said := said or _text(delta.get("refusal")):
        events.append(TextDelta(text=said))
    return events


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _usage(usage: dict[str, Any]) -> TokenUsage | None:
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(read, int) or not isinstance(written, int):
        return None
    cached = cached or usage.get("prompt_cache_hit_tokens")
    return TokenUsage(
        input_tokens=read,
        output_tokens=written,
        cached_tokens=cached if isinstance(cached, int) else 0,
    )


def _complaint(body: str) -> str:
    """The strings of an error, each in quotes, without the request that some servers repeat."""
    try:
        return " ".join(_strings(parse_json(body)))
    except ProtocolError:
        return body


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield f'"{data}"'
    elif isinstance(data, list):
        for item in data:
            yield from _strings(item)
    elif isinstance(data, dict):
        yield from _strings([value for key, value in data.items() if key != "input"])


def _names(complaint: str, parameter: str) -> bool:
    """Whether an error speaks of a parameter; short names are also words, and must be marked."""
    if "_" in parameter:
        return bool(re.search(rf"\b{parameter}\b", complaint))
    marked = rf"['\"`]{parameter}['\"`]|parameters?:? {parameter}\b|\b{parameter}\b (is|does|are) "
    return bool(re.search(marked, complaint))
