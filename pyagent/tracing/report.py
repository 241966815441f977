"""What the spans of a file add up to: runs, tokens, cost, times and errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import quantiles

from pyagent.tracing.spans import Span

_INPUT, _OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
_CACHED, _COST = "gen_ai.usage.cache_read.input_tokens", "pyagent.cost_usd"
SLOWEST = 5


@dataclass(kw_only=True)
class Times:
    """How often something was done, and how long it took, in seconds."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def median(self) -> float:
        return self._quantile(50)

    @property
    def p95(self) -> float:
        return self._quantile(95)

    def _quantile(self, percent: int) -> float:
        if len(self.seconds) < 2:
            return sum(self.seconds)
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


@dataclass(kw_only=True)
class Report:
    """The sums over all spans."""

    runs: Counter[str] = field(default_factory=Counter)
    """Why runs ended → how many; without those of managed agents."""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """None if no model call has a known price."""
    unpriced: int = 0
    """The model calls without a known price."""
    times: dict[str, Times] = field(default_factory=dict)
    """The name of a kind of span, such as ``chat gpt-5-mini`` → its times."""
    errors: Counter[str] = field(default_factory=Counter)
    """Type of error → how many."""
    slowest: list[Span] = field(default_factory=list)
    """The longest model calls, tool calls and executions."""


def report_of(spans: Iterable[Span]) -> Report:
    """Add up spans, in any order."""
    report = Report()
    for span in spans:
        kind = "step" if span.name.startswith("step ") else span.name
        times = report.times.setdefault(kind, Times())
        times.seconds.append(span.seconds)
        if span.error:
            times.errors += 1
        _add(report, span)
    report.times = dict(sorted(report.times.items(), key=lambda one: -sum(one[1].seconds)))
    report.slowest.sort(key=lambda span: -span.seconds)
    del report.slowest[SLOWEST:]
    return report


def _add(report: Report, span: Span) -> None:
    told = span.attributes
    operation = told.get("gen_ai.operation.name")
    if operation == "invoke_agent" and not span.parent_id:
        report.runs[str(told.get("pyagent.reason", "broken off"))] += 1
    if operation == "chat":
        report.input_tokens += _count(span, _INPUT)
        report.output_tokens += _count(span, _OUTPUT)
        report.cached_tokens += _count(span, _CACHED)
        cost = told.get(_COST)
        if isinstance(cost, int | float):
            report.cost_usd = (report.cost_usd or 0.0) + cost
        else:
            report.unpriced += 1
    is_leaf = operation in ("chat", "execute_tool") or "pyagent.operation" in told
    if is_leaf:
        report.slowest.append(span)
        if span.error:
            report.errors[span.error] += 1
        if len(report.slowest) > 10_000:
            report.slowest.sort(key=lambda one: -one.seconds)
            del report.slowest[SLOWEST:]


def _count(span: Span, name: str) -> int:
    value = span.attributes.get(name, 0)
    return value if isinstance(value, int) else 0
