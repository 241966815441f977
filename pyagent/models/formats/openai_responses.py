"""OpenAI's Responses: the format of its newest models, which keep their thoughts between calls.

The provider stores nothing. Each request sends the whole conversation, with the encrypted thoughts
of turns with tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pyagent.errors import ModelError, ProtocolError
from pyagent.messages import ChatMessage, ToolSpec, ToolUse
from pyagent.models.base import ModelRequest, ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.chat import arguments_text, data_url
from pyagent.models.formats.schemas import is_strict
from pyagent.models.http.model import HttpModel
from pyagent.models.http.reader import (
    ReplyEvent,
    ReplyReader,
    as_objects,
    as_text,
    carried_by,
    counted,
)
from pyagent.models.http.sendable import WireNames, allowed_name
from pyagent.models.http.tool_calls import PartialCall, ToolCalls
from pyagent.protocol import Json, TokenUsage
from pyagent.wire import parse_json


class OpenAIResponsesModel(HttpModel):
    """A model behind OpenAI's Responses; ``base_url`` ends before ``/responses``.

    For the options see ``HttpModel``. The API knows no stop strings, so we cut at them ourselves.
    """

    wire = "responses"
    results_take_images = True
    default_base_url = "https://api.openai.com/v1"
    # Some models do not reason; some stream or summarise only for verified organisations.
    dispensable = ("stream", "include", "reasoning", "store", "temperature", "max_output_tokens")
    unmissed = ("include", "store")

    def _request(self, request: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        body: dict[str, Any] = {
            "model": self.model_id,
            "input": [item for message in request.messages for item in self._items(message)],
            "stream": True,
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"summary": "auto"},
            "temperature": self.temperature,
            "max_output_tokens": request.max_tokens or self.max_tokens,
            "tools": list(map(_tool, request.tools)) or None,
        }
        if request.schema is not None:
            named = {"name": "reply", "schema": dict(request.schema)}
            strict = is_strict(request.schema)
            body["text"] = {"format": {"type": "json_schema", "strict": strict, **named}}
        body = {k: v for k, v in body.items() if v is not None and k not in self.refused}
        key = self.endpoint.api_key
        return "/responses", {"authorization": f"Bearer {key}"} if key else {}, body

    def _reader(self, names: WireNames) -> ReplyReader:
        return ResponsesReader(names)

    def _items(self, message: ChatMessage) -> Iterator[dict[str, Any]]:
        if message.role == "tool":
            name = {"type": "function_call_output", "call_id": message.tool_use_id}
            yield {**name, "output": _content(message)}
            return
        kept = carried_by(message, self.endpoint, self.wire)
        if kept is not None:
            yield from kept
            return
        if message.content or message.images:
            yield {"role": message.role, "content": _content(message)}
        for use in message.tool_uses:
            call = {"type": "function_call", "call_id": use.id, "name": use.name}
            yield {**call, "arguments": arguments_text(use)}


def _content(message: ChatMessage) -> Any:
    if not message.images:
        return message.content
    images = [
        {"type": "input_image", "image_url": data_url(image), "detail": "auto"}
        for image in message.images
    ]
    words = [{"type": "input_text", "text": message.content}] if message.content else []
    return images + words


def _tool(spec: ToolSpec) -> dict[str, Any]:
    """A tool. It is not strict, because strict tools require every argument."""
    named = {"type": "function", "name": spec.name, "description": spec.description}
    return {**named, "parameters": dict(spec.parameters), "strict": False}


# --- reading a reply -----------------------------------------------------------------------------


_TEXT_EVENTS = ("response.output_text.delta", "response.refusal.delta")
_REASONING_EVENTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_END_EVENTS = ("response.completed", "response.incomplete")


_ARGUMENT_EVENTS = (
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
)
_ITEM_EVENTS = ("response.output_item.added", "response.output_item.done")


class ResponsesReader:
    """Reads the events of a stream, or a whole response.

    Text and thoughts come piece by piece. Tool calls come at the end, which says whether they are
    complete.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.is_early = False
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._calls = ToolCalls(names)
        self._items: list[dict[str, Any]] = []
        self._call_of: dict[int, PartialCall] = {}
        """Place among the items → its call."""
        self._places: dict[str, int] = {}
        """Each id and number of an item → its place."""
        self._has_text = False

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        kind = payload.get("type")
        if payload.get("object") == "response":
            return self._finish(payload)
        if kind in _TEXT_EVENTS:
            self._has_text = True
            return [TextDelta(text=as_text(payload.get("delta")))]
        if kind in _REASONING_EVENTS:
            return [ReasoningDelta(text=as_text(payload.get("delta")))]
        if kind == "response.reasoning_summary_part.added" and payload.get("summary_index"):
            return [ReasoningDelta(text="\n\n")]
        if kind in _ARGUMENT_EVENTS:
            self._add_arguments(payload, is_whole=kind == _ARGUMENT_EVENTS[1])
        elif kind in _ITEM_EVENTS and isinstance(item := payload.get("item"), dict):
            self._add_item(item, payload.get("output_index"), is_whole=kind == _ITEM_EVENTS[1])
        response = payload.get("response")
        if kind in _END_EVENTS and isinstance(response, dict):
            return self._finish(response)
        return []

    def end(self) -> list[ReplyEvent]:
        uses = self._calls.uses(is_cut_off=self.finish_reason == "length")
        for place, call in self._call_of.items():
            self._items[place] |= _sendable_call(self._items[place], call.use)
        self.carried = [kept for item in self._items if (kept := _carried_item(item))]
        return [ToolRequested(use=use) for use in uses]

    def _add_item(self, item: dict[str, Any], number: Any, *, is_whole: bool) -> None:
        """Add an item, or take what an event says of one that was announced before."""
        ids = [f"{kind} {item[kind]}" for kind in ("call_id", "id") if item.get(kind)]
        keys = [*ids, f"number {number}"] if number is not None else ids
        place = next((self._places[key] for key in ids or keys if key in self._places), None)
        if place is None:
            place = len(self._items)
            self._items.append({})
        self._places.update(dict.fromkeys(keys, place))
        self._items[place] |= item
        if item.get("type") != "function_call":
            return
        call = self._call_of.get(place)
        if call is None:
            call = self._call_of[place] = self._calls.begin(item.get("call_id"), item.get("name"))
        call.grow(item.get("arguments"), is_whole=is_whole)

    def _add_arguments(self, payload: dict[str, Any], *, is_whole: bool) -> None:
        keys = (f"id {payload.get('item_id')}", f"number {payload.get('output_index')}")
        place = next((self._places[key] for key in keys if key in self._places), -1)
        if (call := self._call_of.get(place)) is not None:
            call.grow(payload.get("arguments" if is_whole else "delta"), is_whole=is_whole)

    def _finish(self, response: dict[str, Any]) -> list[ReplyEvent]:
        """Read the end, and any text that the stream left out: some servers send it only here."""
        output = as_objects(response.get("output"))
        said = "" if self._has_text else _text_in(output)
        is_known = bool(self._items)
        for item in output:
            if not is_known or f"call_id {item.get('call_id')}" in self._places:
                self._add_item(item, None, is_whole=True)
        self.token_usage = _token_usage(response.get("usage")) or self.token_usage
        self.finish_reason = _finish_reason(response)
        return [TextDelta(text=said)] if said else []


