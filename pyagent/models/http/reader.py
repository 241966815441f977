"""The reader that each wire format provides for replies, and what the readers share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.http.endpoint import Endpoint
from pyagent.protocol import Json, TokenUsage
from pyagent.wire import whole_pairs

ReplyEvent = TextDelta | ReasoningDelta | ToolRequested

MAX_COUNT = 10**9
"""The most tokens that we believe of one request."""


class ReplyReader(Protocol):
    """Reads the payloads of one reply in one wire format."""

    finish_reason: Literal["stop", "length"] | None
    """None until the provider says that the reply is complete."""
    is_early: bool
    """Whether more of the reply came after it was said to be complete, as some servers do."""
    token_usage: TokenUsage | None
    carried: Json
    """What the provider wants back with this turn if it has tool uses, in the format's own form.
    It is set by ``end``."""
    fault: str
    """The fault for ``ReplyDone``."""

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        """The text and thoughts in a payload. Raises ``ModelError``."""

    def end(self) -> list[ReplyEvent]:
        """The tool calls, and text that had to wait for the end. Called once, at the end."""


class WholePairs:
    """Joins the halves of a surrogate pair that a server put into two pieces of a text."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """The next part of the text. The first half of a pair waits for the second."""
        if text.isascii() and not self._half:
            return text
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return str(whole_pairs(text[: len(text) - len(self._half)]))

    def finish(self) -> str:
        """What is left at the end of the text."""
        half, self._half = self._half, ""
        return str(whole_pairs(half))


def as_text(value: Any) -> str:
    """``value`` if it is text, else an empty text: some servers send null or other types."""
    return value if isinstance(value, str) else ""


def as_count(value: Any) -> int:
    """``value`` if it is a count that can be believed, else 0."""
    return count_in(value) or 0


def count_in(value: Any) -> int | None:
    """``value`` if it is a count that can be believed, else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
    return value if is_count else None


def counted(*, read: Any, written: Any, cached: Any = 0, kept: Any = 0) -> TokenUsage | None:
    """The usage for the counts of input, output, and input from and to a cache.

    None if the input or the output is unknown. A cache holds no more than was read.
    """
    tokens, reply = count_in(read), count_in(written)
    if tokens is None or reply is None:
        return None
    from_cache = min(as_count(cached), tokens)
    return TokenUsage(
        input_tokens=tokens,
        output_tokens=reply,
        cached_tokens=from_cache,
        cache_write_tokens=min(as_count(kept), tokens - from_cache),
    )


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The objects in ``value``; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def carry(endpoint: Endpoint, wire: str, data: Json, uses: Sequence[ToolUse]) -> dict[str, Json]:
    """``ReplyDone.carried`` for a reply.

    Only turns with tools need anything back, and only the same model at the same host can read it.
    """
    if data is None or not uses:
        return {}
    kept = {"from": _source(endpoint), "uses": [use.id for use in uses], "data": data}
    return {wire: whole_pairs(kept)}


def carried_by(message: ChatMessage, endpoint: Endpoint, wire: str) -> Any:
    """What ``carry`` kept; None if another model wrote the turn, or the turn was changed since."""
    kept = message.carried.get(wire)
    uses = [use.id for use in message.tool_uses]
    if isinstance(kept, Mapping) and kept["from"] == _source(endpoint) and kept["uses"] == uses:
        return kept["data"]
    return None


def _source(endpoint: Endpoint) -> str:
    return f"{endpoint.model_id} at {endpoint.host}"
