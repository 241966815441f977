"""OpenAI's Responses: the format of its newest models, which keep their thoughts between calls.

Nothing is stored at the provider. The conversation goes with each request, and the encrypted
thoughts of a turn with tools go back with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyagent.messages import ChatMessage, ToolSpec
from pyagent.models.base import (
    ModelRequest,
)
from pyagent.models.chat import arguments_text, data_url
from pyagent.models.formats.openai_responses_reply import ResponsesReader
from pyagent.models.formats.schemas import is_strict
from pyagent.models.http.model import HttpModel
from pyagent.models.http.reader import ReplyReader, carried_by


class OpenAIResponsesModel(HttpModel):
    """A model behind OpenAI's Responses; ``base_url`` ends before ``/responses``.

    For the options see ``HttpModel``. The API knows no stop strings: we cut at them.
    """

    wire = "responses"
    default_base_url = "https://api.openai.com/v1"
    # Some models do not reason, and some stream or summarise only for verified organisations.
    dispensable = ("stream", "include", "reasoning", "store", "temperature", "max_output_tokens")
    unmissed = ("include", "store")

    def _request(self, asked: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        body: dict[str, Any] = {
            "model": self.model_id,
            "input": [item for message in asked.messages for item in self._items(message)],
            "stream": True,
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"summary": "auto"},
            "temperature": self.temperature,
            "max_output_tokens": asked.max_tokens or self.max_tokens,
            "tools": list(map(_tool, asked.tools)) or None,
        }
        if asked.schema is not None:
            named = {"name": "reply", "schema": dict(asked.schema)}
            strict = is_strict(asked.schema)
            body["text"] = {"format": {"type": "json_schema", "strict": strict, **named}}
        body = {k: v for k, v in body.items() if v is not None and k not in self.refused}
        key = self.endpoint.api_key
        return "/responses", {"authorization": f"Bearer {key}"} if key else {}, body

    def _reader(self) -> ReplyReader:
        return ResponsesReader()

    def _items(self, message: ChatMessage) -> Iterator[dict[str, Any]]:
        if message.role == "tool":
            name = {"type": "function_call_output", "call_id": message.tool_use_id}
            yield {**name, "output": message.content}
            return
        kept = carried_by(message, self.endpoint, self.wire)
        if kept is not None:
            yield from kept
            return
        if message.content or message.images:
            yield {"role": message.role, "content": _content(message)}
        for use in message.tool_uses:
            call = {"type": "function_call", "call_id": use.id, "name": use.name}
            yield {**call, "arguments": arguments_text(use)}


def _content(message: ChatMessage) -> Any:
    if not message.images:
        return message.content
    images = [
        {"type": "input_image", "image_url": data_url(image), "detail": "auto"}
        for image in message.images
    ]
    words = [{"type": "input_text", "text": message.content}] if message.content else []
    return images + words


def _tool(spec: ToolSpec) -> dict[str, Any]:
    """Not strict: that would want every argument to be given."""
    named = {"type": "function", "name": spec.name, "description": spec.description}
    return {**named, "parameters": dict(spec.parameters), "strict": False}
