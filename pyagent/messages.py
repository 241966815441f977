"""Chat messages and tools, as memory writes them and models read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol import Json

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture for a model."""

    media_type: str
    """``image/png``, ``image/jpeg``, ``image/webp`` or ``image/gif``."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """The description of a tool that a model gets."""

    name: str
    description: str
    parameters: Mapping[str, Json]
    """A JSON Schema of type ``object``."""


@dataclass(frozen=True, kw_only=True)
class ToolUse:
    """A model's request to call a tool."""

    id: str
    """The provider's id. The result refers to it."""
    name: str
    arguments: dict[str, Json] = field(default_factory=dict)
    fault: str = ""
    """Why the arguments could not be read. If it is set, they are empty."""


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """One turn of a conversation with a model."""

    role: Role
    """``tool`` for the result of one tool use."""
    content: str
    images: tuple[Image, ...] = ()
    """The pictures of a user's message, before the text."""
    tool_uses: tuple[ToolUse, ...] = ()
    """The calls of an assistant's message. A ``tool`` message follows for each, in this order."""
    tool_use_id: str = ""
    """The tool use that a ``tool`` message answers."""
    carried: Mapping[str, Json] = field(default_factory=dict)
    """Wire format → what the provider wants back unchanged with this turn: signed thoughts."""
