"""OpenAI's chat completions, the wire format that most providers and local servers speak.

The reader also knows what other providers add to the format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Unpack

from pyagent.errors import ModelError
from pyagent.models.aliases import also_called
from pyagent.models.base import ModelRequest, ReasoningDelta, TextDelta
from pyagent.models.chat import joined, tool_of, turn_of
from pyagent.models.formats.schemas import is_strict
from pyagent.models.http.explain_stream import misread_in
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

    def _reader(self) -> ReplyReader:
        return ChatReader()

    def _turns(self, request: ModelRequest) -> Iterator[dict[str, Any]]:
        """The messages. The assistant's include the thoughts that the provider wants back."""
        for group in joined(request.messages):
            turn = turn_of(group)
            if kept := carried_by(group[0], self.endpoint, self.wire):
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


class ChatReader:
    """Reads the chunks of a streamed chat completion, or a whole one."""

    def __init__(self) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._calls: list[_PartialCall] = []
        self._reasoning = ""
        self._details: list[dict[str, Any]] = []

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        if error := misread_in(payload):
            return self._misread(error)
        if isinstance(usage := payload.get("usage"), dict):
            self.token_usage = _token_usage(usage)
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
        """Groq sends an error in place of a call that it could not read, or that fits no tool."""
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
        """Add a piece of a call.

        Most servers number the calls; some send no index, or the same one for every call. Some
        repeat a call's id with each piece of it.
        """
        given = part.get("function")
        function = given if isinstance(given, dict) else {}
        index, use_id = part.get("index"), as_text(part.get("id"))
        call = next((c for c in reversed(self._calls) if c.index == index), None)
        if use_id:
            is_new = call is None or (use_id != call.id and bool(call.id or index is None))
        else:
            is_new = call is None or (index is None and bool(function.get("name")))
        if call is None or is_new:
            call = _PartialCall(index)
            self._calls.append(call)
        call.add(use_id, function, part.get("extra_content"))

    def _finish(self, reason: Any) -> list[ReplyEvent]:
        if reason in _FILTER_REASONS:
            raise ModelError(
                "The provider's content filter stopped the reply.",
                advice="Put the task in other words, or choose another model.",
                kind="refused",
            )
        self.finish_reason = "length" if reason in _LENGTH_REASONS else "stop"
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
        """Keep what goes back with the tool calls.

        DeepSeek and Moonshot want ``reasoning_content``, OpenRouter ``reasoning_details``, and
        Google a signature in each call's ``extra_content``.
        """
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


class _PartialCall:
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


def _add_detail(details: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    """Join the pieces of a block of reasoning, because it goes back whole."""
    last = details[-1] if details else {}
    same = last.get("type") == piece.get("type") and last.get("index") == piece.get("index")
    if not last or not same or piece.get("type") == "reasoning.encrypted":
        details.append(dict(piece))
        return
    for key, value in piece.items():
        grows = key in ("text", "summary") and isinstance(value, str)
        last[key] = as_text(last.get(key)) + value if grows else value or last.get(key)


def _token_usage(usage: dict[str, Any]) -> TokenUsage | None:
    """The counts. DeepSeek counts its cache in its own field; OpenRouter adds the reply's cost."""
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
