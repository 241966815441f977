"""A request without what its model cannot take: tools, schema or images.

Models call it before they send a request, and ``compaction`` for its transcript.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import Model, ModelRequest

Capability = Literal["tools", "schema", "images"]

UNSEEN = "[A picture was here; this model takes none.]"


def heeded(asked: ModelRequest, model: Model) -> ModelRequest:
    """``asked`` as far as the model's ``supports_…`` go; turns with tools become text."""
    messages = asked.messages
    if not model.supports_tools:
        messages = without_tool_uses(messages)
    if not model.supports_images:
        messages = tuple(map(_without_images, messages))
    return replace(
        asked,
        messages=messages,
        tools=asked.tools if model.supports_tools else (),
        schema=asked.schema if model.supports_schema else None,
    )


def used_by(asked: ModelRequest) -> set[Capability]:
    """What a request needs the model to be capable of."""
    used: dict[Capability, bool] = {
        "tools": bool(asked.tools),
        "schema": asked.schema is not None,
        "images": any(message.images for message in asked.messages),
    }
    return {name for name, is_used in used.items() if is_used}


def without_tool_uses(messages: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """Tool uses as JSON in the assistant's words, their results as a user's."""
    return tuple(map(_without_tool_uses, messages))


def in_words(said: str, uses: Sequence[ToolUse]) -> str:
    """What an assistant said, and the tool uses that it asked for as lines of JSON."""
    calls = [{"name": use.name, "arguments": use.arguments} for use in uses]
    lines = [said, *(json.dumps(call, ensure_ascii=False) for call in calls)]
    return "\n".join(filter(None, lines))


def _without_tool_uses(message: ChatMessage) -> ChatMessage:
    if message.role == "tool":
        return ChatMessage(role="user", content=message.content)
    if not message.tool_uses:
        return message
    return ChatMessage(role="assistant", content=in_words(message.content, message.tool_uses))


def _without_images(message: ChatMessage) -> ChatMessage:
    if not message.images:
        return message
    notes = [UNSEEN] * len(message.images)
    return replace(message, content="\n".join([*notes, message.content]), images=())
