"""A run in the terminal: one method an event. Reads events, writes to consoles, decides nothing.

Text of models, tools and files is data: it is printed as ``Text``, never as markup, and terminal
control characters are taken out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from pyagent.cli.reply import ReplyPrinter
from pyagent.protocol import (
    Bundle,
    ErrorInfo,
    Event,
    Json,
    ModelDelta,
    Notice,
    Problem,
    RunFinished,
    StepDisplay,
    StepFinished,
    StepOutput,
    StepStarted,
    ToolFinished,
    ToolStarted,
)

TABLE = "application/vnd.dataresource+json"
_MAX_ROWS = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class RunView:
    """Shows a run. Progress may be quiet; answers and problems are always shown."""

    def __init__(self, progress: Console, answers: Console, problems: Console) -> None:
        self._progress = progress
        self._answers = answers
        self._problems = problems
        self._reply = ReplyPrinter(progress)
        self._handlers: dict[str, Callable[..., None]] = {
            "step_started": self._step_started,
            "model_delta": self._model_delta,
            "model_replied": lambda _: self._reply.end(),
            "step_output": self._step_output,
            "step_display": self._step_display,
            "step_finished": self._step_finished,
            "tool_started": self._tool_started,
            "tool_finished": self._tool_finished,
            "notice": self._notice,
            "run_finished": self._run_finished,
        }

    def show(self, event: Event) -> None:
        """Show one event."""
        handler = self._handlers.get(event.type)
        if handler is not None:
            handler(event)

    def problem(self, problem: Problem) -> None:
        """What went wrong, and what to do."""
        self._reply.end()
        self._problems.print(Text(_plain(problem.message), "bold red"), soft_wrap=True)
        if problem.advice:
            self._problems.print(Text(_plain(problem.advice)), soft_wrap=True)

    def _step_started(self, event: StepStarted) -> None:
        self._progress.rule(f"Step {event.step}", align="left", style="dim")

    def _model_delta(self, event: ModelDelta) -> None:
        self._reply.feed(_plain(event.text), reasoning=event.channel == "reasoning")

    def _step_output(self, event: StepOutput) -> None:
        style = "yellow" if event.stream == "stderr" else "none"
        for line in event.text.rstrip("\n").split("\n"):
            self._line(f"│ {line}", style)

    def _step_display(self, event: StepDisplay) -> None:
        _show_bundle(self._progress, event.bundle)

    def _step_finished(self, event: StepFinished) -> None:
        self._reply.end()
        if event.value is not None:
            _show_bundle(self._progress, event.value)
        if event.error is not None:
            self._error(event.error)

    def _tool_started(self, event: ToolStarted) -> None:
        arguments = ", ".join(f"{name}={value!r}" for name, value in event.arguments.items())
        self._line(_one_line(f"→ {event.name}({arguments})", 200), "cyan")

    def _tool_finished(self, event: ToolFinished) -> None:
        said = f"failed: {event.error.message}" if event.error else event.preview
        style = "red" if event.error else "dim"
        self._line(_one_line(f"← {event.name} {event.seconds:.1f} s: {said}", 200), style)

    def _notice(self, event: Notice) -> None:
        self._reply.end()
        self._line(event.message, "yellow" if event.level == "warning" else "dim")

    def _run_finished(self, event: RunFinished) -> None:
        self._reply.end()
        if event.output is not None:
            self._progress.rule("Answer" if event.success else "Best guess", align="left")
            show_answer(self._answers, event.output, event.bundle)
        if event.problem is not None:
            self.problem(event.problem)
        elif event.reason == "cancelled":
            self._line("Stopped.", "yellow")
        usage = event.token_usage
        about = "about " if usage.estimated else ""
        self._line(
            f"{event.steps} step{'s' if event.steps != 1 else ''} · {about}"
            f"{usage.input_tokens:,} + {usage.output_tokens:,} tokens · {event.seconds:.1f} s",
            "dim",
        )

    def _error(self, error: ErrorInfo) -> None:
        where = f" (line {error.line}: {error.source_line})" if error.source_line else ""
        self._line(f"{error.type}: {error.message}{where}", "red")

    def _line(self, text: str, style: str = "none") -> None:
        self._progress.print(Text(_plain(text), style), soft_wrap=True)


def show_answer(console: Console, output: Json, bundle: Bundle | None) -> None:
    """The answer: Markdown and tables on a terminal, plain text or JSON in a pipe."""
    if not console.is_terminal:
        text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
        console.print(Text(text), soft_wrap=True)
    elif isinstance(output, str):
        console.print(Markdown(_plain(output), hyperlinks=False))
    else:
        _show_bundle(console, bundle or {"text/plain": json.dumps(output, ensure_ascii=False)})


def _show_bundle(console: Console, bundle: Bundle) -> None:
    table = bundle.get(TABLE)
    if isinstance(table, dict):
        console.print(_table(table))
        return
    kinds = [kind for kind in bundle if kind.startswith("image/")]
    text = str(bundle.get("text/plain", ""))
    console.print(Text(_plain(f"[{kinds[0]}] {text}" if kinds else text)), soft_wrap=True)


def _table(data: dict[str, Json]) -> Table:
    rows = data.get("data", [])
    names = [str(field["name"]) for field in data["schema"]["fields"]]
    table = Table(header_style="bold")
    for name in names:
        table.add_column(Text(_plain(name)))
    for row in rows[:_MAX_ROWS]:
        table.add_row(*(Text(_cell(row.get(name))) for name in names))
    if len(rows) > _MAX_ROWS:
        table.caption = f"{len(rows) - _MAX_ROWS:,} more rows"
    return table


def _cell(value: Json) -> str:
    return "" if value is None else _one_line(_plain(str(value)), 60)


def _plain(text: str) -> str:
    """Without what would steer the terminal."""
    return _CONTROL.sub("", text)


def _one_line(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
