"""Metrics of runs for Prometheus, by its official client: a sink that counts spans."""

from __future__ import annotations

from typing import Any

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.registry import CollectorRegistry

from pyagent.tracing.spans import Span

MAX_NAMES = 200
"""The most names of one label: models can call tools by any name, and Prometheus keeps each."""
OTHER = "other"
_SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300)
_TOKENS = {
    "input": "gen_ai.usage.input_tokens",
    "cached": "gen_ai.usage.cache_read.input_tokens",
    "output": "gen_ai.usage.output_tokens",
}


class PrometheusSink:
    """Counts runs, model calls, tokens, cost, executions and tool calls.

    Add it once, with ``add_sink``. ``registry`` is the client's own by default; the program serves
    it as it serves its other metrics.
    """

    contents = False

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"pyagent_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(f"pyagent_{name}", text, labels, registry=registry, buckets=_SECONDS)

        self._runs = counter("runs", "Runs that ended.", "agent", "reason")
        self._tokens = counter("tokens", "Tokens of model calls.", "model", "kind")
        self._cost = counter("cost_usd", "Cost of model calls in US dollars.", "model")
        self._errors = counter("errors", "Failed tool calls and code.", "kind", "type")
        self._run_s = histogram("run_seconds", "Time of runs.", "agent")
        self._model_s = histogram("model_call_seconds", "Time of model calls.", "model")
        self._tool_s = histogram("tool_call_seconds", "Time of tool calls.", "tool")
        self._code_s = histogram("code_seconds", "Time of a step's code.")
        self._names: dict[str, set[str]] = {}

    def started(self, span: Span) -> None:
        pass

    def ended(self, span: Span) -> None:
        told = span.attributes
        operation = str(told.get("gen_ai.operation.name", told.get("pyagent.operation", "")))
        match operation:
            case "invoke_agent":
                agent = self._label("agent", told.get("gen_ai.agent.name", ""))
                self._runs.labels(agent, str(told.get("pyagent.reason", ""))).inc()
                self._run_s.labels(agent).observe(span.seconds)
            case "chat":
                self._model_call(span)
            case "execute_tool":
                tool = self._label("tool", told.get("gen_ai.tool.name", ""))
                self._tool_s.labels(tool).observe(span.seconds)
            case "execute_code":
                self._code_s.observe(span.seconds)
        if span.error and operation != "invoke_agent" and operation:
            self._errors.labels(operation, self._label("type", span.error)).inc()

    def _model_call(self, span: Span) -> None:
        told = span.attributes
        model = self._label("model", told.get("gen_ai.request.model", ""))
        self._model_s.labels(model).observe(span.seconds)
        for kind, name in _TOKENS.items():
            self._tokens.labels(model, kind).inc(float(told.get(name, 0)))
        self._cost.labels(model).inc(float(told.get("pyagent.cost_usd", 0.0)))

    def _label(self, label: str, value: Any) -> str:
        known, name = self._names.setdefault(label, set()), str(value)[:100]
        if name not in known and len(known) >= MAX_NAMES:
            return OTHER
        known.add(name)
        return name
