"""Removes from a request what its model cannot take: tools, schema or images.

Models use it before they send a request, and ``compaction`` uses it for its transcript.
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


def supported_part(request: ModelRequest, model: Model) -> ModelRequest:
    """``request`` as far as ``supports_…`` of the model allow; turns with tools become text."""
    messages = request.messages
    if not model.supports_tools:
        messages = without_tool_uses(messages)
    if not model.supports_images:
        messages = tuple(map(_without_images, messages))
    return replace(
        request,
        messages=messages,
        tools=request.tools if model.supports_tools else (),
        schema=request.schema if model.supports_schema else None,
    )


def used_by(request: ModelRequest) -> set[Capability]:
    """The capabilities that a request needs."""
    used: dict[Capability, bool] = {
        "tools": bool(request.tools),
        "schema": request.schema is not None,
        "images": any(message.images for message in request.messages),
    }
    return {name for name, is_used in used.items() if is_used}


def without_tool_uses(messages: tuple[ChatMessage, ...]) -> tuple[ChatMessage, ...]:
    """The messages with tool uses as JSON in the assistant's text, and results as user messages."""
    return tuple(map(_without_tool_uses, messages))


def in_words(said: str, uses: Sequence[ToolUse]) -> str:
    """What an assistant said, then the tool uses that it asked for, each as a line of JSON."""
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
