"""The agents behind a page: the one that gets the tasks, and the agents that it may call.

The agent worker owns one crew and passes on what the page wants. Every change holds from the next
run on: the crew makes a new agent, which continues the conversation.
"""

from __future__ import annotations

import keyword
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import cast

from pyagent.agents.approval import OnApproval, OnInput
from pyagent.agents.base import Agent
from pyagent.agents.code import CodeAgent
from pyagent.agents.options import AgentOptions
from pyagent.agents.run.tool_actor import observation_of
from pyagent.agents.tool_calling import ToolCallingAgent
from pyagent.agents.toolbox import RESERVED, Toolbox
from pyagent.concurrency.blocking import CallBlocking
from pyagent.errors import ToolDefinitionError
from pyagent.executors.base import Executor
from pyagent.memory import ActionStep, Interaction, Step
from pyagent.models.base import Model
from pyagent.models.capabilities import in_words
from pyagent.protocol import AddAgent, AgentSettings
from pyagent.tools import Tool, call_inline


class Crew:
    """Makes the agents from the page's settings, tools and added agents.

    ``ask`` is asked for approval of tool calls, ``on_input`` what code wants to know. ``executor``
    runs the code of the agent that gets the tasks. ``tools`` go to every agent except one whose
    small model writes code: such a model calls every tool it sees, even to add numbers, so it gets
    only the tools that were added. ``call_blocking`` calls their functions that are not async.
    """

    def __init__(
        self,
        executor: Executor,
        ask: OnApproval,
        tools: Sequence[Tool] = (),
        *,
        on_input: OnInput | None = None,
        call_blocking: CallBlocking = call_inline,
    ) -> None:
        self.agent: Agent | None = None
        """The agent that gets the tasks; None until there is a model."""
        self._executor = executor
        self._ask = ask
        self._on_input = on_input
        self.packages: Sequence[str] = ()
        """The modules that the prompt names, for agents that are made from now on."""
        self._call_blocking = call_blocking
        self._tools = {tool.name: tool for tool in tools}
        self._held = Toolbox(tools, call_inline)
        """Keeps the tools open from one agent to the next."""
        self._discarded: list[Agent] = []
        self._for_all = tuple(tools)
        self._members: dict[str, AddAgent] = {}
        self._chosen: tuple[Model, AgentSettings] | None = None
        self._next: Agent | None = None

    def choose(self, model: Model, settings: AgentSettings) -> None:
        """Use this model and these settings from the next run on.

        Raises ``AgentError`` or ``ValueError`` for settings that cannot work; then nothing changes.
        """
        coming = self._make(model, settings)
        if self._next is not None:
            self._discarded.append(self._next)
        self._next = coming
        self._chosen = model, settings

    def settle(self) -> None:
        """Put the latest changes into effect. Call it only while no run is going on."""
        if self._next is not None:
            if self.agent is not None:
                hand_over(self.agent, self._next)
                self._discarded.append(self.agent)
            self.agent, self._next = self._next, None

    async def close_discarded(self) -> None:
        """Close the agents that were replaced, and the tools that no agent has any more."""
        discarded, self._discarded = self._discarded, []
        for agent in discarded:
            await agent.aclose()
        await self._held.close_former()

    @property
    def coming(self) -> Agent | None:
        """The agent that does the next run."""
        return self._next or self.agent

    def copies_at_once(self, sandboxes: int) -> int | None:
        """How many copies of the agent may work at once with so many sandboxes; None for no limit.

        The agent itself keeps one sandbox. If agents that it calls run code, one more stays free
        for them; otherwise every copy might wait for a sandbox, and none would continue.
        """
        if not isinstance(self.agent, CodeAgent):
            return None
        called = any(member.kind == "code" for member in self._members.values())
        return max(sandboxes - 1 - called, 1)

    async def clear(self) -> None:
        """Forget the conversation, the variables and the files."""
        if self.agent is not None:
            await self.agent.aclear()
        if not isinstance(self.agent, CodeAgent):
            await self._executor.aclose()  # an agent that wrote code may have left something there

    def receive_files(self, files: Mapping[str, bytes]) -> None:
        """Give the files of earlier tasks to the tools, also to those of no agent at present."""
        self._held.receive_files(files)

    # --- tools and other agents ----------------------------------------------------------------

    def add_tool(self, tool: Tool) -> None:
        """Add a tool, or replace the one with that name. Raises ``ToolDefinitionError``."""
        _check_free(tool.name, self._members)
        self._held.add(tool)  # refuses a name that no tool may have
        self._tools[tool.name] = tool
        self._make_anew()

    def remove_tool(self, name: str) -> None:
        """Remove a tool. Does nothing when there is none with that name."""
        if self._tools.pop(name, None) is not None:
            self._held.remove(name)
            self._make_anew()

    def add_member(self, member: AddAgent) -> None:
        """Add or replace an agent that may be called. Raises ``ToolDefinitionError``."""
        if not member.name.isidentifier() or keyword.iskeyword(member.name):
            raise ToolDefinitionError(
                f"An agent cannot be called {member.name!r}.",
                advice="Give it a name that a Python function could have.",
            )
        if not member.description.strip():
            raise ToolDefinitionError(
                f"The agent {member.name} has no description.",
                advice="Describe what it can do, for the agent that calls it.",
            )
        for option in ("max_steps", "planning_interval"):
            steps = getattr(member, option)
            if steps is not None and steps < 1:
                raise ToolDefinitionError(
                    f"The agent {member.name} has {option}={steps}.",
                    advice="Give a number of steps: at least 1. Or leave it out.",
                )
        _check_free(member.name, {*self._tools, *RESERVED})
        self._members[member.name] = member
        self._make_anew()

    def remove_member(self, name: str) -> None:
        """Remove an agent. Does nothing when there is none with that name."""
        if self._members.pop(name, None) is not None:
            self._make_anew()

    # --- making agents -------------------------------------------------------------------------

    def _make_anew(self) -> None:
        if self._chosen is not None:
            self.choose(*self._chosen)

    def _make(self, model: Model, settings: AgentSettings) -> Agent:
        options = _options_in(settings)
        options["managed_agents"] = [
            self._member(member, model, settings) for member in self._members.values()
        ]
        return self._agent(self._tools_for(model, settings.kind), model, settings, options)

    def _tools_for(self, model: Model, kind: str) -> list[Tool]:
        needs_few = kind == "code" and model.prompt_style == "short"
        return [t for t in self._tools.values() if not (needs_few and t in self._for_all)]

    def _member(self, member: AddAgent, model: Model, settings: AgentSettings) -> Agent:
        """Make an agent to call. Each call runs code in a sandbox of its own.

        What it uses counts against its own limits and against its caller's.
        """
        chosen = (
            self._tools_for(model, member.kind)
            if member.tools is None
            else [tool for tool in self._tools.values() if tool.name in member.tools]
        )
        options = _options_in(member)
        options["max_steps"] = member.max_steps or settings.max_steps
        options["approve"] = settings.approve
        return self._agent(chosen, model, replace(settings, kind=member.kind), options)

    def _agent(
        self, tools: list[Tool], model: Model, settings: AgentSettings, options: AgentOptions
    ) -> Agent:
        # A person may name tools that the page has not added yet; adding one makes a new agent.
        known = {"*", *(tool.name for tool in tools)}
        known |= {agent.name for agent in options.get("managed_agents", ())}
        options["approve"] = [name for name in options["approve"] if name in known]
        options["on_approval"] = self._ask
        options["on_input"] = self._on_input
        options["call_blocking"] = self._call_blocking
        if settings.kind == "tool_calling":
            return ToolCallingAgent(tools, model, **options)
        return CodeAgent(
            tools,
            model,
            executor=self._executor,
            deadline_s=settings.deadline_s,
            structured_output=settings.structured_output,
            authorized_imports=self.packages,
            **options,
        )


