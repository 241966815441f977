"""Anthropic's messages: the wire format of Claude and of servers that imitate its API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Literal, Unpack

from pyagent.checked_options import checked
from pyagent.errors import ModelError
from pyagent.messages import ChatMessage, Image, ToolSpec
from pyagent.models.base import ModelRequest, ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.capabilities import without_tool_uses
from pyagent.models.formats.schemas import closed
from pyagent.models.http.model import HttpModel
from pyagent.models.http.options import HttpOptions
from pyagent.models.http.reader import (
    ReplyEvent,
    ReplyReader,
    as_count,
    as_objects,
    as_text,
    carried_by,
    count_in,
    counted,
)
from pyagent.models.http.sendable import WireNames, allowed_name
from pyagent.models.http.tool_calls import PartialCall, ToolCalls
from pyagent.protocol import Json, TokenUsage
from pyagent.wire import whole_pairs

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
    results_take_images = True
    default_base_url = "https://api.anthropic.com/v1"
    dispensable = ("temperature", "thinking", "adaptive", "stop_sequences")
    unmissed = ("adaptive",)  # a budget replaces it

    @checked
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

    def _reader(self, names: WireNames) -> ReplyReader:
        return AnthropicReader(names)

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
            yield {**block, "content": _result(message)}
            return
        kept = carried_by(message, self.endpoint, self.wire)
        if kept is not None:
            yield from kept
            return
        yield from map(_image, message.images)
        if message.content.strip():
            yield {"type": "text", "text": message.content}
        for use in message.tool_uses:
            yield {"type": "tool_use", "id": use.id, "name": use.name, "input": use.arguments}


def _role(message: ChatMessage) -> str:
    return "assistant" if message.role == "assistant" else "user"


def _system(messages: tuple[ChatMessage, ...]) -> list[dict[str, Any]] | None:
    said = "\n\n".join(message.content for message in messages if message.role == "system")
    return [{"type": "text", "text": said, "cache_control": _CACHE}] if said.strip() else None


def _image(image: Image) -> dict[str, Any]:
    data = b64encode(image.data).decode()
    source = {"type": "base64", "media_type": image.media_type, "data": data}
    return {"type": "image", "source": source}


def _result(message: ChatMessage) -> str | list[dict[str, Any]]:
    """The content of a tool's result: text, and images if it has any."""
    if not message.images:
        return message.content
    words = [{"type": "text", "text": message.content}] if message.content.strip() else []
    return [*words, *map(_image, message.images)]


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

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.is_early = False
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._calls = ToolCalls(names)
        self._blocks: list[_Block] = []
        self._open: dict[int, _Block] = {}
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
        elif kind == "content_block_delta":
            return self._grow(index, inner)
        elif kind == "message_delta":
            self._count(payload.get("usage"))
            self._finish(inner)
        elif kind == "message_stop":
            self.finish_reason = self.finish_reason or "stop"
        return []

    def end(self) -> list[ReplyEvent]:
        uses = self._calls.uses(is_cut_off=self.finish_reason == "length")
        self.carried = [made for block in self._blocks if (made := block.whole())]
        return [ToolRequested(use=use) for use in uses]

    def _message(self, message: dict[str, Any]) -> list[ReplyEvent]:
        """Read the whole reply of a server that does not stream."""
        events: list[ReplyEvent] = []
        for index, block in enumerate(as_objects(message.get("content"))):
            events += self._start(index, block)
        self._count(message.get("usage"))
        self._finish(message)
        return events

    def _start(self, index: int, given: dict[str, Any]) -> list[ReplyEvent]:
        block = self._open[index] = _Block(given)
        self._blocks.append(block)
        if given.get("type") == "tool_use":
            block.call = self._calls.begin(given.get("id"), given.get("name"))
            block.call.grow(given.get("input"))
        return _deltas(as_text(given.get("text")), as_text(given.get("thinking")))

    def _grow(self, index: int, delta: dict[str, Any]) -> list[ReplyEvent]:
        kind, block = as_text(delta.get("type")), self._open.get(index)
        if kind == "input_json_delta":
            if block is not None and block.call is not None:
                block.call.grow(delta.get("partial_json"))
            return []
        name = _GROWING_FIELDS.get(kind)
        if name is None:
            return []
        if block is None:  # some servers open no block
            block = self._open[index] = _Block({"type": kind.removesuffix("_delta")})
            self._blocks.append(block)
        piece = as_text(delta.get(name))
        block.grow(name, piece)
        return _deltas(piece if name == "text" else "", piece if name == "thinking" else "")

    def _finish(self, delta: dict[str, Any]) -> None:
        reason = delta.get("stop_reason")
        if reason == "refusal":
            details = delta.get("stop_details")
            why = as_text(details.get("explanation")) if isinstance(details, dict) else ""
            raise ModelError(
                f"The model refused to reply: {whole_pairs(why)}"
                if why
                else "The model refused to reply.",
                advice="Put the task in other words, or choose another model.",
                kind="refused",
            )
        if reason in ("max_tokens", "model_context_window_exceeded"):
            self.finish_reason = "length"
        elif isinstance(reason, str) and reason not in ("", "null"):
            self.finish_reason = self.finish_reason or "stop"

    def _count(self, usage: Any) -> None:
        """Add counts. The start counts the input; the end counts everything, or only the output."""
        if not isinstance(usage, dict):
            return
        self._counts |= {k: v for k, v in usage.items() if count_in(v) is not None}
        cached = as_count(self._counts.get("cache_read_input_tokens"))
        written = as_count(self._counts.get("cache_creation_input_tokens"))
        self.token_usage = counted(
            read=as_count(self._counts.get("input_tokens")) + cached + written,
            written=as_count(self._counts.get("output_tokens")),
            cached=cached,
            kept=written,
        )


class _Block:
    """A block of content that arrives in pieces."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._pieces: dict[str, list[str]] = {}
        self.call: PartialCall | None = None

    def grow(self, name: str, piece: str) -> None:
        self._pieces.setdefault(name, [as_text(self._given.get(name))]).append(piece)

    def whole(self) -> dict[str, Any]:
        """The block as it goes back; empty for a text of nothing, which the API refuses."""
        block = {**self._given, **{name: "".join(said) for name, said in self._pieces.items()}}
        if self.call is not None:
            use = self.call.use
            return {**block, "id": use.id, "name": allowed_name(use.name), "input": use.arguments}
        is_empty = block.get("type") == "text" and not as_text(block.get("text")).strip()
        return {} if is_empty else block


def _deltas(words: str, thought: str) -> list[ReplyEvent]:
    events: list[ReplyEvent] = [ReasoningDelta(text=thought)] if thought else []
    return [*events, TextDelta(text=words)] if words else events
