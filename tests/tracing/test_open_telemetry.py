"""OpenTelemetry's real SDK gets the spans: in memory, and over HTTP at a collector's address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from pyagent import CodeAgent, ScriptedModel
from pyagent.tracing.open_telemetry import CONTENTS


def provide(monkeypatch: pytest.MonkeyPatch, exporter: SpanExporter) -> TracerProvider:
    """Set up OpenTelemetry as a program does, for one test."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return provider


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provide(monkeypatch, exporter)
    return exporter


def run() -> None:
    with CodeAgent(
        [], ScriptedModel(["raise ValueError(7)", "final_answer(1)"], model_id="m-1")
    ) as agent:
        assert agent.run("The secret task.").output == 1


def test_program_that_set_up_open_telemetry_needs_nothing_more(
    memory: InMemorySpanExporter,
) -> None:
    run()
    spans = {span.name: span for span in memory.get_finished_spans()}
    agent, step, chat = spans["invoke_agent"], spans["step 2"], spans["chat m-1"]
    assert step.parent is not None
    assert chat.parent is not None
    assert step.parent.span_id == agent.context.span_id
    assert chat.parent.span_id == step.context.span_id
    assert chat.kind is SpanKind.CLIENT
    assert agent.attributes is not None
    assert agent.attributes["gen_ai.operation.name"] == "invoke_agent"
    failed = next(span for span in memory.get_finished_spans() if span.name == "step 1")
    assert failed.status.status_code is StatusCode.ERROR
    assert agent.status.status_code is StatusCode.UNSET


def test_spans_of_the_program_itself_are_the_parents(memory: InMemorySpanExporter) -> None:
    with trace.get_tracer("shop").start_as_current_span("order"):
        run()
    spans = {span.name: span for span in memory.get_finished_spans()}
    assert spans["invoke_agent"].parent is not None
    assert spans["invoke_agent"].parent.span_id == spans["order"].context.span_id
    assert len({span.context.trace_id for span in spans.values()}) == 1


@pytest.mark.parametrize(("asked", "there"), [("true", True), ("", False)])
def test_contents_come_by_the_variable_of_the_conventions(
    memory: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, asked: str, there: bool
) -> None:
    monkeypatch.setenv(CONTENTS, asked)
    run()
    spans = memory.get_finished_spans()
    assert ("The secret task." in str([span.attributes for span in spans])) is there


def test_without_a_provider_nothing_is_traced() -> None:
    run()  # opentelemetry is imported, and its provider stands for none
    assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """The address of a collector's stand-in, which stores and forwards nothing, and what it got."""
    got: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", got
        server.shutdown()


def test_collector_gets_the_spans_over_http(
    monkeypatch: pytest.MonkeyPatch, collector: tuple[str, list[ExportTraceServiceRequest]]
) -> None:
    address, got = collector
    provider = provide(monkeypatch, OTLPSpanExporter(endpoint=address))
    run()
    provider.shutdown()
    names = [
        span.name
        for request in got
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert sorted(names) == [
        *("chat m-1", "chat m-1", "execute_code", "execute_code"),
        *("invoke_agent", "step 1", "step 2"),
    ]
