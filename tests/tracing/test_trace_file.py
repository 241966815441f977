"""Spans in a file come back as they were; collectors can read them, and a report sums them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from pyagent.errors import FileError
from pyagent.tracing.otlp_file import TraceFile, as_otlp, read_spans
from pyagent.tracing.report import report_of
from pyagent.tracing.spans import Span, SpanEvent, Value

SECOND = 1_000_000_000


def span(
    name: str, *, seconds: float = 1, parent: str = "", error: str = "", **told: Value
) -> Span:
    attributes: dict[str, Value] = {key.replace("__", "."): value for key, value in told.items()}
    return Span(
        name=name,
        kind="client" if name.startswith("chat") else "internal",
        trace_id="ab" * 16,
        span_id="cd" * 8,
        parent_id=parent,
        start_ns=5 * SECOND,
        end_ns=int((5 + seconds) * SECOND),
        attributes=attributes | ({"error.type": error} if error else {}),
        error=error,
        error_message="It broke." if error else "",
    )


def chat(*, seconds: float = 1, cost: float | None = None, error: str = "") -> Span:
    made = span("chat m", seconds=seconds, parent="12" * 8, error=error)
    made.attributes |= {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
        "gen_ai.usage.cache_read.input_tokens": 60,
    }
    if cost is not None:
        made.attributes["pyagent.cost_usd"] = cost
    return made


ODD = span(
    "ünïcode\n", error="ValueError", parent="ef" * 8, a=1, b=2.5, c=True, d="ü\u2028", e=-(2**62)
)


def test_spans_come_back_from_a_file_as_they_were(tmp_path: Path) -> None:
    file = TraceFile(tmp_path / "trace.jsonl")
    for one in (ODD, chat(cost=0.5)):
        file.started(one)
        file.ended(one)
    file.close()
    assert [*read_spans(tmp_path / "trace.jsonl")] == [ODD, chat(cost=0.5)]


def test_file_is_appended_to(tmp_path: Path) -> None:
    for _ in range(2):
        file = TraceFile(tmp_path / "trace.jsonl")
        file.ended(ODD)
        file.close()
    assert len([*read_spans(tmp_path / "trace.jsonl")]) == 2


def test_lines_are_requests_of_otlp() -> None:
    event = SpanEvent(name="retry", time_ns=6 * SECOND, attributes={"pyagent.level": "warning"})
    read = ParseDict(as_otlp(replace(ODD, events=[event])), ExportTraceServiceRequest())
    (theirs,) = read.resource_spans[0].scope_spans[0].spans
    assert (theirs.name, theirs.start_time_unix_nano) == (ODD.name, 5 * SECOND)
    assert theirs.status.message == "It broke."
    assert theirs.events[0].name == "retry"
    assert {one.key for one in theirs.attributes} == {*"abcde", "error.type"}


@pytest.mark.parametrize(
    "line",
    ["no json", "[]", "{}", '{"resourceSpans": 7}', '{"resourceSpans": [{"scopeSpans": [{}]}]}'],
)
def test_line_that_is_no_span_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "t.jsonl").write_text(f"\n\n{line}\n" + json.dumps(as_otlp(ODD)))
    with pytest.raises(FileError, match=r"Line 3 of .* is no span"):
        [*read_spans(tmp_path / "t.jsonl")]


def test_last_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    whole = json.dumps(as_otlp(ODD))
    (tmp_path / "t.jsonl").write_text(f"{whole}\n{whole[:50]}")
    assert [*read_spans(tmp_path / "t.jsonl")] == [ODD]


def test_file_with_a_line_that_was_cut_off_is_gone_on_with(tmp_path: Path) -> None:
    whole = json.dumps(as_otlp(ODD))
    (tmp_path / "t.jsonl").write_text(f"{whole}\n{whole[:50]}")
    file = TraceFile(tmp_path / "t.jsonl")
    file.ended(ODD)
    file.close()
    assert [*read_spans(tmp_path / "t.jsonl")] == [ODD, ODD]


def test_half_of_a_surrogate_pair_can_be_written(tmp_path: Path) -> None:
    odd = span("half", text="a\ud83d")
    file = TraceFile(tmp_path / "t.jsonl", contents=True)
    file.ended(odd)
    file.close()
    assert [*read_spans(tmp_path / "t.jsonl")] == [odd]


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Spans cannot be written"):
        TraceFile(tmp_path / "nowhere" / "t.jsonl")


def test_report_sums_runs_tokens_cost_times_and_errors() -> None:
    agent = {"gen_ai__operation__name": "invoke_agent"}
    call = {"gen_ai__operation__name": "execute_tool"}
    spans = [
        span("invoke_agent a", **agent, pyagent__reason="answered"),
        span("invoke_agent a", **agent, pyagent__reason="limit", error="limit"),
        span("invoke_agent b", **agent, pyagent__reason="answered", parent="12" * 8),
        span("invoke_agent a", **agent),
        *(chat(seconds=n, cost=0.25 if n < 4 else None) for n in (1, 2, 3, 4)),
        span("step 1"),
        span("step 2"),
        span("execute_tool t", **call, error="ValueError", seconds=9),
    ]
    report = report_of(spans)
    assert dict(report.runs) == {"answered": 1, "limit": 1, "broken off": 1}
    assert (report.input_tokens, report.output_tokens, report.cached_tokens) == (400, 40, 240)
    assert (report.cost_usd, report.unpriced) == (0.75, 1)
    assert (report.times["chat m"].median, len(report.times["step"].seconds)) == (2.5, 2)
    assert [*report.times][:2] == ["chat m", "execute_tool t"]  # the longest first
    assert dict(report.errors) == {"ValueError": 1}
    assert [one.name for one in report.slowest][:2] == ["execute_tool t", "chat m"]
