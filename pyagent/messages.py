"""Chat messages, as models read them and memory writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """One turn of a conversation with a model."""

    role: Role
    content: str
