"""Who hears the events of a run beside its reader: tracing, and a terminal."""

from __future__ import annotations

from pyagent.agents.run.state import Emit
from pyagent.tracing.sinks import traced


def heard(emit: Emit, *, agent: str, model: str, shown: bool) -> Emit:
    """``emit`` for a run that tracing hears too, and standard error shows if ``shown``.

    ``agent`` and ``model`` are names.
    """
    if shown:
        # Imported here: the browser has no rich, and elsewhere the import costs time.
        from pyagent.agents.terminal.run_view import shown_too

        emit = shown_too(emit)
    return traced(emit, agent=agent, model=model)
