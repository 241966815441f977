"""Chat messages and tools, as memory writes them and models read them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pyagent.pictures import Picture
from pyagent.protocol import Json

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, kw_only=True)
class Image(Picture):
    """A picture: of a task, of what code showed, or of what a tool takes or returns.

    Models read ``image/png``, ``image/jpeg``, ``image/webp`` and ``image/gif``.
    """

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the bytes to a file, in the type that they have."""
        Path(path).write_bytes(self.data)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Json]:
        """Show the image in a notebook."""
        return self.bundle


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
    """The pictures of a user's message, before the text; of a tool's result, after it."""
    tool_uses: tuple[ToolUse, ...] = ()
    """The calls of an assistant's message. A ``tool`` message follows for each, in this order."""
    tool_use_id: str = ""
    """The tool use that a ``tool`` message answers."""
    carried: Mapping[str, Json] = field(default_factory=dict)
    """Wire format → what the provider wants back unchanged with this turn: signed thoughts."""