def _sendable_call(item: dict[str, Any], use: ToolUse) -> dict[str, Json]:
    """What of an item must change so that the API takes it back."""
    written = as_text(item.get("arguments"))
    try:
        is_read = parse_json(written) == use.arguments
    except ProtocolError:
        is_read = False
    arguments = written if is_read else arguments_text(use)
    return {"call_id": use.id, "name": allowed_name(use.name), "arguments": arguments}


def _carried_item(item: dict[str, Any]) -> dict[str, Json]:
    """An item as the next request may send it: without its id, as the provider stores nothing."""
    if item.get("type") == "message":
        said = _text_in([item])
        phase = {"phase": item["phase"]} if item.get("phase") else {}
        return {"role": "assistant", "content": said, **phase} if said else {}
    if item.get("type") == "reasoning":
        names = ("type", "id", "summary", "encrypted_content")
        return {name: item.get(name) for name in names} if item.get("encrypted_content") else {}
    return {k: v for k, v in item.items() if k not in ("id", "status") and v is not None}


def _text_in(output: list[dict[str, Any]]) -> str:
    """The texts and refusals in the items of a response."""
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


def _token_usage(usage: Any) -> TokenUsage | None:
    if not isinstance(usage, dict):
        return None
    given = usage.get("input_tokens_details")
    details = given if isinstance(given, dict) else {}
    return counted(
        read=usage.get("input_tokens"),
        written=usage.get("output_tokens"),
        cached=details.get("cached_tokens"),
        kept=details.get("cache_write_tokens"),
    )
