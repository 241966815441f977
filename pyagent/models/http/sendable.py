"""Makes of a conversation one that every provider accepts. ``HttpModel`` does so for each request.

Names and ids may come from another provider, or from a model that made them up; turns may be empty
or lack a result. A provider refuses such a request, and all later ones of the conversation too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from pyagent.messages import ChatMessage, ToolSpec
from pyagent.models.base import ModelRequest
from pyagent.models.chat import without_empty
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.reader import carried_by

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""The names of tools that all of the formats allow."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""The ids of calls that all of the formats allow: chat completions take no more than 40 letters."""
_MISTRAL_ID = re.compile(r"[A-Za-z0-9]{9}")
_MISTRAL = re.compile(r"mistral|mixtral|(?:code|dev|magi)stral|pixtral", re.I)
"""Models whose servers want ids of nine letters, and a turn of the assistant after results:
https://github.com/mistralai/mistral-common, validator.py."""
NO_RESULT = "(no result)"
_AFTER_RESULTS = "OK."


class WireNames(Mapping[str, Mapping[str, Any]]):
    """The names under which a request offers its tools → the schemas of the tools' parameters.

    It also knows what the tools are called here.
    """

    def __init__(self, specs: Sequence[ToolSpec] = ()) -> None:
        self._ours: dict[str, str] = {spec.name: spec.name for spec in specs if _fits(spec.name)}
        self._parameters = {spec.name: spec.parameters.get("properties") for spec in specs}
        for spec in specs:
            if not _fits(spec.name):
                self._ours[self._free(allowed_name(spec.name))] = spec.name
        self._theirs = {ours: theirs for theirs, ours in self._ours.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._ours)

    def __len__(self) -> int:
        return len(self._ours)

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        parameters = self._parameters[self._ours[name]]
        return parameters if isinstance(parameters, Mapping) else {}

    def theirs(self, name: str) -> str:
        """The name to send."""
        return self._theirs.get(name) or allowed_name(name)

    def ours(self, name: str) -> str:
        """The name of the tool that the model called."""
        return self._ours.get(name, name)

    def _free(self, name: str) -> str:
        number, free = 1, name
        while free in self._ours:
            number += 1
            free = f"{name[:60]}_{number}"
        return free


def allowed_name(name: str) -> str:
    """``name``, or a name like it that the formats allow."""
    if _fits(name):
        return name
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")[:63] or "unnamed"
    return plain if _fits(plain) else f"_{plain}"


def sendable(
    request: ModelRequest, *, endpoint: Endpoint, wire: str, names: WireNames
) -> ModelRequest:
    """``request`` with names, ids and turns that the provider accepts.

    What the same provider wrote keeps its ids, because some want theirs back: Kimi's are
    ``functions.weather:0``.
    """
    is_mistral = bool(_MISTRAL.search(f"{endpoint.provider.id} {endpoint.model_id}"))
    turns = _Turns(endpoint, wire, names, _MISTRAL_ID if is_mistral else _ID)
    messages = turns.written(_paired(without_empty(request.messages)))
    if is_mistral:
        messages = list(_with_turns_after_results(messages))
    tools = tuple(
        spec if _fits(spec.name) else replace(spec, name=names.theirs(spec.name))
        for spec in request.tools
    )
    return replace(request, messages=tuple(messages), tools=tools)


class _Turns:
    """Rewrites the turns with tools of one conversation."""

    def __init__(
        self, endpoint: Endpoint, wire: str, names: WireNames, allowed: re.Pattern[str]
    ) -> None:
        self._endpoint, self._wire, self._names, self._allowed = endpoint, wire, names, allowed
        self._taken: set[str] = set()
        self._sent: dict[str, str] = {}
        """Ids of the latest turn with calls, and those sent in their place."""

    def written(self, messages: list[ChatMessage]) -> list[ChatMessage]:
        return [self._written(message) for message in messages]

    def _written(self, message: ChatMessage) -> ChatMessage:
        if message.role == "tool":
            return replace(message, tool_use_id=self._sent[message.tool_use_id])
        if not message.tool_uses:
            return message
        is_own = carried_by(message, self._endpoint, self._wire) is not None
        self._sent = {use.id: use.id if is_own else self._id(use.id) for use in message.tool_uses}
        self._taken.update(self._sent.values())
        uses = (
            replace(use, id=self._sent[use.id], name=self._names.theirs(use.name))
            for use in message.tool_uses
        )
        return replace(message, tool_uses=tuple(uses))

    def _id(self, given: str) -> str:
        if self._allowed.fullmatch(given) and given not in self._taken:
            return given
        made = sha256(f"{len(self._taken)} {given}".encode("utf-8", "replace")).hexdigest()
        return made[:9]


def _paired(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages with one result for each call, in the order of the calls.

    A result without a call becomes text.
    """
    paired: list[ChatMessage] = []
    waiting: dict[str, ChatMessage] = {}
    answered: set[str] = set()
    strays: list[ChatMessage] = []
    for message in [*messages, None]:
        if message is None or message.role != "tool":
            paired += [*waiting.values(), *strays]
            waiting, answered, strays = {}, set(), []
        if message is None:
            break
        if message.role != "tool":
            paired.append(message)
            for use in message.tool_uses:
                waiting[use.id] = ChatMessage(role="tool", content=NO_RESULT, tool_use_id=use.id)
        elif message.tool_use_id in waiting and message.tool_use_id not in answered:
            waiting[message.tool_use_id] = message
            answered.add(message.tool_use_id)
        else:
            said = message.content.strip() or NO_RESULT
            strays.append(ChatMessage(role="user", content=said, images=message.images))
    return paired


def _with_turns_after_results(messages: Sequence[ChatMessage]) -> Iterator[ChatMessage]:
    """The messages with a turn of the assistant between results and the user."""
    before = ""
    for message in messages:
        if before == "tool" and message.role == "user":
            yield ChatMessage(role="assistant", content=_AFTER_RESULTS)
        yield message
        before = message.role


def _fits(name: str) -> bool:
    return _NAME.fullmatch(name) is not None
