"""Token counts where a provider gives none: an estimate, always flagged as one."""

from __future__ import annotations

from collections.abc import Iterable

from pyagent.messages import ChatMessage
from pyagent.protocol import TokenUsage

BYTES_PER_TOKEN = 4
"""Common for English text and code with today's vocabularies; other scripts cost more bytes and
more tokens alike."""
MESSAGE_TOKENS = 4
"""What a chat template adds around a message."""


def estimate_tokens(text: str) -> int:
    """About how many tokens ``text`` is."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def estimate_usage(messages: Iterable[ChatMessage], reply: str) -> TokenUsage:
    """The usage of one request, estimated."""
    return TokenUsage(
        input_tokens=sum(MESSAGE_TOKENS + estimate_tokens(m.content) for m in messages),
        output_tokens=estimate_tokens(reply),
        estimated=True,
    )
