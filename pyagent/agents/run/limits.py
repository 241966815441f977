"""What one run may use, and which limit is reached. The run's scope asks it."""

from __future__ import annotations

from dataclasses import dataclass

from pyagent.protocol import TokenUsage


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may use, managed agents included; None for no limit.

    Tokens and cost are counted when a reply ends, so those under way may go beyond; one that ends
    early is counted by estimate. Seconds hold at once. The run then ends with the reason
    ``limit``. A cost limit needs a model whose price is known; a run says so where it is not.
    """

    tokens: int | None = None
    """Input and output together."""
    cost_usd: float | None = None
    seconds: float | None = None

    def reached_by(self, usage: TokenUsage) -> str:
        """Which limit is reached, in words; empty for none."""
        if self.tokens is not None and usage.total_tokens >= self.tokens:
            return f"{self.tokens:,} tokens"
        if self.cost_usd is not None and (usage.cost_usd or 0.0) >= self.cost_usd:
            return f"{self.cost_usd:g} US dollars"
        return ""
