"""A run in the terminal: one method an event. Reads events, writes to consoles, decides nothing."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from pyagent.agents.terminal.printing import (
    call_line,
    error_line,
    plain,
    show_answer,
    show_bundle,
    usage_line,
)
from pyagent.cli.nested_view import NestedView, returned_line
from pyagent.cli.reply_printer import ReplyPrinter
from pyagent.protocol import (
    Event,
    ModelDelta,
    Notice,
    Planned,
    Problem,
    RunFinished,
    RunStarted,
    StepDisplay,
    StepFinished,
    StepOutput,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from pyagent.texts import counted


class RunView:
    """Shows a run. Progress may be quiet; answers and problems are always shown."""

    def __init__(self, progress: Console, answers: Console, problems: Console) -> None:
        self._progress = progress
        self._answers = answers
        self._problems = problems
        self._reply = ReplyPrinter(progress)
        self._nested: dict[str, NestedView] = {}
        self._handlers: dict[str, Callable[..., None]] = {
            "step_started": self._step_started,
            "model_delta": self._model_delta,
            "model_replied": lambda _: self._reply.end(),
            "planned": self._planned,
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
        if isinstance(event, RunStarted) and event.parent_run_id:
            self._reply.end()
            above = self._nested.get(event.parent_run_id)
            depth = above.depth + 1 if above else 1
            self._nested[event.run_id] = NestedView(self._progress, event, depth)
        elif event.run_id in self._nested:
            self._nested[event.run_id].show(event)
        elif (handler := self._handlers.get(event.type)) is not None:
            handler(event)

    def problem(self, problem: Problem) -> None:
        """What went wrong, and what to do."""
        self._reply.end()
        self._problems.print(Text(plain(problem.message), "bold red"), soft_wrap=True)
        if problem.advice:
            self._problems.print(Text(plain(problem.advice)), soft_wrap=True)

    def _step_started(self, event: StepStarted) -> None:
        self._progress.rule(f"Step {event.step}", align="left", style="dim")

    def _model_delta(self, event: ModelDelta) -> None:
        self._reply.feed(plain(event.text), reasoning=event.channel != "text")

    def _planned(self, event: Planned) -> None:
        self._reply.end()
        self._line(f"Plan · {usage_line(event.token_usage, event.seconds)}", "dim")

    def _step_output(self, event: StepOutput) -> None:
        style = "yellow" if event.stream == "stderr" else "none"
        for line in event.text.rstrip("\n").split("\n"):
            self._line(f"│ {line}", style)

    def _step_display(self, event: StepDisplay) -> None:
        show_bundle(self._progress, event.bundle)

    def _step_finished(self, event: StepFinished) -> None:
        self._reply.end()
        if event.value is not None:
            show_bundle(self._progress, event.value)
        if event.error is not None:
            self._line(error_line(event.error), "red")

    def _tool_started(self, event: ToolStarted) -> None:
        self._line(call_line(event.name, event.arguments), "cyan")

    def _tool_finished(self, event: ToolFinished) -> None:
        line, style = returned_line(event)
        self._line(line, style)

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
        usage = usage_line(event.token_usage, event.seconds, in_all=True)
        self._line(f"{counted(event.steps, 'step')} · {usage}", "dim")

    def _line(self, text: str, style: str = "none") -> None:
        self._progress.print(Text(plain(text), style), soft_wrap=True)
