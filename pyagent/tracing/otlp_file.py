"""Spans as OTLP/JSON, one line each: files that collectors and ``pyagent report`` read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyagent.errors import FileError
from pyagent.tracing.spans import Span, SpanEvent, Value

_KINDS = {"internal": 1, "client": 3}
_ERROR = 2
MAX_LINE_CHARS = 10_000_000


class TraceFile:
    """A sink that appends each span to a file when the span ends. Raises ``FileError``."""

    def __init__(self, path: Path | str, *, contents: bool = False) -> None:
        self.contents = contents
        try:
            self._file = Path(path).open("a", encoding="ascii", buffering=1)  # noqa: SIM115
        except OSError as error:
            raise FileError(f"Spans cannot be written to {path}: {error.strerror}.") from error
        if _is_cut_off(Path(path)):
            self._file.write("\n")

    def started(self, span: Span) -> None:
        pass

    def ended(self, span: Span) -> None:
        self._file.write(json.dumps(as_otlp(span)) + "\n")

    def close(self) -> None:
        """Close the file. Spans that end later are lost."""
        self._file.close()


def _is_cut_off(path: Path) -> bool:
    """Whether a crash cut the last line of a file off."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() != b"\n"


def as_otlp(span: Span) -> dict[str, Any]:
    """A request of OTLP/HTTP with one span, for ``POST /v1/traces``."""
    made: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": _KINDS[span.kind],
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": [*_attributes(span.attributes)],
        "status": {},
    }
    if span.parent_id:
        made["parentSpanId"] = span.parent_id
    if span.events:
        made["events"] = [_event(event) for event in span.events]
    if span.error:
        made["status"] = {"code": _ERROR, "message": span.error_message or span.error}
    service = [*_attributes({"service.name": "pyagent"})]
    scope = {"scope": {"name": "pyagent"}, "spans": [made]}
    return {"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": [scope]}]}


def read_spans(path: Path) -> Iterator[Span]:
    """The spans in a file, in its order. Raises ``FileError`` for a file that holds something else.

    Lines that a crash cut off are passed over; the first line that is there must be whole.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            number, has_spans = 0, False
            while line := lines.readline(MAX_LINE_CHARS):
                number += 1
                if not line.strip():
                    continue
                try:
                    yield from _spans(json.loads(line))
                    has_spans = True
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    if not has_spans:
                        raise FileError(f"Line {number} of {path} is no span.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read: {error}.") from error


def _spans(request: Mapping[str, Any]) -> Iterable[Span]:
    for resource in request["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            yield from map(_span, scope["spans"])


def _span(given: Mapping[str, Any]) -> Span:
    status = given.get("status") or {}
    failed = status.get("code") == _ERROR
    attributes = {one["key"]: _value(one["value"]) for one in given.get("attributes", ())}
    return Span(
        name=str(given["name"]),
        kind="client" if given.get("kind") == _KINDS["client"] else "internal",
        trace_id=str(given["traceId"]),
        span_id=str(given["spanId"]),
        parent_id=str(given.get("parentSpanId", "")),
        start_ns=int(given["startTimeUnixNano"]),
        end_ns=int(given["endTimeUnixNano"]),
        attributes=attributes,
        error=str(attributes.get("error.type", "error")) if failed else "",
        error_message=str(status.get("message", "")) if failed else "",
    )


def _attributes(values: Mapping[str, Value]) -> Iterator[dict[str, Any]]:
    for key, value in values.items():
        yield {"key": key, "value": _typed(value)}


def _typed(value: Value) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case _:
            return {"stringValue": value}


def _value(typed: Mapping[str, Any]) -> Value:
    ((kind, value),) = typed.items()
    if kind == "intValue":
        return int(value)
    return value if isinstance(value, bool | float) else str(value)


def _event(event: SpanEvent) -> dict[str, Any]:
    return {
        "name": event.name,
        "timeUnixNano": str(event.time_ns),
        "attributes": [*_attributes(event.attributes)],
    }
