"""The price of a model, and what a reply costs by it. ``Model.stream`` asks, once a reply."""

from __future__ import annotations

from dataclasses import dataclass

from pyagent.protocol import TokenUsage


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float
    cached_input: float | None = None
    """Price of input read from the provider's cache; None when it costs as much as other input."""
    cache_write: float | None = None
    """Price of input written to the cache; None when it costs as much as other input."""

    def of(self, usage: TokenUsage) -> float:
        """What ``usage`` costs, in US dollars. No more is cached than was read."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        kept = min(usage.cache_write_tokens, usage.input_tokens - cached)
        dollars = (
            (usage.input_tokens - cached - kept) * self.input
            + cached * (self.input if self.cached_input is None else self.cached_input)
            + kept * (self.input if self.cache_write is None else self.cache_write)
            + usage.output_tokens * self.output
        )
        return dollars / 1_000_000
