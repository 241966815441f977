"""OpenAI's chat completions, the wire format that most providers and local servers speak.

The reader also knows what other providers add to the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, Unpack

from pyagent.checked_options import checked
from pyagent.errors import ModelError
from pyagent.models.aliases import also_called
from pyagent.models.base import ModelRequest, ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.chat import joined, tool_of, turn_of
from pyagent.models.formats.schemas import is_strict
from pyagent.models.http.explain_stream import misread_in
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
from pyagent.models.http.sendable import WireNames
from pyagent.models.http.tool_calls import ToolCalls
from pyagent.protocol import Json, TokenUsage

MAX_STOPS = 4
"""How many stop strings the API takes. We cut at all of them ourselves."""


class OpenAIModel(HttpModel):
    """A model behind any OpenAI-compatible endpoint.

    ``base_url`` ends before ``/chat/completions``; ``api_base`` is another name for it.
    ``organization`` and ``project`` say whom OpenAI bills. For the other options see ``HttpModel``.
    """

    wire = "openai"
    default_base_url = "https://api.openai.com/v1"
    # OpenAI streams some of its models only to verified organisations.
    dispensable = (
        *("stream", "stream_options", "stop", "temperature"),
        *("max_tokens", "max_completion_tokens"),
    )
    unmissed = (
        "stream_options",
        "max_tokens",
    )  # we estimate tokens; max_tokens has another name

    @checked
    def __init__(
        self,
        model_id: str,
        *,
        api_base: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        **options: Unpack[HttpOptions],
    ) -> None:
        also_called(options, "base_url", api_base=api_base)
        billed = {"OpenAI-Organization": organization, "OpenAI-Project": project}
        headers = {name: value for name, value in billed.items() if value}
        options["headers"] = {**headers, **(options.get("headers") or {})}
        super().__init__(model_id, **options)

    def _request(self, request: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        limit_name = "max_completion_tokens" if "max_tokens" in self.refused else "max_tokens"
        body: dict[str, Any] = {
            "model": self.model_id,
            "messages": list(self._turns(request)),
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": self.temperature,
            "stop": list(request.stop)[:MAX_STOPS] or None,
            limit_name: request.max_tokens or self.max_tokens,
            "tools": list(map(tool_of, request.tools)) or None,
            "response_format": request.schema and _response_format(request.schema),
        }
        body = {k: v for k, v in body.items() if v is not None and k not in self.refused}
        key = self.endpoint.api_key
        return "/chat/completions", {"authorization": f"Bearer {key}"} if key else {}, body

    def _reader(self, names: WireNames) -> ReplyReader:
        return ChatReader(names)

    def _turns(self, request: ModelRequest) -> Iterator[dict[str, Any]]:
        """The messages. The assistant's include the thoughts that the provider wants back."""
        for group in joined(request.messages):
            turn = turn_of(group)
            if kept := carried_by(group[-1], self.endpoint, self.wire):
                turn.update(kept["turn"])
                for call in turn.get("tool_calls", ()):
                    call.update(kept["calls"].get(call["id"], {}))
            yield turn


