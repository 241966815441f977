"""``Progress``: how far the run of an agent has come, so that another process can go on with it.

Each agent holds one. The run loop writes it after each step; saving an agent writes what is in it,
and a run with the option ``resume`` begins from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import uuid4

from pyagent.agents.run.options import RunOptions
from pyagent.errors import AgentError
from pyagent.protocol import Answer, CallMade, TokenUsage

Listener: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class UnfinishedRun:
    """A run that has begun and not ended. Its steps are those of the memory's last interaction."""

    run_id: str
    task: str
    """The task as the person gave it."""
    asked: str = ""
    """The task, and what was asked before it if it is too short to stand alone."""
    max_steps: int | None = None
    """The limit that was given for this run; None for the agent's own."""
    step: int = 0
    """The last action that ended; 0 before the first one."""
    recorded: int = 0
    """How many steps were taken, plans included. The memory may hold fewer."""
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    """What the run has used, managed agents included."""
    known_cost_usd: float = 0.0
    """The cost of those replies whose price is known."""
    seconds: float = 0.0
    """How long the run has worked, without pauses and sleeps."""
    model_seconds: float = 0.0
    answer: Answer | None = None
    """The answer, if the last step gave one."""
    note: str = ""
    """What the model was told at the end of the last step about an interruption after it."""
    calls: tuple[CallMade, ...] = ()
    """Calls of steps that were interrupted or lost their sandbox, which must not be made twice."""
    last_call_id: int = 0
    """The number of the last call of a tool in the steps that ended."""
    lost: dict[str, str] = field(default_factory=dict)
    """The names of variables and files that were not kept → why. For whoever loads the agent."""


class Progress:
    """The progress of the run that an agent does, or was doing when it was saved."""

    def __init__(self) -> None:
        self.unfinished: UnfinishedRun | None = None
        """The run under way, or one to go on with."""
        self.given_up: UnfinishedRun | None = None
        """The interrupted run that a new task took the place of, until it is in the totals."""
        self.listener: Listener | None = None
        """Called when a run has begun, and after each step before the next one."""

    async def tell(self) -> None:
        """Tell the listener that there is something new to keep."""
        if self.listener is not None:
            await self.listener()

    def run_id(self, given: str, options: RunOptions) -> str:
        """The id of a run: the one given, that of the resumed run, or else a random one."""
        resumed = self.unfinished if options.get("resume") else None
        return given or (resumed.run_id if resumed is not None else uuid4().hex)

    def completed(self, options: RunOptions) -> RunOptions:
        """The options, for a resumed run with its own limit of steps.

        Raises ``AgentError`` if there is nothing to resume.
        """
        if not options.get("resume"):
            return options
        if self.unfinished is None:
            raise AgentError(
                "There is no unfinished run to go on with.",
                advice="Give a task. Only a run that was saved before its end can be resumed.",
                kind="nothing_to_resume",
            )
        if options.get("max_steps") is not None:
            return options
        return {**options, "max_steps": self.unfinished.max_steps}
