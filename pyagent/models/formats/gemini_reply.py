"""Reads the chunks of Google's Gemini API. Called by ``gemini``."""

from __future__ import annotations

from typing import Any, Literal

from pyagent.errors import ModelError
from pyagent.models.base import ReasoningDelta, TextDelta
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.reader import ReplyEvent, as_count, as_objects, as_text, tool_requested
from pyagent.protocol import Json, TokenUsage

_MISTAKES = ("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL")
"""Ends of a reply that the model got wrong."""


class GeminiReader:
    """Each chunk is a small reply of its own: parts of text and thoughts, whole calls, counts.

    What it carries are the calls as they came with their signatures, and signed texts.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.finish_reason: Literal["stop", "length"] | None = None
        self.token_usage: TokenUsage | None = None
        self.carried: Json = None
        self.fault = ""
        self._endpoint = endpoint
        self._parts: list[dict[str, Any]] = []

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        self.token_usage = _usage(payload.get("usageMetadata")) or self.token_usage
        feedback = payload.get("promptFeedback")
        if isinstance(feedback, dict) and (reason := feedback.get("blockReason")):
            raise self._refused(f"The prompt was blocked by {self._endpoint.host}", reason)
        candidate = next(iter(as_objects(payload.get("candidates"))), {})
        content = candidate.get("content")
        parts = as_objects(content.get("parts")) if isinstance(content, dict) else []
        events = [event for part in parts for event in self._read_part(part)]
        if reason := candidate.get("finishReason"):
            self._finish(reason, as_text(candidate.get("finishMessage")))
        return events

    def end(self) -> list[ReplyEvent]:
        return []

    def _read_part(self, part: dict[str, Any]) -> list[ReplyEvent]:
        said, call = as_text(part.get("text")), part.get("functionCall")
        if part.get("thought"):
            return [ReasoningDelta(text=said)] if said else []
        if isinstance(call, dict):
            asked = tool_requested(call.get("id"), call.get("name"), call.get("args"))
            readable = {"functionCall": {**call, "args": {}}} if asked.use.fault else {}
            self._parts.append({**part, **readable})
            return [asked]
        self._keep_text(said, part.get("thoughtSignature"))
        return [TextDelta(text=said)] if said else []

    def _keep_text(self, said: str, signature: Any) -> None:
        """Pieces are joined, but not with one that is signed."""
        last = self._parts[-1] if self._parts else {}
        if signature:
            self._parts.append({"text": said, "thoughtSignature": signature})
        elif "text" in last and "thoughtSignature" not in last:
            last["text"] += said
        elif said:
            self._parts.append({"text": said})

    def _finish(self, reason: Any, words: str) -> None:
        if reason in _MISTAKES:
            self.fault = f"{words} ({reason})" if words else reason
        elif reason not in ("STOP", "MAX_TOKENS"):
            raise self._refused(f"{self._endpoint.host} stopped the reply", reason)
        self.finish_reason = "length" if reason == "MAX_TOKENS" else "stop"
        self.carried = list(self._parts)

    def _refused(self, what: str, reason: Any) -> ModelError:
        return ModelError(
            f"{what} ({reason}).",
            advice="Put the task in other words, or choose another model.",
            kind="refused",
        )


def _usage(counts: Any) -> TokenUsage | None:
    if not isinstance(counts, dict) or "promptTokenCount" not in counts:
        return None
    said = as_count(counts.get("candidatesTokenCount"))
    thought = as_count(counts.get("thoughtsTokenCount"))
    return TokenUsage(
        input_tokens=as_count(counts["promptTokenCount"]),
        output_tokens=said + thought,
        cached_tokens=as_count(counts.get("cachedContentTokenCount")),
    )
