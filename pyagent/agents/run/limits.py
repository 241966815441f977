"""Which limit of tokens or cost a run has reached. The run's state asks after each reply."""

from __future__ import annotations

from pyagent.protocol import Limits, TokenUsage


def limit_reached(limits: Limits, usage: TokenUsage) -> str:
    """Say in words which limit ``usage`` has reached; empty for none."""
    if limits.tokens is not None and usage.total_tokens >= limits.tokens:
        return f"{limits.tokens:,} tokens"
    if limits.cost_usd is not None and (usage.cost_usd or 0.0) >= limits.cost_usd:
        return f"{limits.cost_usd:g} US dollars"
    return ""
