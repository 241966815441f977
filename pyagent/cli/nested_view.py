"""The run of a managed agent in the terminal: indented, each line behind the agent's name.

Several may be under way at once, so a reply is shown when it is whole.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from pyagent.agents.terminal.printing import (
    call_line,
    error_line,
    one_line,
    plain,
    python,
    usage_line,
)
from pyagent.protocol import (
    Bundle,
    Event,
    ModelReplied,
    Notice,
    Planned,
    RunFinished,
    RunStarted,
    StepDisplay,
    StepFinished,
    StepOutput,
    StepStarted,
    ToolFinished,
    ToolStarted,
)
from pyagent.texts import as_text


class NestedView:
    """Shows one managed run. ``depth`` counts the agents above it."""

    def __init__(self, console: Console, started: RunStarted, depth: int) -> None:
        self._console = console
        self.depth = depth
        self._prefix = plain(f"{'  ' * depth}{started.agent} │ ")
        self._handlers: dict[str, Callable[..., None]] = {
            "step_started": self._step_started,
            "planned": self._planned,
            "model_replied": self._model_replied,
            "step_output": self._step_output,
            "step_display": self._step_display,
            "step_finished": self._step_finished,
            "tool_started": self._tool_started,
            "tool_finished": self._tool_finished,
            "notice": self._notice,
            "run_finished": self._run_finished,
        }
        self._line(one_line(started.task), "bold")

    def show(self, event: Event) -> None:
        """Show one event."""
        handler = self._handlers.get(event.type)
        if handler is not None:
            handler(event)

    def _step_started(self, event: StepStarted) -> None:
        self._line(f"── step {event.step}", "dim")

    def _planned(self, event: Planned) -> None:
        self._line(event.plan, "italic")

    def _model_replied(self, event: ModelReplied) -> None:
        self._line(event.thought)
        if event.code:
            for line in python(event.code).split("\n", allow_blank=True):
                self._console.print(Text(f"{self._prefix}  ") + line, soft_wrap=True)

    def _step_output(self, event: StepOutput) -> None:
        style = "yellow" if event.stream == "stderr" else "none"
        self._line(event.text.rstrip("\n"), style)

    def _step_display(self, event: StepDisplay) -> None:
        self._bundle(event.bundle)

    def _step_finished(self, event: StepFinished) -> None:
        if event.value is not None:
            self._bundle(event.value)
        if event.error is not None:
            self._line(error_line(event.error), "red")

    def _tool_started(self, event: ToolStarted) -> None:
        self._line(call_line(event.name, event.arguments), "cyan")

    def _tool_finished(self, event: ToolFinished) -> None:
        line, style = returned_line(event)
        self._line(line, style)

    def _notice(self, event: Notice) -> None:
        self._line(event.message, "yellow" if event.level == "warning" else "dim")

    def _run_finished(self, event: RunFinished) -> None:
        if event.output is not None:
            self._line(one_line(as_text(event.output)))
        if event.problem is not None:
            self._line(event.problem.message, "red")
        self._line(f"{event.reason} · {usage_line(event.token_usage, event.seconds)}", "dim")

    def _bundle(self, bundle: Bundle) -> None:
        self._line(str(bundle.get("text/plain", "")))

    def _line(self, text: str, style: str = "none") -> None:
        for line in plain(text).split("\n") if text else ():
            self._console.print(Text(self._prefix) + Text(line, style), soft_wrap=True)


def returned_line(event: ToolFinished) -> tuple[str, str]:
    """What a tool gave back in one line, and its style."""
    said = f"failed: {event.error.message}" if event.error else event.preview
    style = "red" if event.error else "dim"
    return one_line(f"← {event.name} {event.seconds:.1f} s: {said}"), style
