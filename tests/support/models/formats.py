"""What the tests of all wire formats share: one reply in each format, and one conversation.

``streams/`` holds the reply as each provider streams it. ``test_sdks`` reads the same bytes with
the providers' own clients, which shows that the files are true to the formats.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

from pyagent.messages import ChatMessage, Image, ToolSpec, ToolUse
from pyagent.models.base import (
    Model,
    ModelEvent,
    ReasoningDelta,
    ReplyDone,
    ToolRequested,
)
from pyagent.models.http.model import HttpModel
from pyagent.protocol import TokenUsage
from support.models.model_asking import said, scripted, stream_of
from support.models.scripted_server import Reply, Request, awkward_pieces

STREAMS = Path(__file__).with_name("streams")

PATHS = {
    "/chat/completions": "openai",
    "/responses": "responses",
    "/messages": "anthropic",
    ":streamGenerateContent": "gemini",
}

# The reply in each file of streams/.
THOUGHT = "Zwei Prozent, also mal 0,02 …"
TEXT = "Ça coûte 1340 € 😀\n"
CALLS = [
    ("population", {"city": "São Paulo"}),
    ("convert", {"amount": 1340.5, "to": ["€", "😀"]}),
]
USAGE = TokenUsage(input_tokens=90, output_tokens=35, cached_tokens=64)

TOOLS = (
    ToolSpec(
        name="population",
        description="Population of a city.",
        parameters={
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    ),
    ToolSpec(name="now", description="The time.", parameters={"type": "object", "properties": {}}),
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"code": {"type": "string"}},
    "required": ["code"],
    "additionalProperties": False,
}
PIXEL = Image(media_type="image/png", data=b"\x89PNG")
PIXEL_BASE64 = "iVBORw=="


def conversation(carried: dict[str, Any] | None = None) -> list[ChatMessage]:
    """A system prompt, an image, two tool uses with their results, and one more question."""
    uses = (
        ToolUse(id="call_a", name="population", arguments={"city": "São Paulo"}),
        ToolUse(id="call_b", name="now"),
    )
    return [
        ChatMessage(role="system", content="Be brief."),
        ChatMessage(role="user", content="What is this?", images=(PIXEL,)),
        ChatMessage(role="assistant", content="Ça va.", tool_uses=uses, carried=carried or {}),
        ChatMessage(role="tool", content="11451999", tool_use_id="call_a"),
        ChatMessage(role="tool", content="noon", tool_use_id="call_b"),
        ChatMessage(role="user", content="And then?"),
    ]


def stream_bytes(wire: str) -> bytes:
    return (STREAMS / f"{wire}.sse").read_bytes()


def replay(request: Request) -> Reply:
    """The recorded stream of the format that the path belongs to."""
    wire = next(wire for path, wire in PATHS.items() if path in request.path)
    return Reply(pieces=list(awkward_pieces(stream_bytes(wire))))


async def replies(model: Model, messages: list[ChatMessage], **options: Any) -> list[ModelEvent]:
    """All events of one reply to ``messages``; the model is closed."""
    try:
        return [event async for event in model.stream(messages, **options)]
    finally:
        await model.aclose()


def body_sent(cls: type[HttpModel], **asked: Any) -> tuple[Any, httpx.Request]:
    """The JSON body and the request that a model of a format sends for ``asked``."""
    requests: list[httpx.Request] = []
    options = asked.pop("options", {})
    model = scripted(cls, stream_of(stream_bytes(cls.wire)), requests=requests, **options)
    asyncio.run(replies(model, asked.pop("messages", None) or conversation(), **asked))
    return json.loads(requests[0].content), requests[0]


def assert_is_the_reply(events: Iterable[ModelEvent]) -> ReplyDone:
    """Check that ``events`` are the reply in the files of ``streams``."""
    events = list(events)
    thoughts = [event.text for event in events if isinstance(event, ReasoningDelta)]
    uses = [event.use for event in events if isinstance(event, ToolRequested)]
    assert "".join(thoughts) == THOUGHT
    assert said(events) == TEXT
    assert [(use.name, use.arguments, use.fault) for use in uses] == [(*c, "") for c in CALLS]
    assert len({use.id for use in uses}) == 2
    done = events[-1]
    assert isinstance(done, ReplyDone)
    assert (done.finish_reason, usual_counts(done)) == ("stop", USAGE)
    return done


def usual_counts(done: ReplyDone) -> TokenUsage:
    """The counts that every format has; some also count tokens written to a cache."""
    return replace(done.token_usage, cache_write_tokens=0)


def assert_survives_every_cut(cls: type[HttpModel]) -> None:
    """Check that the reply is the same however the network splits it.

    It comes in pieces of ``size`` bytes, with a first piece of a different length each time, until
    there was a cut between any two bytes; and then byte by byte.
    """
    body, size = stream_bytes(cls.wire), 61
    ways = [[0, *range(first, len(body), size), len(body)] for first in range(1, size + 1)]
    ways.append([*range(len(body) + 1)])
    assert {cut for cuts in ways[:-1] for cut in cuts} == {*range(len(body) + 1)}
    model = scripted(cls, *[stream_of(*_pieces(body, cuts)) for cuts in ways])

    async def ask_often() -> None:
        for _ in ways:
            assert_is_the_reply([event async for event in model.stream(conversation()[:2])])

    asyncio.run(ask_often())


def _pieces(body: bytes, cuts: list[int]) -> list[bytes]:
    return [body[start:end] for start, end in pairwise(cuts)]
