"""Google's Gemini API, the wire format of its own models."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal, Unpack
from urllib.parse import quote

from pyagent.checked_options import checked
from pyagent.errors import ModelError
from pyagent.messages import ChatMessage, Image, ToolSpec
from pyagent.models.base import ModelRequest, ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.model import HttpModel
from pyagent.models.http.options import HttpOptions
from pyagent.models.http.reader import (
    ReplyEvent,
    ReplyReader,
    as_count,
    as_objects,
    as_text,
    carried_by,
    counted,
)
from pyagent.models.http.sendable import WireNames, allowed_name
from pyagent.models.http.tool_calls import PartialCall, ToolCalls
from pyagent.protocol import Json, TokenUsage

MAX_STOPS = 5
"""How many stop strings the API takes. We cut at all of them ourselves."""
_UNSIGNED = "skip_thought_signature_validator"
"""Replaces the signature of a call that another model made: Gemini 3 refuses unsigned calls."""
_GENERATION = re.compile(r"\bgemini-(\d+)")
_IN_RESULTS = ("image/png", "image/jpeg", "image/webp")
"""The images that a function's response may hold:
https://ai.google.dev/gemini-api/docs/function-calling#multimodal."""


class GeminiModel(HttpModel):
    """A model behind Google's Gemini API; ``base_url`` ends before ``/models``.

    The system prompt goes into the first turn if the model has no other place for it, like Gemma.

    ``thinking`` is how many tokens the model may think with: 0 or False for none, -1 or True for
    no limit, None for the model's default. For the other options see ``HttpModel``.
    """

    wire = "gemini"
    results_take_images = True
    default_base_url = "https://generativelanguage.googleapis.com/v1beta"
    dispensable = (
        *("temperature", "maxOutputTokens", "stopSequences", "thinkingConfig"),
        "systemInstruction",
    )
    unmissed = ("systemInstruction",)

    @checked
    def __init__(
        self, model_id: str, *, thinking: int | bool | None = None, **options: Unpack[HttpOptions]
    ) -> None:
        super().__init__(model_id, **options)
        self.thinking = -1 if thinking is True else thinking

    @classmethod
    def _in_body(cls, name: str, value: str) -> str:
        first, *others = name.split("_")
        camel = first + "".join(map(str.capitalize, others))
        return f'{{"generationConfig": {{"{camel}": {value}}}}}'

    def _request(self, request: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        name = quote(self.model_id, safe="/")
        path = f"/{name if '/' in name else f'models/{name}'}:streamGenerateContent?alt=sse"
        body: dict[str, Any] = {
            "contents": list(self._contents(request.messages)),
            "systemInstruction": _system(request.messages),
            "tools": [{"functionDeclarations": _function_declarations(request.tools)}]
            if request.tools
            else None,
            "generationConfig": self._generation_config(request),
        }
        key = self.endpoint.api_key
        # The API refuses any other header from a page.
        headers = {"x-goog-api-key": key} if key else {}
        return path, headers, {k: v for k, v in body.items() if v and k not in self.refused}

    def _reader(self, names: WireNames) -> ReplyReader:
        return GeminiReader(self.endpoint, names)

    def _parameters(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**body, **(body.get("generationConfig") or {})}

    def _generation_config(self, request: ModelRequest) -> dict[str, Any]:
        # The API refuses includeThoughts without thinking.
        thinking: dict[str, Any] = {} if self.thinking == 0 else {"includeThoughts": True}
        if self.thinking is not None:
            thinking["thinkingBudget"] = int(self.thinking)
        config: dict[str, Any] = {
            "temperature": self.temperature,
            "maxOutputTokens": request.max_tokens or self.max_tokens,
            "stopSequences": list(request.stop)[:MAX_STOPS] or None,
            "thinkingConfig": thinking,
        }
        if request.schema is not None:
            config["responseMimeType"] = "application/json"
            config["responseJsonSchema"] = dict(request.schema)
        return {k: v for k, v in config.items() if v is not None and k not in self.refused}

    def _contents(self, messages: tuple[ChatMessage, ...]) -> Iterator[dict[str, Any]]:
        """One content for neighbours with the same role, so that a turn's results stay together."""
        calls = {use.id: use.name for message in messages for use in message.tool_uses}
        known: set[str] = set()
        in_turn = "systemInstruction" in self.refused
        said = [message for message in messages if in_turn or message.role != "system"]
        for role, group in groupby(said, _role):
            parts: list[dict[str, Any]] = []
            beside: list[dict[str, Any]] = []
            for message in group:
                if message.role == "tool":
                    inside, after = self._images_of_result(message)
                    parts.append(_function_response(message, calls, known, inside))
                    beside += after
                    continue
                parts, beside = parts + beside, []
                made = self._parts(message)
                known |= {part["functionCall"].get("id") for part in made if "functionCall" in part}
                parts += made
            if parts := parts + beside:
                yield {"role": role, "parts": parts}

    def _images_of_result(
        self, message: ChatMessage
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The images of a result as parts inside it, and as parts after all results.

        Models before Gemini 3 take none inside, and Gemini 3 takes only some types there.
        """
        takes = int(found[1]) >= 3 if (found := _GENERATION.search(self.model_id)) else False
        inside = [i for i in message.images if takes and i.media_type in _IN_RESULTS]
        after = [image for image in message.images if image not in inside]
        return list(map(_inline, inside)), list(map(_inline, after))

    def _parts(self, message: ChatMessage) -> list[dict[str, Any]]:
        kept = carried_by(message, self.endpoint, self.wire)
        if kept is not None:
            return list(kept)
        parts: list[dict[str, Any]] = list(map(_inline, message.images))
        if message.content:
            parts.append({"text": message.content})
        for use in message.tool_uses:
            signature = {"thoughtSignature": _UNSIGNED} if use is message.tool_uses[0] else {}
            parts.append({"functionCall": {"name": use.name, "args": use.arguments}, **signature})
        return parts


def _role(message: ChatMessage) -> str:
    return "model" if message.role == "assistant" else "user"


def _inline(image: Image) -> dict[str, Any]:
    data = b64encode(image.data).decode()
    return {"inlineData": {"mimeType": image.media_type, "data": data}}


def _function_response(
    message: ChatMessage,
    calls: Mapping[str, str],
    known: set[str],
    images: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """A tool's result. It names its call by an id only if Google gave the call one."""
    use_id = message.tool_use_id
    named = {"id": use_id} if use_id in known else {}
    response: dict[str, Any] = {"response": {"output": message.content}}
    if images:
        response["parts"] = list(images)
    return {"functionResponse": {**named, "name": calls.get(use_id, ""), **response}}


def _system(messages: tuple[ChatMessage, ...]) -> dict[str, Any] | None:
    said = "\n\n".join(message.content for message in messages if message.role == "system")
    return {"parts": [{"text": said}]} if said else None


def _function_declarations(specs: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The tools. One without arguments gets no schema, as some models refuse an empty schema."""
    return [
        {"name": spec.name, "description": spec.description}
        | ({"parametersJsonSchema": dict(spec.parameters)} if _has_arguments(spec) else {})
        for spec in specs
    ]


def _has_arguments(spec: ToolSpec) -> bool:
    return bool(spec.parameters.get("properties"))


# --- reading a reply -----------------------------------------------------------------------------


_MISTAKE_REASONS = ("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL")
"""Finish reasons that say the model made a mistake."""


class GeminiReader:
    """Reads the chunks of a stream.

    Each chunk is a small reply of its own: parts of text and thoughts, whole calls, counts.
    ``carried`` holds the calls and texts as they came, with their signatures.
    """

    def __init__(self, endpoint: Endpoint, names: Iterable[str] = ()) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.is_early = False
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._endpoint = endpoint
        self._calls = ToolCalls(names)
        self._parts: list[_Part] = []

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        self.token_usage = _token_usage(payload.get("usageMetadata")) or self.token_usage
        feedback = payload.get("promptFeedback")
        if isinstance(feedback, dict) and (reason := feedback.get("blockReason")):
            raise self._refused(f"The prompt was blocked by {self._endpoint.host}", reason)
        candidates = as_objects(payload.get("candidates"))
        candidate = next((c for c in candidates if not c.get("index")), {})
        content = candidate.get("content")
        parts = as_objects(content.get("parts")) if isinstance(content, dict) else []
        events = [event for part in parts for event in self._read_part(part)]
        if reason := candidate.get("finishReason"):
            self._finish(reason, as_text(candidate.get("finishMessage")))
        return events

    def end(self) -> list[ReplyEvent]:
        uses = self._calls.uses(is_cut_off=self.finish_reason == "length")
        self.carried = [part.whole() for part in self._parts]
        return [ToolRequested(use=use) for use in uses]

    def _read_part(self, part: dict[str, Any]) -> list[ReplyEvent]:
        said, call = as_text(part.get("text")), part.get("functionCall")
        if part.get("thought"):
            return [ReasoningDelta(text=said)] if said else []
        if isinstance(call, dict):
            added = self._calls.begin(call.get("id"), call.get("name"))
            added.grow(call.get("args"))
            self._parts.append(_Part(part, call=added))
            return []
        self._keep_text(said, part.get("thoughtSignature"))
        return [TextDelta(text=said)] if said else []

    def _keep_text(self, said: str, signature: Any) -> None:
        """Keep a piece of text, joined to the piece before unless one of them is signed."""
        last = self._parts[-1] if self._parts else None
        if signature:
            self._parts.append(_Part({"text": said, "thoughtSignature": signature}))
        elif last is not None and last.may_grow:
            last.texts.append(said)
        elif said:
            self._parts.append(_Part({"text": said}))

    def _finish(self, reason: Any, words: str) -> None:
        if reason == "FINISH_REASON_UNSPECIFIED":
            return
        if reason in _MISTAKE_REASONS:
            self.fault = f"{words} ({reason})" if words else reason
        elif reason not in ("STOP", "MAX_TOKENS"):
            raise self._refused(f"{self._endpoint.host} stopped the reply", reason)
        self.finish_reason = "length" if reason == "MAX_TOKENS" else "stop"

    def _refused(self, what: str, reason: Any) -> ModelError:
        return ModelError(
            f"{what} ({reason}).",
            advice="Put the task in other words, or choose another model.",
            kind="refused",
        )


class _Part:
    """A part of the reply as it goes back."""

    def __init__(self, given: dict[str, Any], *, call: PartialCall | None = None) -> None:
        self._given = given
        self._call = call
        self.texts = [as_text(given.get("text"))]
        self.may_grow = call is None and "thoughtSignature" not in given

    def whole(self) -> dict[str, Any]:
        if self._call is None:
            return {**self._given, "text": "".join(self.texts)}
        use = self._call.use
        call = {**self._given["functionCall"], "name": allowed_name(use.name)}
        if "args" in call or use.arguments:
            call["args"] = use.arguments
        if "id" in call:
            call["id"] = use.id
        return {**self._given, "functionCall": call}


def _token_usage(counts: Any) -> TokenUsage | None:
    if not isinstance(counts, dict):
        return None
    said = as_count(counts.get("candidatesTokenCount"))
    thought = as_count(counts.get("thoughtsTokenCount"))
    return counted(
        read=counts.get("promptTokenCount"),
        written=said + thought,
        cached=counts.get("cachedContentTokenCount"),
    )
