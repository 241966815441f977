"""Estimates of token counts, for replies whose provider gives none; always flagged as estimates."""

from __future__ import annotations

from collections.abc import Iterable

from pyagent.messages import ChatMessage
from pyagent.protocol import TokenUsage

BYTES_PER_TOKEN = 4
"""Common for English text and code with today's vocabularies. Other scripts take more bytes, and
more tokens too."""
MESSAGE_TOKENS = 4
"""What a chat template adds around a message."""
IMAGE_TOKENS = 1_000
"""Providers count some 260 to 1,400 for an image of one megapixel."""


def estimate_tokens(text: str) -> int:
    """About how many tokens ``text`` is."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def estimate_usage(messages: Iterable[ChatMessage], reply: str) -> TokenUsage:
    """The estimated usage of one request."""
    return TokenUsage(
        input_tokens=sum(map(_tokens_of, messages)),
        output_tokens=estimate_tokens(reply),
        estimated=True,
    )


def _tokens_of(message: ChatMessage) -> int:
    uses = "".join(f"{use.name}{use.arguments}" for use in message.tool_uses)
    words = estimate_tokens(message.content) + estimate_tokens(uses)
    return MESSAGE_TOKENS + words + IMAGE_TOKENS * len(message.images)
