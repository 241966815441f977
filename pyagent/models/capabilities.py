"""Removes from a request what its model cannot take: tools, schema or images.

Models use it before they send a request, and ``compaction`` uses it for its transcript.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pyagent.messages import ChatMessage, Image, ToolUse
from pyagent.models.base import Model, ModelRequest

Capability = Literal["tools", "schema", "images"]

UNSEEN = "[A picture was here; this model takes none.]"
NOT_SENT = "[A picture was here; this model takes no more of them.]"
OF_RESULTS = "(Above: the images of these results, in order.)"


def supported_part(request: ModelRequest, model: Model) -> ModelRequest:
    """``request`` as far as ``supports_…`` of the model allow; turns with tools become text."""
    messages = request.messages
    if not model.supports_tools:
        messages = without_tool_uses(messages)
    if not model.supports_images:
        messages = tuple(map(_without_images, messages))
    elif any(message.images for message in messages):
        messages = _sendable_images(messages, model)
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
        return ChatMessage(role="user", content=message.content, images=message.images)
    if not message.tool_uses:
        return message
    return ChatMessage(role="assistant", content=in_words(message.content, message.tool_uses))


def _without_images(message: ChatMessage) -> ChatMessage:
    if not message.images:
        return message
    notes = [UNSEEN] * len(message.images)
    return replace(message, content="\n".join([*notes, message.content]), images=())


def _sendable_images(messages: tuple[ChatMessage, ...], model: Model) -> tuple[ChatMessage, ...]:
    """The messages with the newest images that the model takes, where it takes them."""
    if model.max_images is not None:
        messages = _with_newest_images(messages, model.max_images)
    return messages if model.results_take_images else tuple(_after_results(messages))


def _with_newest_images(messages: tuple[ChatMessage, ...], most: int) -> tuple[ChatMessage, ...]:
    kept: list[ChatMessage] = []
    for message in reversed(messages):
        images = message.images[max(len(message.images) - most, 0) :]
        if missing := len(message.images) - len(images):
            content = "\n".join(filter(None, [*[NOT_SENT] * missing, message.content]))
            message = replace(message, content=content, images=images)
        most -= len(images)
        kept.append(message)
    return tuple(reversed(kept))


def _after_results(messages: Sequence[ChatMessage]) -> Iterator[ChatMessage]:
    """The messages with the images of tool results in a user's message after the results."""
    waiting: list[Image] = []
    for message in messages:
        if message.role != "tool" and waiting:
            yield _of_results(waiting)
            waiting = []
        if message.role == "tool" and message.images:
            waiting += message.images
            message = replace(message, images=())
        yield message
    if waiting:
        yield _of_results(waiting)


def _of_results(images: Sequence[Image]) -> ChatMessage:
    return ChatMessage(role="user", content=OF_RESULTS, images=tuple(images))
