"""``ToolCallingAgent``: the model calls tools as JSON. Its steps are in ``run/tool_actor.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from pyagent.agents.base import Agent
from pyagent.agents.options import AgentOptions
from pyagent.agents.run.asker import Asker
from pyagent.agents.run.setup import Setup
from pyagent.agents.run.state import RunState
from pyagent.agents.run.tool_actor import ToolActor, with_final_answer
from pyagent.checked_options import checked
from pyagent.models.base import Model
from pyagent.prompts import tool_calling_agent_prompt
from pyagent.protocol import Json
from pyagent.tools.base import Tool
from pyagent.wire import from_data


class ToolCallingAgent(Agent):
    """An agent whose model calls tools; the calls of one reply run at the same time.

    Calls are native if the model supports that, otherwise JSON in its text. At most
    ``max_tool_calls`` run at once; None for no limit. The model gets the results in the order of
    the calls. A call that fails does not stop the others. The other options are ``AgentOptions``.
    """

    @checked
    def __init__(
        self,
        tools: Sequence[Tool] = (),
        model: Model | None = None,
        *,
        max_tool_calls: int | None = None,
        **options: Unpack[AgentOptions],
    ) -> None:
        if max_tool_calls is not None and max_tool_calls < 1:
            raise ValueError("max_tool_calls must be at least 1, or None for no limit.")
        super().__init__(tools, model, **options)
        self.max_tool_calls = max_tool_calls

    @property
    def system_prompt(self) -> str:
        return tool_calling_agent_prompt(
            short=self.model.prompt_style == "short",
            native=self.model.supports_tools,
            tools=with_final_answer(self.tools.specs()),
            instructions=self.instructions,
        )

    def _actor(self, setup: Setup, run: RunState, asker: Asker) -> ToolActor:
        return ToolActor(
            setup,
            run,
            asker,
            variables=self.variables,
            max_tool_calls=self.max_tool_calls,
        )

    def _remembered(self) -> dict[str, Json]:
        return super()._remembered() | {"variables": dict(self.variables)}

    def _recall(self, data: Mapping[str, Json]) -> None:
        super()._recall(data)
        self.variables.add(from_data(data.get("variables", {}), dict[str, Json]))

    def _arguments(self) -> dict[str, Any]:
        return super()._arguments() | {"max_tool_calls": self.max_tool_calls}
