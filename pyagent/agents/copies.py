"""Copies of an agent: more of it at work at the same time.

``Agent`` inherits it. A copy has a memory and a sandbox of its own; what a deputy does counts in
the totals of the agent that it stands in for. ``map`` and calls of managed agents use deputies.
They know an agent as ``Copyable``, and nothing of the classes of agents.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from inspect import signature
from typing import Any, Self, Unpack
from weakref import ref

from pyagent.agents.result import AgentState, RunResult
from pyagent.agents.run.options import RunOptions
from pyagent.agents.run.state import Emit, RunState
from pyagent.agents.toolbox import Toolbox
from pyagent.errors import AgentError
from pyagent.protocol import Event


class Copyable(ABC):
    """An agent that can be copied, and what can be asked of a copy. ``Agent`` says more of each."""

    name: str
    description: str
    provide_run_summary: bool
    state: AgentState
    tools: Toolbox
    last_result: RunResult | None
    batches: set[ref[Any]]
    _principal: Copyable | None = None
    """The agent that this one stands in for."""

    @property
    @abstractmethod
    def managed_agents(self) -> Mapping[str, Copyable]:
        """The agents that this one may call, by name."""

    @property
    @abstractmethod
    def facts(self) -> list[str]:
        """What the agent is, in short texts for a single line."""

    @property
    def notes(self) -> list[str]:
        """What else a person should know of the agent, a line each."""
        return []

    @abstractmethod
    def run(self, task: str, **options: Unpack[RunOptions]) -> RunResult:
        """Solve ``task`` and wait for it."""

    @abstractmethod
    def astream(self, task: str, **options: Unpack[RunOptions]) -> AsyncGenerator[Event, None]:
        """Solve ``task`` and tell what happens."""

    @abstractmethod
    async def arun_within(
        self,
        caller: RunState,
        emit: Emit,
        task: str,
        *,
        run_id: str,
        **options: Unpack[RunOptions],
    ) -> RunResult:
        """Solve ``task`` as part of another agent's run, ``caller``."""

    @abstractmethod
    async def aclose(self) -> None:
        """Stop the run and close what belongs to the agent."""

    @abstractmethod
    def close(self) -> None:
        """Close an agent that was used with ``run``."""

    @abstractmethod
    def _arguments(self) -> dict[str, Any]:
        """The arguments that make an agent like this one."""

    def copy(self) -> Self:
        """Make an agent like this one with an empty memory and a sandbox of its own.

        The model is shared, and so are tools, except those that hold a conversation's state.
        Raises ``AgentError`` for a subclass whose ``__init__`` takes other arguments.
        """
        arguments = self._arguments() | self._unshared()
        check_takes(type(self), arguments, AgentError)
        return type(self)(**arguments)

    def deputy(self) -> Self:
        """Make a copy that works in this agent's place: its runs count in this agent's totals.

        The same holds for the agents that it manages, at every depth.
        """
        agent = self.copy()
        agent._stand_in_for(self)
        return agent

    def _stand_in_for(self, principal: Copyable) -> None:
        self._principal = principal
        mine = self.managed_agents
        for name, theirs in principal.managed_agents.items():
            if name in mine and mine[name] is not theirs:  # a subclass may copy otherwise
                mine[name]._stand_in_for(theirs)

    def _count(self, result: RunResult) -> None:
        self.state = self.state.plus(result)
        if self._principal is not None:
            self._principal._count(result)

    def _unshared(self) -> dict[str, Any]:
        """The arguments that a copy gets of its own."""
        return {"tools": [tool.for_another() for tool in self.tools]}


def check_takes(cls: type, options: Mapping[str, Any], error: type[AgentError]) -> None:
    """Raise ``error`` when an agent's class cannot be made with all options of an agent."""
    try:
        signature(cls).bind(**options)
    except TypeError as misfit:
        raise error(
            f"{cls.__name__} cannot be made again, because its __init__ does not take all that an "
            f"agent is made with: {misfit}.",
            advice="Let it take **options and hand them on, or override copy().",
        ) from misfit
