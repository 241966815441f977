"""Chat messages and tools, as models read them and memory writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol import Json

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture that a model is shown."""

    media_type: str
    """``image/png``, ``image/jpeg``, ``image/webp`` or ``image/gif``."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """A tool as a model is told of it."""

    name: str
    description: str
    parameters: Mapping[str, Json]
    """A JSON Schema of type ``object``."""


@dataclass(frozen=True, kw_only=True)
class ToolUse:
    """A model's wish to call a tool."""

    id: str
    """The provider's; the result names it."""
    name: str
    arguments: dict[str, Json] = field(default_factory=dict)
    fault: str = ""
    """Why the arguments could not be read; they are empty then."""


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """One turn of a conversation with a model."""

    role: Role
    """``tool`` for the result of one tool use."""
    content: str
    images: tuple[Image, ...] = ()
    """A user's, ahead of the text."""
    tool_uses: tuple[ToolUse, ...] = ()
    """An assistant's. A ``tool`` message follows for each, in this order."""
    tool_use_id: str = ""
    """Which use a ``tool`` message answers."""
    carried: Mapping[str, Json] = field(default_factory=dict)
    """Wire format → what a provider wants back unchanged with its turn, such as signed thoughts."""
