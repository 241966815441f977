"""Anthropic's messages: the wire format of Claude and of servers that imitate its API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Literal, Unpack

from pyagent.errors import ModelError
from pyagent.messages import ChatMessage, Image, ToolSpec
from pyagent.models.base import ModelRequest, ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.capabilities import without_tool_uses
from pyagent.models.formats.schemas import closed
from pyagent.models.http.model import HttpModel, HttpOptions
from pyagent.models.http.reader import (
    ReplyEvent,
    ReplyReader,
    as_count,
    as_objects,
    as_text,
    carried_by,
    tool_requested,
)
from pyagent.protocol import Json, TokenUsage

VERSION = "2023-06-01"
MAX_TOKENS = 16_384
"""The API requires a limit. Every model that Anthropic offers can write four times as much."""
BUDGET = 4_096
"""Tokens for thinking, where the model should think but cannot decide how much."""
_ADAPTIVE: dict[str, Json] = {"type": "adaptive", "display": "summarized"}
_CACHE: dict[str, Json] = {"type": "ephemeral"}


class AnthropicModel(HttpModel):
    """A model behind Anthropic's messages; ``base_url`` ends before ``/messages``.

    ``thinking`` is how many tokens the model may think with, at least 1,024 and on top of
    ``max_tokens``; or ``adaptive``, for models that decide that themselves. True means whichever
    of the two the model takes, False means no thinking, and None the model's default.
    ``max_tokens`` None means 16,384, or less if the model cannot write that much. For the other
    options see ``HttpModel``.

    The parts that stay the same from one request to the next are marked for the provider's cache:
    the tools with the system prompt, and the conversation so far.
    """

    wire = "anthropic"
    default_base_url = "https://api.anthropic.com/v1"
    dispensable = ("temperature", "thinking", "adaptive", "stop_sequences")
    unmissed = ("adaptive",)  # a budget replaces it

    def __init__(
        self,
        model_id: str,
        *,
        thinking: int | Literal["adaptive"] | bool | None = None,
        **options: Unpack[HttpOptions],
    ) -> None:
        super().__init__(model_id, **options)
        self.thinking = thinking

    def _request(self, request: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        # The API refuses turns with tools in a request that declares no tools.
        messages = request.messages if request.tools else without_tool_uses(request.messages)
        body: dict[str, Any] = {
            "model": self.model_id,
            "max_tokens": self._limit(request.max_tokens or self.max_tokens),
            "system": _system(messages),
            "messages": list(self._turns(messages)),
            "stream": True,
            "temperature": self.temperature,
            "thinking": self._thinking(),
            "stop_sequences": [text for text in request.stop if text.strip()] or None,
            "tools": list(map(_tool, request.tools)) or None,
            "output_config": request.schema and _output_config(request.schema),
        }
        body = {k: v for k, v in body.items() if v is not None and k not in self.refused}
        return "/messages", self._own_headers(), body

    def _reader(self) -> ReplyReader:
        return AnthropicReader()

    def _parameters(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Adaptive thinking has a name of its own here, if a budget may replace it once refused."""
        if self.thinking is not True or body.get("thinking") != _ADAPTIVE:
            return body
        return {"adaptive" if name == "thinking" else name: body[name] for name in body}

    def _own_headers(self) -> dict[str, str]:
        headers = {"anthropic-version": VERSION}
        if key := self.endpoint.api_key:
            headers["x-api-key"] = key
        if self.endpoint.page_origin:  # otherwise the API refuses pages
            headers["anthropic-dangerous-direct-browser-access"] = "true"
        return headers

    def _limit(self, wanted: int | None) -> int:
        """How many tokens the model may write, thoughts included."""
        limit = (wanted or MAX_TOKENS) + self._budget()
        return limit if wanted else min(limit, self._longest_reply or limit)

    def _thinking(self) -> dict[str, Json] | None:
        if budget := self._budget():
            return {"type": "enabled", "budget_tokens": budget}
        if self.thinking:
            return _ADAPTIVE
        return None if self.thinking is None else {"type": "disabled"}

    def _budget(self) -> int:
        """How many tokens the model may think with; 0 for no limit, or no thinking."""
        if self.thinking is True:
            return BUDGET if "adaptive" in self.refused else 0
        return self.thinking if isinstance(self.thinking, int) else 0

    def _turns(self, messages: tuple[ChatMessage, ...]) -> Iterator[dict[str, Any]]:
        """One turn for neighbours with the same role, so that a turn's results stay together."""
        said = [message for message in messages if message.role != "system"]
        turns: list[dict[str, Any]] = [
            {"role": role, "content": [block for m in group for block in self._blocks(m)]}
            for role, group in groupby(said, _role)
        ]
        if turns and turns[-1]["role"] == "user" and turns[-1]["content"]:
            turns[-1]["content"][-1] |= {"cache_control": _CACHE}
        return (turn for turn in turns if turn["content"])

    def _blocks(self, message: ChatMessage) -> Iterator[dict[str, Any]]:
        """The content blocks of a message. The API refuses empty texts."""
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


