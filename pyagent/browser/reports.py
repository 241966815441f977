"""What the page is told of runs beside their own events: refusals, totals, files too large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyagent.agents.result import AgentState
from pyagent.browser.page_channel import PageChannel
from pyagent.errors import ProtocolError
from pyagent.protocol import (
    BatchResult,
    Event,
    FileProduced,
    Notice,
    Problem,
    RunFinished,
    TokenUsage,
    Totals,
)


def send_event(
    channel: PageChannel, message: Event | BatchResult, buffers: Sequence[bytes] = ()
) -> None:
    """Send an event of a run. Files for which memory is missing become a warning."""
    try:
        return channel.send(message, buffers)
    except (MemoryError, ProtocolError) as error:
        if not buffers:
            raise
        told = f"could not be handed over: {error or 'memory is missing.'}"
    if isinstance(message, FileProduced):
        text = f"{message.file.path} {told}"
        channel.send(Notice(run_id=message.run_id, level="warning", message=text))
    elif isinstance(message, BatchResult):
        channel.send(Notice(level="warning", message=f"The files of a task {told}"))
        channel.send(replace(message, files=[]))


def refused(run_id: str, problem: Problem) -> RunFinished:
    """The end of a run that cannot begin."""
    return RunFinished(
        run_id=run_id,
        success=False,
        reason="error",
        problem=problem,
        token_usage=TokenUsage(),
        steps=0,
        seconds=0.0,
    )


def totals_of(state: AgentState) -> Totals:
    """The totals as a message."""
    return Totals(
        runs=state.runs,
        steps=state.steps,
        token_usage=state.token_usage,
        seconds=state.seconds,
    )
