"""Google's Gemini API, the wire format of its own models."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Unpack
from urllib.parse import quote

from pyagent.messages import ChatMessage, ToolSpec
from pyagent.models.base import (
    ModelRequest,
)
from pyagent.models.formats.gemini_reply import GeminiReader
from pyagent.models.http.model import HttpModel, HttpOptions
from pyagent.models.http.reader import ReplyReader, carried_by

MAX_STOPS = 5
"""Stop strings that the API takes; we cut at all of them ourselves."""
_UNSIGNED = "skip_thought_signature_validator"
"""Stands for the signature of a call that another model made: Gemini 3 refuses calls without."""


class GeminiModel(HttpModel):
    """A model behind Google's Gemini API; ``base_url`` ends before ``/models``.

    The system prompt goes into the first turn of models that have no other place for it, as Gemma.

    ``thinking`` is how many tokens it may think with: 0 or False for none, -1 or True for as many
    as it likes, None for what is the model's own default. For the other options see ``HttpModel``.
    """

    wire = "gemini"
    default_base_url = "https://generativelanguage.googleapis.com/v1beta"
    dispensable = (
        *("temperature", "maxOutputTokens", "stopSequences", "thinkingConfig"),
        "systemInstruction",
    )
    unmissed = ("systemInstruction",)

    def __init__(
        self, model_id: str, *, thinking: int | bool | None = None, **options: Unpack[HttpOptions]
    ) -> None:
        super().__init__(model_id, **options)
        self.thinking = -1 if thinking is True else thinking

    def _request(self, asked: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        name = quote(self.model_id, safe="/")
        path = f"/{name if '/' in name else f'models/{name}'}:streamGenerateContent?alt=sse"
        body: dict[str, Any] = {
            "contents": list(self._contents(asked.messages)),
            "systemInstruction": _system(asked.messages),
            "tools": [{"functionDeclarations": _tools(asked.tools)}] if asked.tools else None,
            "generationConfig": self._generation_config(asked),
        }
        key = self.endpoint.api_key
        # The API refuses pages that send any other header.
        headers = {"x-goog-api-key": key} if key else {}
        return path, headers, {k: v for k, v in body.items() if v and k not in self.refused}

    def _reader(self) -> ReplyReader:
        return GeminiReader(self.endpoint)

    def _parameters(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**body, **(body.get("generationConfig") or {})}

    def _generation_config(self, asked: ModelRequest) -> dict[str, Any]:
        # Thoughts may not be asked for where there are to be none.
        thinking: dict[str, Any] = {} if self.thinking == 0 else {"includeThoughts": True}
        if self.thinking is not None:
            thinking["thinkingBudget"] = int(self.thinking)
        config: dict[str, Any] = {
            "temperature": self.temperature,
            "maxOutputTokens": asked.max_tokens or self.max_tokens,
            "stopSequences": list(asked.stop)[:MAX_STOPS] or None,
            "thinkingConfig": thinking,
        }
        if asked.schema is not None:
            config["responseMimeType"] = "application/json"
            config["responseJsonSchema"] = dict(asked.schema)
        return {k: v for k, v in config.items() if v is not None and k not in self.refused}

    def _contents(self, messages: tuple[ChatMessage, ...]) -> Iterator[dict[str, Any]]:
        """One content for neighbours of one role, so that all results of a turn stand together."""
        calls = {use.id: use.name for message in messages for use in message.tool_uses}
        known: set[str] = set()
        in_turn = "systemInstruction" in self.refused
        said = [message for message in messages if in_turn or message.role != "system"]
        for role, group in groupby(said, _role):
            parts: list[dict[str, Any]] = []
            for message in group:
                if message.role == "tool":
                    parts.append(_result(message, calls, known))
                    continue
                made = self._parts(message)
                known |= {part["functionCall"].get("id") for part in made if "functionCall" in part}
                parts += made
            if parts:
                yield {"role": role, "parts": parts}

    def _parts(self, message: ChatMessage) -> list[dict[str, Any]]:
        kept = carried_by(message, self.endpoint, self.wire)
        if kept is not None:
            return list(kept)
        parts: list[dict[str, Any]] = [
            {"inlineData": {"mimeType": i.media_type, "data": b64encode(i.data).decode()}}
            for i in message.images
        ]
        if message.content:
            parts.append({"text": message.content})
        for use in message.tool_uses:
            signature = {"thoughtSignature": _UNSIGNED} if use is message.tool_uses[0] else {}
            parts.append({"functionCall": {"name": use.name, "args": use.arguments}, **signature})
        return parts


def _role(message: ChatMessage) -> str:
    return "model" if message.role == "assistant" else "user"


def _result(message: ChatMessage, calls: Mapping[str, str], known: set[str]) -> dict[str, Any]:
    """Names the call by its id only where Google gave it one."""
    use_id = message.tool_use_id
    named = {"id": use_id} if use_id in known else {}
    response = {"output": message.content}
    return {"functionResponse": {**named, "name": calls.get(use_id, ""), "response": response}}


def _system(messages: tuple[ChatMessage, ...]) -> dict[str, Any] | None:
    said = "\n\n".join(message.content for message in messages if message.role == "system")
    return {"parts": [{"text": said}]} if said else None


def _tools(specs: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """A tool without arguments has no schema: an empty one is refused by some models."""
    return [
        {"name": spec.name, "description": spec.description}
        | ({"parametersJsonSchema": dict(spec.parameters)} if _has_arguments(spec) else {})
        for spec in specs
    ]


def _has_arguments(spec: ToolSpec) -> bool:
    return bool(spec.parameters.get("properties"))
