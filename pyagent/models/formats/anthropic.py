"""Anthropic's messages, the wire format of Claude and of servers that speak as it does."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Literal, Unpack

from pyagent.messages import ChatMessage, Image, ToolSpec
from pyagent.models.base import (
    ModelRequest,
)
from pyagent.models.capabilities import without_tool_uses
from pyagent.models.formats.anthropic_reply import AnthropicReader
from pyagent.models.formats.schemas import closed
from pyagent.models.http.model import HttpModel, HttpOptions
from pyagent.models.http.reader import ReplyReader, carried_by
from pyagent.protocol import Json

VERSION = "2023-06-01"
MAX_TOKENS = 16_384
"""The API wants a limit; every model of Anthropic's on offer writes four times as much."""
BUDGET = 4_096
"""Thoughts, in tokens, of a model that is to think and cannot decide itself how much."""
_ADAPTIVE: dict[str, Json] = {"type": "adaptive", "display": "summarized"}
_CACHE: dict[str, Json] = {"type": "ephemeral"}


class AnthropicModel(HttpModel):
    """A model behind Anthropic's messages; ``base_url`` ends before ``/messages``.

    ``thinking`` is how many tokens it may think with, at least 1,024 and besides ``max_tokens``;
    or ``adaptive``, for models that decide that themselves; True for whichever of these the model
    takes, False for none, or None for what is the model's own default. ``max_tokens`` None means
    16,384, or less where the model cannot write as much. For the other options see ``HttpModel``.

    What stays the same from one request to the next is marked for the provider's cache: the
    tools with the system prompt, and the conversation so far.
    """

    wire = "anthropic"
    default_base_url = "https://api.anthropic.com/v1"
    dispensable = ("temperature", "thinking", "adaptive", "stop_sequences")
    unmissed = ("adaptive",)  # a budget comes in its place

    def __init__(
        self,
        model_id: str,
        *,
        thinking: int | Literal["adaptive"] | bool | None = None,
        **options: Unpack[HttpOptions],
    ) -> None:
        super().__init__(model_id, **options)
        self.thinking = thinking

    def _request(self, asked: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        # Turns with tools are refused in a request that declares none.
        messages = asked.messages if asked.tools else without_tool_uses(asked.messages)
        body: dict[str, Any] = {
            "model": self.model_id,
            "max_tokens": self._limit(asked.max_tokens or self.max_tokens),
            "system": _system(messages),
            "messages": list(self._turns(messages)),
            "stream": True,
            "temperature": self.temperature,
            "thinking": self._thinking(),
            "stop_sequences": [text for text in asked.stop if text.strip()] or None,
            "tools": list(map(_tool, asked.tools)) or None,
            "output_config": asked.schema and _output_config(asked.schema),
        }
        body = {k: v for k, v in body.items() if v is not None and k not in self.refused}
        return "/messages", self._own_headers(), body

    def _reader(self) -> ReplyReader:
        return AnthropicReader()

    def _parameters(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Adaptive thinking is refused by a name of its own where a budget may follow it."""
        if self.thinking is not True or body.get("thinking") != _ADAPTIVE:
            return body
        return {"adaptive" if name == "thinking" else name: body[name] for name in body}

    def _own_headers(self) -> dict[str, str]:
        headers = {"anthropic-version": VERSION}
        if key := self.endpoint.api_key:
            headers["x-api-key"] = key
        if self.endpoint.page_origin:  # without it the API refuses pages
            headers["anthropic-dangerous-direct-browser-access"] = "true"
        return headers

    def _limit(self, wanted: int | None) -> int:
        """What it may write, thoughts included."""
        limit = (wanted or MAX_TOKENS) + self._budget()
        return limit if wanted else min(limit, self._longest_reply or limit)

    def _thinking(self) -> dict[str, Json] | None:
        if budget := self._budget():
            return {"type": "enabled", "budget_tokens": budget}
        if self.thinking:
            return _ADAPTIVE
        return None if self.thinking is None else {"type": "disabled"}

    def _budget(self) -> int:
        """How many tokens it may think with; 0 where it thinks as it likes, or not."""
        if self.thinking is True:
            return BUDGET if "adaptive" in self.refused else 0
        return self.thinking if isinstance(self.thinking, int) else 0

    def _turns(self, messages: tuple[ChatMessage, ...]) -> Iterator[dict[str, Any]]:
        """One turn for neighbours of one role, so that all results of a turn stand together."""
        said = [message for message in messages if message.role != "system"]
        turns: list[dict[str, Any]] = [
            {"role": role, "content": [block for m in group for block in self._blocks(m)]}
            for role, group in groupby(said, _role)
        ]
        if turns and turns[-1]["role"] == "user" and turns[-1]["content"]:
            turns[-1]["content"][-1] |= {"cache_control": _CACHE}
        return (turn for turn in turns if turn["content"])

    def _blocks(self, message: ChatMessage) -> Iterator[dict[str, Any]]:
        """The API refuses empty texts."""
        if message.role == "tool":
            block = {"type": "tool_result", "tool_use_id": message.tool_use_id}
            yield {**block, "content": message.content}
            return
        kept = carried_by(message, self.endpoint, self.wire)
        if kept is not None:
            yield from kept
            return
        for image in message.images:
            yield {"type": "image", "source": _source(image)}
        if message.content.strip():
            yield {"type": "text", "text": message.content}
        for use in message.tool_uses:
            yield {"type": "tool_use", "id": use.id, "name": use.name, "input": use.arguments}


def _role(message: ChatMessage) -> str:
    return "assistant" if message.role == "assistant" else "user"


def _system(messages: tuple[ChatMessage, ...]) -> list[dict[str, Any]] | None:
    said = "\n\n".join(message.content for message in messages if message.role == "system")
    return [{"type": "text", "text": said, "cache_control": _CACHE}] if said.strip() else None


def _source(image: Image) -> dict[str, Any]:
    data = b64encode(image.data).decode()
    return {"type": "base64", "media_type": image.media_type, "data": data}


def _tool(spec: ToolSpec) -> dict[str, Any]:
    named = {"name": spec.name, "description": spec.description}
    return {**named, "input_schema": dict(spec.parameters)}


def _output_config(schema: Mapping[str, Json]) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": closed(schema)}}
