"""Messages and tools in the shape of OpenAI's chat API, which most servers and the page take."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pyagent.messages import ChatMessage, Image, ToolSpec, ToolUse

NOTHING = "(nothing)"


def chat_messages(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """Messages as the API takes them, with neighbours of the same role joined.

    The chat templates of several local models refuse a conversation in which user and assistant
    do not alternate. Content is text where there is no image.
    """
    return [turn_of(group) for group in joined(without_empty(messages))]


def without_empty(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages without turns that say nothing, which Mistral, Kimi and Vertex refuse.

    An empty question at the start stays, in words, so that the user still speaks first.
    """
    kept: list[ChatMessage] = []
    is_start = True
    for message in messages:
        says = message.content.strip() or message.images or message.tool_uses
        if says or message.role == "tool":
            kept.append(message)
        elif is_start and message.role == "user":
            kept.append(replace(message, content=NOTHING))
        is_start = is_start and message.role == "system"
    return kept


def joined(messages: Sequence[ChatMessage]) -> Iterator[list[ChatMessage]]:
    """Groups of neighbours that make one turn. Tool calls end a turn; a result is one by itself."""
    group: list[ChatMessage] = []
    for message in messages:
        if group and not _continues(group[-1], message):
            yield group
            group = []
        group.append(message)
    if group:
        yield group


def turn_of(group: list[ChatMessage]) -> dict[str, Any]:
    """One message of the API for a group from ``joined``."""
    last = group[-1]
    if last.role == "tool":
        return {"role": "tool", "tool_call_id": last.tool_use_id, "content": last.content}
    said = "\n\n".join(message.content for message in group if message.content)
    if last.tool_uses:
        calls = list(map(_tool_call, last.tool_uses))
        return {"role": "assistant", "content": said or None, "tool_calls": calls}
    if not any(message.images for message in group):
        return {"role": last.role, "content": said}
    return {"role": last.role, "content": [part for m in group for part in _parts(m)]}


def tool_of(spec: ToolSpec) -> dict[str, Any]:
    """A tool as the API and chat templates describe it."""
    function = {
        "name": spec.name,
        "description": spec.description,
        "parameters": dict(spec.parameters),
    }
    return {"type": "function", "function": function}


def data_url(image: Image) -> str:
    """The image as a ``data:`` URL."""
    return f"data:{image.media_type};base64,{b64encode(image.data).decode()}"


def arguments_text(use: ToolUse) -> str:
    """The arguments as the JSON text that OpenAI's formats want."""
    return json.dumps(use.arguments, ensure_ascii=False)


def _continues(before: ChatMessage, message: ChatMessage) -> bool:
    return message.role == before.role and message.role != "tool" and not before.tool_uses


def _tool_call(use: ToolUse) -> dict[str, Any]:
    function = {"name": use.name, "arguments": arguments_text(use)}
    return {"id": use.id, "type": "function", "function": function}


def _parts(message: ChatMessage) -> Iterator[dict[str, Any]]:
    for image in message.images:
        yield {"type": "image_url", "image_url": {"url": data_url(image)}}
    if message.content:
        yield {"type": "text", "text": message.content}
