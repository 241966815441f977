"""Spans made of the events of a run: agent, step, model call, code and tool call.

Names and attributes follow the OpenTelemetry semantic conventions for generative AI, version 1.41,
which are still in development. What they have no name for begins with ``pyagent.``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import time_ns
from typing import Literal, Protocol, TypeAlias

from pyagent.protocol import (
    ApprovalRequested,
    Event,
    InputRequested,
    ModelReplied,
    Notice,
    PauseEnded,
    Planned,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    StepFinished,
    StepStarted,
    TokenUsage,
    ToolFinished,
    ToolStarted,
)

Value: TypeAlias = str | int | float | bool
MAX_TEXT = 20_000
"""The most characters of a text in a span, for content that was asked for."""
MAX_EVENTS = 200
_TOLD = (ApprovalRequested, InputRequested, PauseEnded, RunPaused, RunResumed)


@dataclass(kw_only=True)
class SpanEvent:
    """Something that happened at one moment of a span."""

    name: str
    time_ns: int
    attributes: Mapping[str, Value]


@dataclass(kw_only=True)
class Span:
    """Something that took time. Times are nanoseconds since 1970; ids are hexadecimal."""

    name: str
    kind: Literal["internal", "client"] = "internal"
    trace_id: str
    span_id: str
    parent_id: str = ""
    start_ns: int
    end_ns: int = 0
    attributes: dict[str, Value] = field(default_factory=dict)
    events: list[SpanEvent] = field(default_factory=list)
    error: str = ""
    """The type of what went wrong; empty if nothing did."""
    error_message: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.end_ns - self.start_ns) / 1e9


class Sink(Protocol):
    """Gets the spans of runs, parents before children. It must be quick, and must not raise."""

    contents: bool
    """Whether spans have the texts of tasks, code, arguments and answers too."""

    def started(self, span: Span) -> None: ...

    def ended(self, span: Span) -> None: ...


@dataclass(kw_only=True)
class _Run:
    """The open spans of one run."""

    agent: Span
    step: Span | None = None
    code: Span | None = None
    tools: dict[int, Span] = field(default_factory=dict)
    model: str = ""

    def innermost(self) -> Span:
        return self.code or self.step or self.agent


class SpanMaker:
    """Makes spans of the events of one run and of the managed agents that it calls."""

    def __init__(
        self,
        sinks: Iterable[Sink],
        *,
        agent: str = "",
        model: str = "",
        now: Callable[[], int] = time_ns,
    ) -> None:
        self._agent, self._model = agent, model
        """The names of the agent and the model, for a run that goes on and does not say them."""
        self._sinks = tuple(sinks)
        self._contents = any(sink.contents for sink in self._sinks)
        self._now = now
        self._runs: dict[str, _Run] = {}

    def take(self, event: Event) -> None:
        """Take the next event of the run."""
        if isinstance(event, RunStarted):
            self._begin_run(event)
        elif isinstance(event, RunResumed) and event.run_id not in self._runs:
            self._resume_run(event)
        elif (run := self._runs.get(event.run_id)) is None:
            return
        elif isinstance(event, StepStarted):
            self._close(run.step)
            run.step = self._open(run.agent, f"step {event.step}", {"pyagent.step": event.step})
        elif isinstance(event, Planned):
            self._called_model(run, run.agent, event.token_usage, event.seconds, plan=event.plan)
        elif isinstance(event, ModelReplied):
            self._replied(run, event)
        elif isinstance(event, ToolStarted):
            self._begin_tool(run, event)
        elif isinstance(event, ToolFinished):
            self._end_tool(run, event)
        elif isinstance(event, StepFinished):
            self._end_step(run, event)
        elif isinstance(event, RunFinished):
            self._end_run(run, event)
        elif isinstance(event, Notice):
            told: dict[str, Value] = {"pyagent.level": event.level}
            if self._contents:
                told["pyagent.message"] = event.message[:MAX_TEXT]
            self._happened(run, "retry" if event.retry_in_s is not None else "notice", told)
        elif isinstance(event, _TOLD):
            self._happened(run, event.type, {})

    # --- runs ----------------------------------------------------------------------------------

    def _begin_run(self, event: RunStarted) -> None:
        caller = self._runs.get(event.parent_run_id)
        parent = None
        if caller is not None:
            parent = caller.tools.get(event.parent_call_id or 0, caller.innermost())
        told: dict[str, Value] = {}
        if self._contents:
            told["gen_ai.input.messages"] = _messages("user", event.task)
        self._open_run(event.run_id, parent, event.agent, event.model, told)

    def _resume_run(self, event: RunResumed) -> None:
        """Begin the span of a run that was interrupted in another program, from here on."""
        told: dict[str, Value] = {"pyagent.resumed_after_step": event.step}
        self._open_run(event.run_id, None, self._agent, self._model, told)

    def _open_run(
        self, run_id: str, parent: Span | None, agent: str, model: str, told: dict[str, Value]
    ) -> None:
        attributes: dict[str, Value] = {
            "gen_ai.operation.name": "invoke_agent",
            "pyagent.run_id": run_id,
            **told,
        }
        if agent:
            attributes["gen_ai.agent.name"] = agent
        if model:
            attributes["gen_ai.request.model"] = model
        span = self._open(parent, f"invoke_agent {agent}".rstrip(), attributes)
        self._runs[run_id] = _Run(agent=span, model=model)

    def _end_run(self, run: _Run, event: RunFinished) -> None:
        run.agent.attributes |= {
            **_usage(event.token_usage),
            "pyagent.reason": event.reason,
            "pyagent.steps": event.steps,
        }
        if self._contents and event.output is not None:
            text = event.output if isinstance(event.output, str) else _json(event.output)
            run.agent.attributes["gen_ai.output.messages"] = _messages("assistant", text)
        if event.problem is not None and self._contents:
            run.agent.error_message = event.problem.message
        kind = event.problem.kind if event.problem else event.reason
        self._close_all(run, "" if event.success else kind)
        del self._runs[event.run_id]

    def _close_all(self, run: _Run, error: str) -> None:
        for tool in [*run.tools.values()]:
            self._close(tool, error)
        self._close(run.code, error)
        self._close(run.step, error)
        self._close(run.agent, error)

    # --- steps ---------------------------------------------------------------------------------

    def _replied(self, run: _Run, event: ModelReplied) -> None:
        parent = run.step or run.agent
        text = event.code or event.thought
        self._called_model(run, parent, event.token_usage, event.seconds, reply=text)
        if event.code:
            attributes: dict[str, Value] = {"pyagent.operation": "execute_code"}
            if self._contents:
                attributes["pyagent.code"] = event.code[:MAX_TEXT]
            run.code = self._open(parent, "execute_code", attributes)

    def _called_model(
        self,
        run: _Run,
        parent: Span,
        usage: TokenUsage,
        seconds: float,
        *,
        plan: str = "",
        reply: str = "",
    ) -> None:
        attributes: dict[str, Value] = {"gen_ai.operation.name": "chat", **_usage(usage)}
        if run.model:
            attributes["gen_ai.request.model"] = run.model
        if plan:
            attributes["pyagent.purpose"] = "plan"
        if self._contents:
            attributes["gen_ai.output.messages"] = _messages("assistant", plan or reply)
        start_ns = max(self._now() - int(seconds * 1e9), parent.start_ns)
        name = f"chat {run.model}".rstrip()
        self._close(self._open(parent, name, attributes, kind="client", start_ns=start_ns))

    def _end_step(self, run: _Run, event: StepFinished) -> None:
        error = event.error
        for number in [*run.tools]:
            self._close(run.tools.pop(number), "cancelled")
        for span in (run.code, run.step):
            if span is not None and error is not None:
                span.error_message = error.message if self._contents else ""
            self._close(span, error.type if error else "")
        run.code = run.step = None

    # --- tools ---------------------------------------------------------------------------------

    def _begin_tool(self, run: _Run, event: ToolStarted) -> None:
        attributes: dict[str, Value] = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": event.name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": str(event.call_id),
        }
        if self._contents:
            attributes["gen_ai.tool.call.arguments"] = _json(event.arguments)[:MAX_TEXT]
        name = f"execute_tool {event.name}"
        run.tools[event.call_id] = self._open(run.innermost(), name, attributes)

    def _end_tool(self, run: _Run, event: ToolFinished) -> None:
        span = run.tools.pop(event.call_id, None)
        if span is None:
            return
        if self._contents:
            span.attributes["gen_ai.tool.call.result"] = event.preview[:MAX_TEXT]
        if event.error is not None and self._contents:
            span.error_message = event.error.message
        self._close(span, event.error.type if event.error else "")

    # --- spans ---------------------------------------------------------------------------------

    def _happened(self, run: _Run, name: str, attributes: Mapping[str, Value]) -> None:
        span = run.innermost()
        if len(span.events) < MAX_EVENTS:
            span.events.append(SpanEvent(name=name, time_ns=self._now(), attributes=attributes))

    def _open(
        self,
        parent: Span | None,
        name: str,
        attributes: dict[str, Value],
        *,
        kind: Literal["internal", "client"] = "internal",
        start_ns: int = 0,
    ) -> Span:
        span = Span(
            name=name,
            kind=kind,
            trace_id=parent.trace_id if parent else secrets.token_hex(16),
            span_id=secrets.token_hex(8),
            parent_id=parent.span_id if parent else "",
            start_ns=start_ns or self._now(),
            attributes=attributes,
        )
        for sink in self._sinks:
            sink.started(span)
        return span

    def _close(self, span: Span | None, error: str = "") -> None:
        if span is None or span.end_ns:
            return
        span.end_ns = self._now()
        span.error = error
        if error:
            span.attributes["error.type"] = error
        for sink in self._sinks:
            sink.ended(span)


def _usage(usage: TokenUsage) -> dict[str, Value]:
    told: dict[str, Value] = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
    }
    if usage.cached_tokens:
        told["gen_ai.usage.cache_read.input_tokens"] = usage.cached_tokens
    if usage.cache_write_tokens:
        told["gen_ai.usage.cache_creation.input_tokens"] = usage.cache_write_tokens
    if usage.estimated:
        told["pyagent.usage.estimated"] = True
    if usage.cost_usd is not None:
        told["pyagent.cost_usd"] = usage.cost_usd
    return told


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _messages(role: str, text: str) -> str:
    """One message in the form of the conventions, as JSON."""
    return _json([{"role": role, "parts": [{"type": "text", "content": text[:MAX_TEXT]}]}])
