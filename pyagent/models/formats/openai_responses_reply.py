"""Reads the events of OpenAI's Responses, or a whole response. Called by ``openai_responses``."""

from __future__ import annotations

from typing import Any, Literal

from pyagent.errors import ModelError
from pyagent.models.base import ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.http.reader import ReplyEvent, as_count, as_objects, as_text, tool_requested
from pyagent.protocol import Json, TokenUsage

_TEXTS = ("response.output_text.delta", "response.refusal.delta")
_THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_ENDS = ("response.completed", "response.incomplete")


class ResponsesReader:
    """Text and thoughts come piece by piece, tool calls at the end, which says whether they are
    whole."""

    def __init__(self) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._items: list[dict[str, Any]] = []
        self._has_text = False

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        kind = payload.get("type")
        if payload.get("object") == "response":
            return self._end(payload)
        if kind in _TEXTS:
            self._has_text = True
            return [TextDelta(text=as_text(payload.get("delta")))]
        if kind in _THOUGHTS:
            return [ReasoningDelta(text=as_text(payload.get("delta")))]
        if kind == "response.reasoning_summary_part.added" and payload.get("summary_index"):
            return [ReasoningDelta(text="\n\n")]
        if kind == "response.output_item.done" and isinstance(item := payload.get("item"), dict):
            self._items.append(dict(item))
        response = payload.get("response")
        if kind in _ENDS and isinstance(response, dict):
            return self._end(response)
        return []

    def end(self) -> list[ReplyEvent]:
        return []

    def _end(self, response: dict[str, Any]) -> list[ReplyEvent]:
        """Says what the stream left out, too: some servers send only the whole."""
        output = as_objects(response.get("output"))
        events: list[ReplyEvent] = []
        if not self._has_text:
            said = _said(output)
            events += [TextDelta(text=said)] if said else []
        items = self._items or [dict(item) for item in output]
        self.token_usage = _usage(response.get("usage")) or self.token_usage
        self.finish_reason = _finish_reason(response)
        calls = [item for item in items if item.get("type") == "function_call"]
        events += [_request(call, is_cut_off=self.finish_reason == "length") for call in calls]
        self.carried = [kept for item in items if (kept := _kept(item))]
        return events


def _request(call: dict[str, Any], *, is_cut_off: bool) -> ToolRequested:
    """What an item asks for; it goes back with the same id, and without what nobody can read."""
    asked = tool_requested(
        call.get("call_id"), call.get("name"), call.get("arguments"), is_cut_off=is_cut_off
    )
    call |= {"call_id": asked.use.id} | ({"arguments": "{}"} if asked.use.fault else {})
    return asked


def _kept(item: dict[str, Any]) -> dict[str, Json]:
    """An item as the next request may hold it: nothing is stored that its id could name."""
    if item.get("type") == "message":
        said = _said([item])
        phase = {"phase": item["phase"]} if item.get("phase") else {}
        return {"role": "assistant", "content": said, **phase} if said else {}
    if item.get("type") == "reasoning":
        names = ("type", "id", "summary", "encrypted_content")
        return {name: item.get(name) for name in names} if item.get("encrypted_content") else {}
    return {k: v for k, v in item.items() if k not in ("id", "status") and v is not None}


def _said(output: list[dict[str, Any]]) -> str:
    """The texts and refusals in a response's items."""
    messages = [item for item in output if item.get("type") == "message"]
    parts = [part for item in messages for part in as_objects(item.get("content"))]
    return "".join(as_text(part.get("text")) or as_text(part.get("refusal")) for part in parts)


def _finish_reason(response: dict[str, Any]) -> Literal["stop", "length"]:
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if reason == "content_filter":
        raise ModelError(
            "The provider's content filter stopped the reply.",
            advice="Put the task in other words, or choose another model.",
            kind="refused",
        )
    return "length" if reason else "stop"


def _usage(usage: Any) -> TokenUsage | None:
    if not isinstance(usage, dict):
        return None
    given = usage.get("input_tokens_details")
    details = given if isinstance(given, dict) else {}
    return TokenUsage(
        input_tokens=as_count(usage.get("input_tokens")),
        output_tokens=as_count(usage.get("output_tokens")),
        cached_tokens=as_count(details.get("cached_tokens")),
        cache_write_tokens=as_count(details.get("cache_write_tokens")),
    )
