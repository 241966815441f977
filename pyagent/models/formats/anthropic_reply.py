"""Reads the events of Anthropic's messages, or a whole message. Called by ``anthropic``."""

from __future__ import annotations

from typing import Any, Literal

from pyagent.errors import ModelError
from pyagent.models.base import ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.http.reader import ReplyEvent, as_count, as_objects, as_text, tool_requested
from pyagent.protocol import Json, TokenUsage

_GROWS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
"""Kind of a delta → the field of its block that it adds to, which is also its own."""

_INNER = ("message", "content_block", "delta")
"""Where the events hold what they tell of."""


class AnthropicReader:
    """A message is a list of blocks; each is opened, grows, and is closed.

    What it carries are its blocks as they came: thoughts are signed and hold only unchanged.
    """

    def __init__(self) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._open: dict[int, dict[str, Any]] = {}
        self._arguments: dict[int, str] = {}
        self._calls: list[tuple[dict[str, Any], Any]] = []
        """Blocks and their arguments. They wait for the end, which says whether they are whole."""
        self._blocks: list[dict[str, Any]] = []
        self._counts: dict[str, Any] = {}

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        kind, index = payload.get("type"), as_count(payload.get("index"))
        inner = next((v for k in _INNER if isinstance(v := payload.get(k), dict)), {})
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
        """A reply of a server that does not stream."""
        events: list[ReplyEvent] = []
        for index, block in enumerate(as_objects(message.get("content"))):
            events += self._start(index, block)
            self._close(index)
        self._count(message.get("usage"))
        return [*events, *self._finish(message)]

    def _start(self, index: int, block: dict[str, Any]) -> list[ReplyEvent]:
        self._open[index] = dict(block)
        return _said(as_text(block.get("text")), as_text(block.get("thinking")))

    def _grow(self, index: int, delta: dict[str, Any]) -> list[ReplyEvent]:
        kind = as_text(delta.get("type"))
        if kind == "input_json_delta":
            piece = as_text(delta.get("partial_json"))
            self._arguments[index] = self._arguments.get(index, "") + piece
        elif name := _GROWS.get(kind):
            block, piece = self._open[index], as_text(delta.get(name))
            block[name] = as_text(block.get(name)) + piece
            return _said(piece if name == "text" else "", piece if name == "thinking" else "")
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
        for index in [*self._open]:  # some servers do not close their blocks
            self._close(index)
        is_full = reason in ("max_tokens", "model_context_window_exceeded")
        self.finish_reason = "length" if is_full else "stop"
        self.carried = list(self._blocks)
        return [self._request(*call, is_cut_off=is_full) for call in self._calls]

    def _request(self, block: dict[str, Any], arguments: Any, *, is_cut_off: bool) -> ToolRequested:
        asked = tool_requested(block.get("id"), block.get("name"), arguments, is_cut_off=is_cut_off)
        block |= {"id": asked.use.id, "input": asked.use.arguments}
        return asked

    def _count(self, usage: Any) -> None:
        """The counts at the start are of the input; those at the end say all, or only the rest."""
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


def _said(words: str, thought: str) -> list[ReplyEvent]:
    events: list[ReplyEvent] = [ReasoningDelta(text=thought)] if thought else []
    return [*events, TextDelta(text=words)] if words else events
