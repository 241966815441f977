"""What the terminal shows for each event of a run. Never changes the run.

``RunView`` shows the person's own run and ``NestedView`` the run of a managed agent. Both are an
``EventView``: a new event gets its case here, and mypy complains until it has one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import assert_never

from pyagent.agents.terminal.printing import call_line, error_line, one_line
from pyagent.protocol import (
    ApprovalRequested,
    Bundle,
    Event,
    FileProduced,
    InputRequested,
    ModelDelta,
    ModelReplied,
    Notice,
    PauseEnded,
    Planned,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    StepDisplay,
    StepFinished,
    StepOutput,
    StepStarted,
    ToolFinished,
    ToolStarted,
)


class EventView(ABC):
    """Shows the events of one run. A subclass prints them, each in its own way."""

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RunStarted():
                self._run_started(event)
            case StepStarted():
                self._step_started(event)
            case Planned():
                self._planned(event)
            case ModelDelta():
                self._model_delta(event)
            case ModelReplied():
                self._model_replied(event)
            case StepOutput():
                style = "yellow" if event.stream == "stderr" else "none"
                self._output(event.text.rstrip("\n"), style)
            case StepDisplay():
                self._bundle(event.bundle)
            case StepFinished():
                self._step_finished(event)
            case ToolStarted():
                self._line(call_line(event.name, event.arguments), "cyan")
            case ToolFinished():
                self._tool_finished(event)
            case RunResumed():
                self._run_resumed(event)
            case Notice():
                self._line(event.message, "yellow" if event.level == "warning" else "dim")
            case RunPaused():
                self._line(event.message, "yellow")
            case PauseEnded():
                self._line(event.message, "dim")
            case RunFinished():
                self._run_finished(event)
            case ApprovalRequested() | InputRequested() | FileProduced():
                pass  # the command asks the person, and says where it saved a file
            case _:
                assert_never(event)

    def _run_resumed(self, event: RunResumed) -> None:
        self._line(f"Continued after step {event.step}.", "dim")
        if event.lost:
            self._line(f"Not kept: {', '.join(event.lost)}.", "yellow")

    def _step_finished(self, event: StepFinished) -> None:
        if event.value is not None:
            self._bundle(event.value)
        if event.variables:
            shown = ", ".join(f"{name} = {text}" for name, text in event.variables.items())
            self._line(one_line(f"Variables: {shown}"), "dim")
        if event.error is not None:
            self._line(error_line(event.error), "red")
            if not event.error.can_retry:
                self._line("The model cannot mend this, so the run ends.", "red")

    def _tool_finished(self, event: ToolFinished) -> None:
        result = f"failed: {event.error.message}" if event.error else event.preview
        style = "red" if event.error else "dim"
        self._line(one_line(f"← {event.name} {event.seconds:.1f} s: {result}"), style)

    @abstractmethod
    def _line(self, text: str, style: str = "none") -> None:
        """Print text on a line of its own, or on several if it has several."""

    @abstractmethod
    def _output(self, text: str, style: str) -> None:
        """Print what the code printed."""

    @abstractmethod
    def _bundle(self, bundle: Bundle) -> None:
        """Print a value that the code showed or returned."""

    @abstractmethod
    def _run_started(self, event: RunStarted) -> None: ...

    @abstractmethod
    def _step_started(self, event: StepStarted) -> None: ...

    @abstractmethod
    def _planned(self, event: Planned) -> None: ...

    @abstractmethod
    def _model_delta(self, event: ModelDelta) -> None: ...

    @abstractmethod
    def _model_replied(self, event: ModelReplied) -> None: ...

    @abstractmethod
    def _run_finished(self, event: RunFinished) -> None: ...
