"""``Copyable``: makes copies of an agent, and counts runs in its totals. ``Agent`` inherits it.

A copy has a memory and a sandbox of its own. A deputy is a copy whose runs count in the totals of
the agent that it stands in for; ``map`` and calls of managed agents use deputies.

``Copyable`` is also the type by which files below ``base.py`` know an agent, so that they need not
import it: ``batch``, ``managed`` and ``terminal``. For them it declares what else they use.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping
from inspect import signature
from typing import Any, NoReturn, Self, Unpack
from weakref import ref

from pyagent.agents.arguments import TakesOtherNames
from pyagent.agents.result import AgentState, RunResult
from pyagent.agents.run.options import RunOptions
from pyagent.agents.run.state import Emit, RunState
from pyagent.agents.toolbox import Toolbox
from pyagent.errors import AgentError
from pyagent.other_names import AGENT_ATTRIBUTES, Explained
from pyagent.protocol import Event
from pyagent.tools.holders import Holders


class Copyable(Explained, metaclass=TakesOtherNames):
    """An agent, as far as its copies are concerned. ``Agent`` documents the abstract methods."""

    other_attributes = AGENT_ATTRIBUTES

    name: str
    description: str
    provide_run_summary: bool
    state: AgentState
    tools: Toolbox
    last_result: RunResult | None
    batches: set[ref[Any]]
    callers: Holders
    """The tools by which other agents call this one."""
    _principal: Copyable | None = None
    """The agent that this deputy stands in for."""

    def __call__(self, *_: object, **__: object) -> NoReturn:
        """Refuse a call as in smolagents, with what to write."""
        raise TypeError(f"A {type(self).__name__} is not called: use agent.run(task).output.")

    @property
    @abstractmethod
    def managed_agents(self) -> Mapping[str, Copyable]:
        """The agents that this one may call, by name."""

    @property
    @abstractmethod
    def _facts(self) -> list[str]:
        """What the agent is, in short texts."""

    @property
    def _notes(self) -> list[str]:
        """More that a person should know about the agent, one text a line."""
        return []

    @abstractmethod
    def run(self, task: str | None = None, **options: Unpack[RunOptions]) -> RunResult:
        """Solve ``task`` and wait for it."""

    @abstractmethod
    def astream(
        self, task: str | None = None, **options: Unpack[RunOptions]
    ) -> AsyncGenerator[Event, None]:
        """Solve ``task`` and yield its events."""

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
        """Make a copy whose runs count in the totals of this agent.

        The same holds for managed agents at every depth.
        """
        agent = self.copy()
        agent._stand_in_for(self)
        return agent

    def _stand_in_for(self, principal: Copyable) -> None:
        self._principal = principal
        mine = self.managed_agents
        for name, theirs in principal.managed_agents.items():
            if name in mine and mine[name] is not theirs:  # a subclass may copy differently
                mine[name]._stand_in_for(theirs)

    def _count(self, result: RunResult) -> None:
        """Add a run to the totals of this agent, and of those that it stands in for."""
        self.state = self.state.plus(result)
        if self._principal is not None:
            self._principal._count(result)

    def _unshared(self) -> dict[str, Any]:
        """The arguments of which a copy gets its own, not those of this agent."""
        return {"tools": [tool.for_another() for tool in self.tools]}


def check_takes(cls: type, options: Mapping[str, Any], error: type[AgentError]) -> None:
    """Raise ``error`` if the ``__init__`` of an agent's class does not take all ``options``."""
    try:
        signature(cls).bind(**options)
    except TypeError as misfit:
        raise error(
            f"{cls.__name__} cannot be made again, because its __init__ does not take every "
            f"option of an agent: {misfit}.",
            advice="Let it take **options and pass them on, or override copy().",
        ) from misfit
