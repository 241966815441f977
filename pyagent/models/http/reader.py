"""The reader that each wire format provides for replies, and what the readers share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import uuid4

from pyagent.errors import ProtocolError
from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.stop import StopCutter
from pyagent.protocol import Json, TokenUsage
from pyagent.wire import parse_json

ReplyEvent = TextDelta | ReasoningDelta | ToolRequested


class ReplyReader(Protocol):
    """Reads the payloads of one reply in one wire format."""

    finish_reason: Literal["stop", "length"] | None
    """None until the provider says that the reply is complete."""
    token_usage: TokenUsage | None
    carried: Json
    """What the provider wants back with this turn if it has tool uses, in the format's own form."""
    fault: str
    """The fault for ``ReplyDone``."""

    def read(self, payload: dict[str, Any]) -> list[ReplyEvent]:
        """What a payload adds to the reply. Raises ``ModelError``."""

    def end(self) -> list[ReplyEvent]:
        """Take note of the stream's end mark; returns the events that had to wait for it."""


def tool_requested(
    use_id: Any, name: Any, arguments: Any, *, is_cut_off: bool = False
) -> ToolRequested:
    """The event for a tool use. ``arguments`` are JSON text, or an object if the server parsed it.

    Arguments that cannot be read are a fault for the model to mend. If the server gives no id, we
    make one up, because the result must name its call.
    """
    fault = ""
    if isinstance(arguments, str) and arguments.strip():
        try:
            arguments = parse_json(arguments)
        except ProtocolError as error:
            reason = error.message.removeprefix("A message is ").rstrip(".")
            fault = f"The arguments could not be read: they are {reason}."
            if is_cut_off:
                fault = "The reply reached its limit on tokens before the arguments were complete."
    if not fault and not isinstance(arguments or {}, dict):
        fault = f"The arguments are a {type(arguments).__name__}; they must be a JSON object."
    use = ToolUse(
        id=as_text(use_id) or f"call_{uuid4().hex[:16]}",
        name=as_text(name),
        arguments={} if fault else arguments or {},
        fault=fault,
    )
    return ToolRequested(use=use)


def as_text(value: Any) -> str:
    """``value`` if it is text, else an empty text: some servers send null or other types."""
    return value if isinstance(value, str) else ""


def as_count(value: Any) -> int:
    """``value`` if it is a count, else 0."""
    return value if isinstance(value, int) and value > 0 else 0


def cut(events: Iterable[ReplyEvent], cutter: StopCutter) -> Iterator[ReplyEvent]:
    """The events up to the first stop string in their text."""
    for event in events:
        if cutter.found:
            return
        if not isinstance(event, TextDelta):
            yield event
        elif said := cutter.feed(event.text):
            yield TextDelta(text=said)


def words_of(event: ReplyEvent) -> str:
    """The words that the model wrote, for counting tokens."""
    if isinstance(event, ToolRequested):
        return event.use.name + json.dumps(event.use.arguments, ensure_ascii=False)
    return event.text


def as_objects(value: Any) -> list[dict[str, Any]]:
    """The objects in ``value``; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def carry(endpoint: Endpoint, wire: str, data: Json, uses: Sequence[ToolUse]) -> dict[str, Json]:
    """``ReplyDone.carried`` for a reply.

    Only turns with tools need anything back, and only the same model at the same host can read it.
    """
    if data is None or not uses:
        return {}
    return {wire: {"from": _source(endpoint), "uses": [use.id for use in uses], "data": data}}


def carried_by(message: ChatMessage, endpoint: Endpoint, wire: str) -> Any:
    """What ``carry`` kept; None if another model wrote the turn, or the turn was changed since."""
    kept = message.carried.get(wire)
    uses = [use.id for use in message.tool_uses]
    if isinstance(kept, Mapping) and kept["from"] == _source(endpoint) and kept["uses"] == uses:
        return kept["data"]
    return None


def _source(endpoint: Endpoint) -> str:
    return f"{endpoint.model_id} at {endpoint.host}"
