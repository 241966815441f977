"""Reads the replies of OpenAI's chat completions, with what other providers add to them."""

from __future__ import annotations

from typing import Any, Literal

from pyagent.errors import ModelError
from pyagent.models.base import ReasoningDelta, TextDelta
from pyagent.models.http.explain_stream import misread_in
from pyagent.models.http.reader import ReplyEvent, as_count, as_objects, as_text, tool_requested
from pyagent.protocol import Json, TokenUsage

_FULL = ("length", "max_tokens", "model_length", "model_context_window_exceeded")
"""OpenAI's, and Mistral's and Z.ai's of a full context."""
_FILTERED = ("content_filter", "sensitive")
"""OpenAI's and Z.ai's. What stands for a failure is known to ``explain_stream``."""


class ChatReader:
    """Reads the chunks of a streamed chat completion, or a whole one."""

    def __init__(self) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._calls: list[_Call] = []
        self._reasoning = ""
        self._details: list[dict[str, Any]] = []

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        if error := misread_in(payload):
            return self._misread(error)
        if isinstance(usage := payload.get("usage"), dict):
            self.token_usage = _usage(usage)
        choices = payload.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return []
        delta = choice.get("delta") or choice.get("message") or {}
        events = self._read_delta(delta) if isinstance(delta, dict) else []
        if reason := choice.get("finish_reason"):
            events += self._finish(reason)
        return events

    def end(self) -> list[ReplyEvent]:
        return [] if self.finish_reason else self._finish("stop")

    def _misread(self, error: dict[str, Any]) -> list[ReplyEvent]:
        """Groq has an error in place of a call that it could not read, or that fits no tool."""
        self.finish_reason, self.fault = "stop", as_text(error.get("message")) or error["code"]
        wrote = as_text(error.get("failed_generation"))
        return [TextDelta(text=wrote)] if wrote else []

    def _read_delta(self, delta: dict[str, Any]) -> list[ReplyEvent]:
        self._reasoning += as_text(delta.get("reasoning_content"))
        for detail in as_objects(delta.get("reasoning_details")):
            _add_detail(self._details, detail)
        for part in as_objects(delta.get("tool_calls")):
            self._add_call(part)
        return _deltas(delta)

    def _add_call(self, part: dict[str, Any]) -> None:
        """Most servers number the calls; some send no index, or the same one for every call. Some
        repeat a call's id with each piece of it."""
        given = part.get("function")
        function = given if isinstance(given, dict) else {}
        index, use_id = part.get("index"), as_text(part.get("id"))
        call = next((c for c in reversed(self._calls) if c.index == index), None)
        if use_id:
            is_new = call is None or (use_id != call.id and bool(call.id or index is None))
        else:
            is_new = call is None or (index is None and bool(function.get("name")))
        if call is None or is_new:
            call = _Call(index)
            self._calls.append(call)
        call.add(use_id, function, part.get("extra_content"))

    def _finish(self, reason: Any) -> list[ReplyEvent]:
        if reason in _FILTERED:
            raise ModelError(
                "The provider's content filter stopped the reply.",
                advice="Put the task in other words, or choose another model.",
                kind="refused",
            )
        self.finish_reason = "length" if reason in _FULL else "stop"
        is_cut_off = self.finish_reason == "length"
        events = [
            tool_requested(call.id, call.name, call.arguments, is_cut_off=is_cut_off)
            for call in self._calls
        ]
        if events:
            self._carry([event.use.id for event in events])
        self._calls = []
        return list(events)

    def _carry(self, ids: list[str]) -> None:
        """DeepSeek and Moonshot want ``reasoning_content`` back beside tool calls, OpenRouter
        ``reasoning_details``, Google a signature in each call's ``extra_content``."""
        turn: dict[str, Json] = {}
        if self._reasoning:
            turn["reasoning_content"] = self._reasoning
        if self._details:
            turn["reasoning_details"] = list(self._details)
        calls: dict[str, Json] = {
            use_id: {"extra_content": call.extra}
            for use_id, call in zip(ids, self._calls, strict=True)
            if call.extra is not None
        }
        if turn or calls:
            self.carried = {"turn": turn, "calls": calls}


class _Call:
    """A tool call that arrives in pieces."""

    def __init__(self, index: Any) -> None:
        self.index = index
        self.id = self.name = ""
        self.arguments: Any = ""
        self.extra: Json = None

    def add(self, use_id: str, function: dict[str, Any], extra: Any) -> None:
        self.id = self.id or use_id
        self.name += as_text(function.get("name")) if not self.name else ""
        self.extra = extra if extra is not None else self.extra
        given = function.get("arguments")
        if isinstance(given, str) and isinstance(self.arguments, str):
            self.arguments += given
        elif given is not None:
            self.arguments = given


def _deltas(delta: dict[str, Any]) -> list[ReplyEvent]:
    """DeepSeek, vLLM and llama.cpp think in ``reasoning_content``, OpenRouter, Groq and Ollama in
    ``reasoning``, Mistral in parts of ``content``."""
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    content = delta.get("content")
    said = as_text(content)
    if isinstance(content, list):
        parts = as_objects(content)
        said = "".join(as_text(part.get("text")) for part in parts)
        inner = [i for part in parts for i in as_objects(part.get("thinking"))]
        thought = thought or "".join(as_text(part.get("text")) for part in inner)
    events: list[ReplyEvent] = []
    if isinstance(thought, str) and thought:
        events.append(ReasoningDelta(text=thought))
    if said := said or as_text(delta.get("refusal")):
        events.append(TextDelta(text=said))
    return events


def _add_detail(details: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    """Pieces of one block of reasoning become one again: they go back whole."""
    last = details[-1] if details else {}
    same = last.get("type") == piece.get("type") and last.get("index") == piece.get("index")
    if not last or not same or piece.get("type") == "reasoning.encrypted":
        details.append(dict(piece))
        return
    for key, value in piece.items():
        grows = key in ("text", "summary") and isinstance(value, str)
        last[key] = as_text(last.get(key)) + value if grows else value or last.get(key)


def _usage(usage: dict[str, Any]) -> TokenUsage | None:
    """DeepSeek counts its cache in a field of its own; OpenRouter adds what the reply cost."""
    given = usage.get("prompt_tokens_details")
    details = given if isinstance(given, dict) else {}
    read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not isinstance(read, int) or not isinstance(written, int):
        return None
    cost = usage.get("cost")
    return TokenUsage(
        input_tokens=read,
        output_tokens=written,
        cached_tokens=as_count(details.get("cached_tokens"))
        or as_count(usage.get("prompt_cache_hit_tokens")),
        cache_write_tokens=as_count(details.get("cache_write_tokens")),
        cost_usd=float(cost) if isinstance(cost, int | float) else None,
    )
