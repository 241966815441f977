"""Managed agents: ``AgentTool`` makes an agent a tool of another agent.

Each call is a run of a copy, which has an empty memory and a sandbox of its own. So several calls
may be under way at once, and the conversation of the agent itself does not change. The events,
tokens and cost of a call are part of the caller's run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

from pyagent.agents.copies import Copyable
from pyagent.agents.result import RunResult
from pyagent.agents.run.sight import image_in
from pyagent.agents.run.state import RunState
from pyagent.agents.toolbox import RunAwareTool
from pyagent.errors import ToolDefinitionError, ToolError
from pyagent.memory import ActionStep
from pyagent.protocol import Event, Json, RunStarted, ToolCall
from pyagent.texts import cut_middle
from pyagent.tools.arguments import bind

_SUMMARY_CHARS = 1_000


class AgentTool(RunAwareTool):
    """``agent`` as a tool. The agent needs a ``name``, an identifier, and a ``description``."""

    returns = "Any"
    stop_grace_s = 5.0
    """Longer than for other tools, because the run of the agent first waits for its own calls."""

    def __init__(self, agent: Copyable) -> None:
        if not agent.name.isidentifier():
            named = f"is named {agent.name!r}" if agent.name else "has no name"
            raise ToolDefinitionError(
                f"A managed agent {named}.",
                advice='Give it a name that code can call, as in CodeAgent(…, name="helper").',
            )
        if not agent.description.strip():
            raise ToolDefinitionError(
                f"The managed agent {agent.name!r} has no description.",
                advice="Describe what the agent can do, for the agent that calls it.",
            )
        self.name = agent.name
        self.description = f"An agent that works on its own. {agent.description.strip()}"
        self.parameters = {
            "type": "object",
            "properties": {
                "task": {
                    "type": "string",
                    "description": "All it must know: what to do, with what, what to give back.",
                },
                "additional_args": {
                    "type": ["object", "null"],
                    "description": "Values it may work with, by name.",
                    "default": None,
                },
            },
            "required": ["task"],
        }
        self.agent = agent
        agent.callers.add(self)
        self._at_work: set[Copyable] = set()

    @property
    def image_parameters(self) -> tuple[str, ...]:
        return ("additional_args",)

    def forward(self, task: str, additional_args: dict[str, Any] | None = None) -> Any:
        """Run the agent for somebody who calls the tool by hand; agents use ``call_in``."""
        with closing(self.agent.deputy()) as agent:
            return agent.run(task, additional_args=additional_args).output

    def for_another(self) -> AgentTool:
        return AgentTool(self.agent.copy())

    async def call_in(self, call: ToolCall, run: RunState) -> Json:
        """Run the agent as part of ``run``. Raises ``ToolError`` when it does not answer."""
        arguments = bind(self.name, self.parameters, call.args, call.kwargs)
        step = run.step
        run_id = uuid4().hex

        def pass_on(event: Event, buffers: Sequence[bytes]) -> None:
            if event.run_id == run_id and isinstance(event, RunStarted):
                event = replace(event, parent_run_id=run.id, parent_call_id=call.call_id)
            run.emit(event, buffers)

        async with self._deputy() as agent:
            try:
                with run.hold_deadline():
                    result = await agent.arun_within(
                        run,
                        pass_on,
                        arguments["task"],
                        run_id=run_id,
                        additional_args=arguments.get("additional_args"),
                    )
            finally:
                if agent.last_result is not None:  # set even when the call was cancelled
                    run.add_child(replace(agent.last_result, parent_step=step))
        if not result.success:
            raise ToolError(_failure(self.name, result))
        if agent.provide_run_summary:
            return _report(self.name, result)
        picture = image_in(result.bundle)
        return result.output if picture is None else picture.bundle

    async def aclose(self) -> None:
        """Close the copies that work on calls, and the agent unless another agent may call it."""
        agents = [*self._at_work]
        if self.agent.callers.leave(self):
            agents.append(self.agent)
        ended = await asyncio.gather(*(agent.aclose() for agent in agents), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error

    @asynccontextmanager
    async def _deputy(self) -> AsyncIterator[Copyable]:
        """Make a copy for a single call. ``aclose`` closes it if this is cancelled halfway."""
        self.agent.callers.add(self)
        agent = self.agent.deputy()
        self._at_work.add(agent)
        try:
            yield agent
        finally:
            await agent.aclose()
            self._at_work.discard(agent)


def _failure(name: str, result: RunResult) -> str:
    reason = result.problem.message if result.problem else result.reason
    found = f" What it had: {cut_middle(str(result.output), _SUMMARY_CHARS)}"
    return f"The agent {name} did not finish: {reason}{found if result.output else ''}"


def _report(name: str, result: RunResult) -> str:
    """The answer and what was done for it, for ``provide_run_summary``."""
    parts = [f"Answer of {name}: {result.output}", "What it did:"]
    for step in result.steps:
        if isinstance(step, ActionStep):
            results = [step.observation, *(outcome.text for outcome in step.tool_results)]
            done = "\n".join(filter(None, [step.reply, *results]))
            parts.append(f"{step.number}. {cut_middle(done, _SUMMARY_CHARS)}")
    return "\n".join(parts)