def _options_in(message: AgentSettings | AddAgent) -> AgentOptions:
    """The fields of the message that have the name of an option of agents."""
    fields = vars(message)
    names = [name for name in AgentOptions.__annotations__ if name in fields]
    return cast(AgentOptions, {name: fields[name] for name in names})


def hand_over(before: Agent, after: Agent) -> None:
    """Let ``after`` continue the conversation and the totals of ``before``."""
    after.memory.restore(as_read_by(after, before.memory.interactions))
    after.progress.unfinished = before.progress.unfinished
    after.variables = before.variables
    after.state = before.state
    after.tools.bounds = before.tools.bounds
    for name, member in after.managed_agents.items():
        if name in before.managed_agents:
            member.state = before.managed_agents[name].state


def as_read_by(agent: Agent, interactions: Sequence[Interaction]) -> Sequence[Interaction]:
    """The interactions in a form that the agent's model may be sent."""
    if not isinstance(agent, CodeAgent):
        return interactions
    return [replace(past, steps=tuple(map(_in_words, past.steps))) for past in interactions]


def _in_words(step: Step) -> Step:
    """Turn native tool calls into text, because providers refuse them when no tools are offered."""
    if not isinstance(step, ActionStep) or not step.tool_results:
        return step
    return replace(
        step,
        reply=in_words(step.reply, step.tool_uses),
        observation=observation_of(step.tool_uses, step.tool_results),
        tool_results=(),
        carried={},
    )


def _check_free(name: str, taken: Collection[str]) -> None:
    if name in taken:
        raise ToolDefinitionError(f"There is already something called '{name}'.")
