"""The run of a managed agent in the terminal: indented, each line behind the agent's name.

Several such runs may be under way at once, so a reply is shown only when it is complete.
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pyagent.agents.terminal.event_view import EventView
from pyagent.agents.terminal.printing import one_line, plain, python, usage_line
from pyagent.protocol import (
    Bundle,
    ModelDelta,
    ModelReplied,
    Planned,
    RunFinished,
    RunStarted,
    StepStarted,
)
from pyagent.texts import as_text


class NestedView(EventView):
    """Shows the run of one managed agent. ``depth`` counts the agents above it."""

    def __init__(self, console: Console, agent: str, *, depth: int) -> None:
        self._console = console
        self.depth = depth
        self._prefix = plain(f"{'  ' * depth}{agent} │ ")

    def _line(self, text: str, style: str = "none") -> None:
        for line in plain(text).split("\n") if text else ():
            self._console.print(Text(self._prefix) + Text(line, style), soft_wrap=True)

    def _output(self, text: str, style: str) -> None:
        self._line(text, style)

    def _bundle(self, bundle: Bundle) -> None:
        self._line(str(bundle.get("text/plain", "")))

    def _run_started(self, event: RunStarted) -> None:
        self._line(one_line(event.task), "bold")

    def _step_started(self, event: StepStarted) -> None:
        title = "best answer" if event.is_last_answer else f"step {event.step}"
        self._line(f"── {title}", "dim")

    def _planned(self, event: Planned) -> None:
        self._line(event.plan, "italic")

    def _model_delta(self, event: ModelDelta) -> None:
        pass  # the whole reply comes with ``ModelReplied``

    def _model_replied(self, event: ModelReplied) -> None:
        self._line(event.thought)
        if event.code:
            for line in python(event.code).split("\n", allow_blank=True):
                self._console.print(Text(f"{self._prefix}  ") + line, soft_wrap=True)

    def _run_finished(self, event: RunFinished) -> None:
        if event.output is not None:
            self._line(one_line(as_text(event.output)))
        if event.problem is not None:
            self._line(event.problem.message, "red")
        self._line(f"{event.reason} · {usage_line(event.token_usage, event.seconds)}", "dim")
