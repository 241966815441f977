"""OpenAI's chat completions, the wire format that most providers and local servers speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Unpack

from pyagent.models.aliases import also_called
from pyagent.models.base import ModelRequest
from pyagent.models.chat import joined, tool_of, turn_of
from pyagent.models.formats.openai_chat_reply import ChatReader
from pyagent.models.formats.schemas import is_strict
from pyagent.models.http.model import HttpModel, HttpOptions
from pyagent.models.http.reader import ReplyReader, carried_by
from pyagent.protocol import Json

MAX_STOPS = 4
"""Stop strings that the API takes; we cut at all of them ourselves."""


class OpenAIModel(HttpModel):
    """A model behind any OpenAI-compatible endpoint; ``base_url`` ends before
    ``/chat/completions``, and ``api_base`` is another name for it. ``organization`` and
    ``project`` say whom OpenAI bills. For the other options see ``HttpModel``.
    """

    wire = "openai"
    default_base_url = "https://api.openai.com/v1"
    # Some models of OpenAI stream only for verified organisations.
    dispensable = (
        *("stream", "stream_options", "stop", "temperature"),
        *("max_tokens", "max_completion_tokens"),
    )
    unmissed = ("stream_options", "max_tokens")  # tokens are estimated; the limit has two names

    def __init__(
        self,
        model_id: str,
        *,
        api_base: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        **options: Unpack[HttpOptions],
    ) -> None:
        also_called(options, "base_url", api_base=api_base)
        billed = {"OpenAI-Organization": organization, "OpenAI-Project": project}
        headers = {name: value for name, value in billed.items() if value}
        options["headers"] = {**headers, **(options.get("headers") or {})}
        super().__init__(model_id, **options)

    def _request(self, asked: ModelRequest) -> tuple[str, dict[str, str], dict[str, Any]]:
        limit_name = "max_completion_tokens" if "max_tokens" in self.refused else "max_tokens"
        body: dict[str, Any] = {
            "model": self.model_id,
            "messages": list(self._turns(asked)),
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": self.temperature,
            "stop": list(asked.stop)[:MAX_STOPS] or None,
            limit_name: asked.max_tokens or self.max_tokens,
            "tools": list(map(tool_of, asked.tools)) or None,
            "response_format": asked.schema and _response_format(asked.schema),
        }
        body = {k: v for k, v in body.items() if v is not None and k not in self.refused}
        key = self.endpoint.api_key
        return "/chat/completions", {"authorization": f"Bearer {key}"} if key else {}, body

    def _reader(self) -> ReplyReader:
        return ChatReader()

    def _turns(self, asked: ModelRequest) -> Iterator[dict[str, Any]]:
        """The messages, each assistant's with what it must get back of its thoughts."""
        for group in joined(asked.messages):
            turn = turn_of(group)
            if kept := carried_by(group[0], self.endpoint, self.wire):
                turn.update(kept["turn"])
                for call in turn.get("tool_calls", ()):
                    call.update(kept["calls"].get(call["id"], {}))
            yield turn


def _response_format(schema: Mapping[str, Json]) -> dict[str, Any]:
    named = {"name": "reply", "schema": dict(schema), "strict": is_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


OpenAIServerModel = OpenAIModel
"""The name that smolagents gives it."""