def _response_format(schema: Mapping[str, Json]) -> dict[str, Any]:
    named = {"name": "reply", "schema": dict(schema), "strict": is_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


OpenAIServerModel = OpenAIModel
"""The name that smolagents gives ``OpenAIModel``."""


# --- reading a reply -----------------------------------------------------------------------------


_LENGTH_REASONS = ("length", "max_tokens", "model_length", "model_context_window_exceeded")
"""Finish reasons for a limit: OpenAI's, and Mistral's and Z.ai's for a full context."""
_FILTER_REASONS = ("content_filter", "sensitive")
"""Finish reasons for a filter: OpenAI's and Z.ai's. ``explain_stream`` knows those of failures."""
_NO_REASONS = ("null", "none")
"""What some servers write while a reply goes on."""


class ChatReader:
    """Reads the chunks of a streamed chat completion, or a whole one.

    Calls come at the end of the stream, because some servers send a finish reason before them or
    with every chunk. Only the choice with the lowest index is read; another one that comes before
    it and has begun already is read instead.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.is_early = False
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._calls = ToolCalls(names)
        self._choice: int | None = None
        self._has_begun = False
        self._thoughts: list[str] = []
        self._details: list[_Detail] = []

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        if error := misread_in(payload):
            return self._misread(error)
        if isinstance(usage := payload.get("usage"), dict):
            self.token_usage = _token_usage(usage) or self.token_usage
        choice = self._choice_in(as_objects(payload.get("choices")))
        delta = choice.get("delta") or choice.get("message") or {}
        events = self._read_delta(delta) if isinstance(delta, dict) else []
        reason = as_text(choice.get("finish_reason")).lower()
        self._has_begun = bool(self._has_begun or events or self._calls)
        if reason and reason not in _NO_REASONS:
            self._has_begun = True
            self._finish(reason)
        return events

    def end(self) -> list[ReplyEvent]:
        uses = self._calls.uses(is_cut_off=self.finish_reason == "length")
        if uses:
            self._carry([use.id for use in uses])
        return [ToolRequested(use=use) for use in uses]

    def _choice_in(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        """The choice that we read, or an empty one."""
        placed = [(_place_of(choice), choice) for choice in choices]
        if not self._has_begun or self._choice is None:
            places = (self._choice, *(place for place, _ in placed))
            self._choice = min((place for place in places if place is not None), default=None)
        return next((choice for place, choice in placed if place in (None, self._choice)), {})

    def _misread(self, error: dict[str, Any]) -> list[ReplyEvent]:
        """Groq sends an error in place of a call that it could not read, or that fits no tool."""
        self.finish_reason, self.fault = "stop", as_text(error.get("message")) or error["code"]
        wrote = as_text(error.get("failed_generation"))
        return [TextDelta(text=wrote)] if wrote else []

    def _read_delta(self, delta: dict[str, Any]) -> list[ReplyEvent]:
        self._thoughts.append(as_text(delta.get("reasoning_content")))
        for detail in as_objects(delta.get("reasoning_details")):
            _add_detail(self._details, detail)
        self._calls.next_payload()
        calls = delta.get("tool_calls")
        pieces = as_objects([calls] if isinstance(calls, dict) else calls)
        for piece in pieces:
            self._add_call(piece)
        if isinstance(former := delta.get("function_call"), dict):  # the API before tools
            self._add_call({"index": 0, "function": former})
        events = _deltas(delta)
        self.is_early = self.is_early or bool(self.finish_reason and (events or pieces))
        return events

    def _add_call(self, piece: dict[str, Any]) -> None:
        """Add a piece of a call. Some servers have no ``function``, or only the name in it."""
        given = piece.get("function")
        function = given if isinstance(given, dict) else piece
        call = self._calls.add(
            index=piece.get("index"),
            use_id=piece.get("id"),
            name=given if isinstance(given, str) else function.get("name"),
            arguments=function.get("arguments", piece.get("arguments")),
        )
        if (extra := piece.get("extra_content")) is not None:
            call.extra = extra

    def _finish(self, reason: str) -> None:
        if reason in _FILTER_REASONS:
            raise ModelError(
                "The provider's content filter stopped the reply.",
                advice="Put the task in other words, or choose another model.",
                kind="refused",
            )
        if reason in _LENGTH_REASONS:
            self.finish_reason = "length"
        else:
            self.finish_reason = self.finish_reason or "stop"

    def _carry(self, ids: list[str]) -> None:
        """Keep what goes back with the tool calls.

        DeepSeek and Moonshot want ``reasoning_content``, OpenRouter ``reasoning_details``, and
        Google a signature in each call's ``extra_content``.
        """
        turn: dict[str, Json] = {}
        if reasoning := "".join(self._thoughts):
            turn["reasoning_content"] = reasoning
        if self._details:
            turn["reasoning_details"] = [detail.whole() for detail in self._details]
        calls: dict[str, Json] = {
            use_id: {"extra_content": call.extra}
            for use_id, call in zip(ids, self._calls.partial, strict=True)
            if call.extra is not None
        }
        self.carried = {"turn": turn, "calls": calls}


def _place_of(choice: dict[str, Any]) -> int | None:
    """The index of a choice. Some servers write it as text or as a float."""
    index = choice.get("index")
    if isinstance(index, str) and re.fullmatch("[0-9]{1,9}", index):
        return int(index)
    return count_in(index)


def _deltas(delta: dict[str, Any]) -> list[ReplyEvent]:
    """The thoughts and the text in a delta.

    DeepSeek, vLLM and llama.cpp send thoughts in ``reasoning_content``, OpenRouter, Groq and
    Ollama in ``reasoning``, Mistral in parts of ``content``.
    """
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


class _Detail:
    """A block of reasoning that arrives in pieces and goes back whole."""

    def __init__(self, piece: dict[str, Any]) -> None:
        self._fields: dict[str, Any] = {}
        self._growing: dict[str, list[str]] = {}
        self.add(piece)

    def continues_in(self, piece: dict[str, Any]) -> bool:
        is_hidden = piece.get("type") == "reasoning.encrypted"
        same = all(self._fields.get(key) == piece.get(key) for key in ("type", "index"))
        return same and not is_hidden

    def add(self, piece: dict[str, Any]) -> None:
        for key, value in piece.items():
            if key in ("text", "summary") and isinstance(value, str):
                self._growing.setdefault(key, []).append(value)
                self._fields[key] = ""
            else:
                self._fields[key] = value or self._fields.get(key, value)

    def whole(self) -> dict[str, Any]:
        return {**self._fields, **{key: "".join(said) for key, said in self._growing.items()}}


def _add_detail(details: list[_Detail], piece: dict[str, Any]) -> None:
    if details and details[-1].continues_in(piece):
        details[-1].add(piece)
    else:
        details.append(_Detail(piece))


def _token_usage(usage: dict[str, Any]) -> TokenUsage | None:
    """The counts. DeepSeek counts its cache in its own field; OpenRouter adds the reply's cost."""
    given = usage.get("prompt_tokens_details")
    details = given if isinstance(given, dict) else {}
    counts = counted(
        read=usage.get("prompt_tokens"),
        written=usage.get("completion_tokens"),
        cached=as_count(details.get("cached_tokens")) or usage.get("prompt_cache_hit_tokens"),
        kept=details.get("cache_write_tokens"),
    )
    cost = usage.get("cost")
    if counts is None or isinstance(cost, bool) or not isinstance(cost, int | float) or cost < 0:
        return counts
    return replace(counts, cost_usd=float(cost))
