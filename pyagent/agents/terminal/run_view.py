"""A run in the terminal, with the runs of the agents that it calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from pyagent.agents.run.state import Emit
from pyagent.agents.terminal.event_view import EventView
from pyagent.agents.terminal.nested_view import NestedView
from pyagent.agents.terminal.printing import plain, show_answer, show_bundle, usage_line
from pyagent.agents.terminal.reply_printer import ReplyPrinter
from pyagent.protocol import (
    Bundle,
    Event,
    ModelDelta,
    ModelReplied,
    Planned,
    Problem,
    RunFinished,
    RunStarted,
    StepOutput,
    StepStarted,
)
from pyagent.texts import counted

_FIRST_LINES = 200
_LAST_LINES = 50
"""How many lines of one output are shown from its start and from its end."""


class RunView(EventView):
    """Shows a run. The progress console may be quiet; answers and problems always show."""

    def __init__(self, progress: Console, answers: Console, problems: Console) -> None:
        self._progress = progress
        self._answers = answers
        self._problems = problems
        self._reply = ReplyPrinter(progress)
        self._nested: dict[str, NestedView] = {}
        self._printed = 0
        self._last_lines: deque[tuple[str, str]] = deque(maxlen=_LAST_LINES)

    def show(self, event: Event) -> None:
        if isinstance(event, RunStarted) and event.parent_run_id:
            self._reply.end()
            above = self._nested.get(event.parent_run_id)
            depth = above.depth + 1 if above else 1
            self._nested[event.run_id] = NestedView(self._progress, event.agent, depth=depth)
        if event.run_id in self._nested:
            self._nested[event.run_id].show(event)
        else:
            if not isinstance(event, ModelDelta):
                self._reply.end()
            if not isinstance(event, StepOutput):
                self._end_output()
            super().show(event)

    def problem(self, problem: Problem) -> None:
        """Say what went wrong, and what to do."""
        self._reply.end()
        self._problems.print(Text(plain(problem.message), "bold red"), soft_wrap=True)
        if problem.advice:
            self._problems.print(Text(plain(problem.advice)), soft_wrap=True)

    def _line(self, text: str, style: str = "none") -> None:
        self._progress.print(Text(plain(text), style), soft_wrap=True)

    def _output(self, text: str, style: str) -> None:
        for line in text.split("\n"):
            self._printed += 1
            if self._printed <= _FIRST_LINES:
                self._line(f"│ {line}", style)
            else:
                self._last_lines.append((line, style))

    def _end_output(self) -> None:
        """Print the end of a long output, and how many lines before it are left out."""
        left_out = self._printed - _FIRST_LINES - len(self._last_lines)
        if left_out > 0:
            self._line(f"│ … {left_out:,} lines left out …", "dim")
        for line, style in self._last_lines:
            self._line(f"│ {line}", style)
        self._last_lines.clear()
        self._printed = 0

    def _bundle(self, bundle: Bundle) -> None:
        show_bundle(self._progress, bundle)

    def _run_started(self, event: RunStarted) -> None:
        pass  # the person has just written the task

    def _step_started(self, event: StepStarted) -> None:
        title = "Best answer" if event.is_last_answer else f"Step {event.step}"
        self._progress.rule(title, align="left", style="dim")

    def _planned(self, event: Planned) -> None:
        self._line(f"Plan · {usage_line(event.token_usage, event.seconds)}", "dim")

    def _model_delta(self, event: ModelDelta) -> None:
        self._reply.feed(plain(event.text), reasoning=event.channel != "text")

    def _model_replied(self, event: ModelReplied) -> None:
        pass  # the reply was shown piece by piece

    def _run_finished(self, event: RunFinished) -> None:
        if event.output is not None:
            self._progress.rule("Answer" if event.success else "Best guess", align="left")
            show_answer(self._answers, event.output, event.bundle)
        if event.problem is not None:
            self.problem(event.problem)
        elif event.reason == "cancelled":
            self._line("Stopped.", "yellow")
        usage = usage_line(event.token_usage, event.seconds, in_all=True)
        self._line(f"{counted(event.steps, 'step')} · {usage}", "dim")


def shown_too(emit: Emit) -> Emit:
    """``emit`` for a run that is also shown, all of it on standard error."""
    console = Console(stderr=True)
    view = RunView(console, console, console)

    def show_and_emit(event: Event, buffers: Sequence[bytes]) -> None:
        view.show(event)
        emit(event, buffers)

    return show_and_emit