# --- reading a reply -----------------------------------------------------------------------------


_GROWING_FIELDS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
}
"""Kind of a delta → the field that holds its text, in the delta as in the block that grows."""

_INNER_OBJECTS = ("message", "content_block", "delta")
"""The fields in which events hold their content."""


class AnthropicReader:
    """Reads the events of a stream, or a whole message.

    A message is a list of blocks; each is opened, grows, and is closed. ``carried`` holds the
    blocks as they came, because thoughts are signed and must go back unchanged.
    """

    def __init__(self) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._open: dict[int, dict[str, Any]] = {}
        self._arguments: dict[int, str] = {}
        self._calls: list[tuple[dict[str, Any], Any]] = []
        """Blocks and their arguments. The end of the reply says whether they are complete."""
        self._blocks: list[dict[str, Any]] = []
        self._counts: dict[str, Any] = {}

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        kind, index = payload.get("type"), as_count(payload.get("index"))
        inner = next((v for k in _INNER_OBJECTS if isinstance(v := payload.get(k), dict)), {})
        if kind == "message":
            return self._message(payload)
        if kind == "message_start":
            self._count(inner.get("usage"))
        elif kind == "content_block_start":
            return self._start(index, inner)
        elif kind == "content_block_delta" and index in self._open:
            return self._grow(index, inner)
        elif kind == "content_block_stop" and index in self._open:
            self._close(index)
        elif kind == "message_delta":
            self._count(payload.get("usage"))
            return self._finish(inner)
        return []

    def end(self) -> list[ReplyEvent]:
        return []

    def _message(self, message: dict[str, Any]) -> list[ReplyEvent]:
        """Read the whole reply of a server that does not stream."""
        events: list[ReplyEvent] = []
        for index, block in enumerate(as_objects(message.get("content"))):
            events += self._start(index, block)
            self._close(index)
        self._count(message.get("usage"))
        return [*events, *self._finish(message)]

    def _start(self, index: int, block: dict[str, Any]) -> list[ReplyEvent]:
        self._open[index] = dict(block)
        return _deltas(as_text(block.get("text")), as_text(block.get("thinking")))

    def _grow(self, index: int, delta: dict[str, Any]) -> list[ReplyEvent]:
        kind = as_text(delta.get("type"))
        if kind == "input_json_delta":
            piece = as_text(delta.get("partial_json"))
            self._arguments[index] = self._arguments.get(index, "") + piece
        elif name := _GROWING_FIELDS.get(kind):
            block, piece = self._open[index], as_text(delta.get(name))
            block[name] = as_text(block.get(name)) + piece
            return _deltas(piece if name == "text" else "", piece if name == "thinking" else "")
        return []

    def _close(self, index: int) -> None:
        block = self._open.pop(index)
        if block.get("type") == "tool_use":
            self._calls.append((block, self._arguments.pop(index, "") or block.get("input")))
        if block.get("type") != "text" or as_text(block.get("text")).strip():
            self._blocks.append(block)

    def _finish(self, delta: dict[str, Any]) -> list[ReplyEvent]:
        reason = delta.get("stop_reason")
        if reason == "refusal":
            details = delta.get("stop_details")
            why = as_text(details.get("explanation")) if isinstance(details, dict) else ""
            raise ModelError(
                f"The model refused to reply: {why}" if why else "The model refused to reply.",
                advice="Put the task in other words, or choose another model.",
                kind="refused",
            )
        if not reason:
            return []
        for index in [*self._open]:  # some servers leave blocks open
            self._close(index)
        is_full = reason in ("max_tokens", "model_context_window_exceeded")
        self.finish_reason = "length" if is_full else "stop"
        self.carried = list(self._blocks)
        return [self._tool_request(*call, is_cut_off=is_full) for call in self._calls]

    def _tool_request(
        self, block: dict[str, Any], arguments: Any, *, is_cut_off: bool
    ) -> ToolRequested:
        requested = tool_requested(
            block.get("id"), block.get("name"), arguments, is_cut_off=is_cut_off
        )
        block |= {"id": requested.use.id, "input": requested.use.arguments}
        return requested

    def _count(self, usage: Any) -> None:
        """Add counts. The start counts the input; the end counts everything, or only the output."""
        if not isinstance(usage, dict):
            return
        self._counts |= {k: v for k, v in usage.items() if v is not None}
        cached = as_count(self._counts.get("cache_read_input_tokens"))
        written = as_count(self._counts.get("cache_creation_input_tokens"))
        self.token_usage = TokenUsage(
            input_tokens=as_count(self._counts.get("input_tokens")) + cached + written,
            output_tokens=as_count(self._counts.get("output_tokens")),
            cached_tokens=cached,
            cache_write_tokens=written,
        )


def _deltas(words: str, thought: str) -> list[ReplyEvent]:
    events: list[ReplyEvent] = [ReasoningDelta(text=thought)] if thought else []
    return [*events, TextDelta(text=words)] if words else events
