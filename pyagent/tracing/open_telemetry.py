"""Spans for OpenTelemetry, by its API alone: the program chooses SDK and exporter."""

from __future__ import annotations

import os
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from pyagent.tracing.spans import Span

CONTENTS = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""The variable of the environment by which people ask for the contents of messages."""


class OpenTelemetrySink:
    """Gives spans to a tracer. The span of a run is in the context that is current at its start."""

    def __init__(self, tracer: Any, *, contents: bool = False) -> None:
        self.contents = contents
        self._tracer = tracer
        self._open: dict[str, Any] = {}

    def started(self, span: Span) -> None:
        parent = self._open.get(span.parent_id)
        self._open[span.span_id] = self._tracer.start_span(
            span.name,
            context=None if parent is None else trace.set_span_in_context(parent),
            kind=SpanKind.CLIENT if span.kind == "client" else SpanKind.INTERNAL,
            attributes=dict(span.attributes),
            start_time=span.start_ns,
        )

    def ended(self, span: Span) -> None:
        theirs = self._open.pop(span.span_id)
        theirs.set_attributes(span.attributes)
        for event in span.events:
            theirs.add_event(event.name, dict(event.attributes), timestamp=event.time_ns)
        if span.error:
            theirs.set_status(Status(StatusCode.ERROR, span.error_message or span.error))
        theirs.end(end_time=span.end_ns)


def sink_of_the_program() -> OpenTelemetrySink | None:
    """The sink for the tracer provider that the program has set; None if it has set none."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    contents = os.environ.get(CONTENTS, "").lower() in ("true", "1", "span_only", "span_and_event")
    return OpenTelemetrySink(trace.get_tracer("pyagent"), contents=contents)
