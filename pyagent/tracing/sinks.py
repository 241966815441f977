"""Who gets the spans of runs: sinks that a program adds, and OpenTelemetry where it is set up."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from pyagent.protocol import Event
from pyagent.tracing.spans import Sink, Span, SpanMaker

Emit: TypeAlias = Callable[[Event, Sequence[bytes]], None]

logger = logging.getLogger(__name__)

_sinks: list[Sink] = []


def add_sink(sink: Sink) -> None:
    """Give the spans of all runs that begin from now on to ``sink`` too."""
    _sinks.append(sink)


def remove_sink(sink: Sink) -> None:
    """Give no more spans to ``sink``. Runs that are under way go on giving theirs."""
    if sink in _sinks:
        _sinks.remove(sink)


@contextmanager
def tracing_to(sink: Sink) -> Iterator[Sink]:
    """Give the spans of the runs that begin in the block to ``sink``."""
    add_sink(sink)
    try:
        yield sink
    finally:
        remove_sink(sink)


def traced(emit: Emit, *, agent: str = "", model: str = "") -> Emit:
    """``emit`` for a run whose spans the sinks get; ``emit`` itself if there is no sink.

    ``agent`` and ``model`` are the names for a run that goes on after an interruption.
    """
    sinks = [_Guarded(sink) for sink in (*_sinks, *_open_telemetry())]
    if not sinks:
        return emit
    maker = SpanMaker(sinks, agent=agent, model=model)

    def trace_and_emit(event: Event, buffers: Sequence[bytes]) -> None:
        maker.take(event)
        emit(event, buffers)

    return trace_and_emit


def _open_telemetry() -> Sequence[Sink]:
    """The sink for OpenTelemetry, if the program has set it up: it is imported by nobody else."""
    if "opentelemetry.sdk.trace" not in sys.modules and "opentelemetry.trace" not in sys.modules:
        return ()
    # Imported here: it is optional, and imported already.
    from pyagent.tracing.open_telemetry import sink_of_the_program

    found = sink_of_the_program()
    return () if found is None else (found,)


class _Guarded:
    """A sink whose faults end no run. The first is logged."""

    def __init__(self, sink: Sink) -> None:
        self.contents = sink.contents
        self._sink: Sink | None = sink

    def started(self, span: Span) -> None:
        self._give("started", span)

    def ended(self, span: Span) -> None:
        self._give("ended", span)

    def _give(self, what: str, span: Span) -> None:
        if self._sink is None:
            return
        try:
            getattr(self._sink, what)(span)
        except Exception:  # of somebody else's exporter
            logger.exception("A run is traced no further")
            self._sink = None
