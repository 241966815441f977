"""What is known of each wire format beside its code: its name in messages, and its addresses."""

from __future__ import annotations

from dataclasses import dataclass

from pyagent.protocol import WireFormat


@dataclass(frozen=True, kw_only=True)
class FormatFacts:
    """What messages, addresses and settings need to know of a wire format."""

    serves: str
    """What a server of this format has, as in "has no … here"."""
    version: str = "v1"
    """The last part of its usual base URL."""
    always_versioned: bool = False
    """Whether every server has the version in its paths, so that people leave it out of the base
    URL."""
    takes_thinking: bool = False
    """Whether its class has the option ``thinking``."""


FORMAT_FACTS: dict[WireFormat, FormatFacts] = {
    "openai": FormatFacts(serves="chat completions"),
    "responses": FormatFacts(serves="responses"),
    "anthropic": FormatFacts(
        serves="Anthropic messages", always_versioned=True, takes_thinking=True
    ),
    "gemini": FormatFacts(
        serves="Gemini models", version="v1beta", always_versioned=True, takes_thinking=True
    ),
}
