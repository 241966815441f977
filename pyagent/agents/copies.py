"""Copies of an agent: more of it at work at the same time.

``Agent`` inherits it. A copy has a memory and a sandbox of its own; what a deputy does counts in
the totals of the agent that it stands in for. ``map`` and calls of managed agents use deputies.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from pyagent.agents.options import check_takes
from pyagent.agents.result import AgentState, RunResult
from pyagent.agents.toolbox import Toolbox
from pyagent.errors import AgentError


class Copied(ABC):
    """What can be copied: an agent."""

    state: AgentState
    tools: Toolbox
    _principal: Copied | None = None
    """For whom it stands in."""

    @property
    @abstractmethod
    def managed_agents(self) -> Mapping[str, Copied]:
        """By name."""

    @abstractmethod
    def _arguments(self) -> dict[str, Any]:
        """What an agent like this one is made with."""

    def copy(self) -> Self:
        """An agent like this one with an empty memory and a sandbox of its own.

        The model is shared, and so are tools, except those that hold a conversation's state.
        Raises ``AgentError`` for a subclass whose ``__init__`` takes other arguments.
        """
        arguments = self._arguments() | self._unshared()
        check_takes(type(self), arguments, AgentError)
        return type(self)(**arguments)

    def deputy(self) -> Self:
        """A copy that works in this agent's place: its runs count in this agent's totals too.

        So it is with the agents that it manages, at every depth.
        """
        agent = self.copy()
        agent._stand_in_for(self)
        return agent

    def _stand_in_for(self, principal: Copied) -> None:
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
        """The arguments of which a copy gets its own."""
        return {"tools": [tool.for_another() for tool in self.tools]}
