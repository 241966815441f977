"""Tools with a connection are closed with the agent, once nobody needs them any more."""

from __future__ import annotations

import asyncio
import logging

import pytest

from pyagent import CodeAgent, ScriptedModel, Tool, ToolCallingAgent
from pyagent.agents.toolbox import Toolbox
from pyagent.messages import ToolUse
from pyagent.tools import call_inline


class Session(Tool):
    """Counts how often it was opened and closed."""

    name = "session"
    description = "Answers with the number of the connection."

    def __init__(self, name: str = "session") -> None:
        self.name = name
        self.opened = self.closed = 0

    def setup(self) -> None:
        self.opened += 1

    def forward(self) -> int:
        """Ask."""
        return self.opened

    async def aclose(self) -> None:
        self.closed += 1


class _Unclosable(Session):
    async def aclose(self) -> None:
        raise OSError("already gone")


def asking(tool: Tool, times: int = 1) -> ToolCallingAgent:
    use = ToolUse(id="1", name=tool.name)
    replies = [[use], "Done."] * times
    return ToolCallingAgent([tool], ScriptedModel(replies, supports_tools=True))


def test_tool_is_closed_with_its_agent() -> None:
    session = Session()
    with asking(session) as agent:
        assert agent.run("Go.").success
        assert (session.opened, session.closed) == (1, 0)
    assert session.closed == 1


def test_tool_of_two_agents_is_closed_with_the_last_of_them() -> None:
    session = Session()
    with asking(session) as first:
        with asking(session) as second:
            second.run("Go.")
        assert session.closed == 0
        first.run("Go.")
    assert (session.opened, session.closed) == (1, 1)


def test_tool_outlives_the_copies_that_solve_a_batch() -> None:
    session = Session()
    with asking(session, times=4) as agent:
        assert all(item.result.success for item in agent.map(["A", "B", "C", "D"], concurrency=2))
        assert session.closed == 0
    assert session.closed == 1


def test_tool_of_a_managed_agent_is_closed_with_its_manager() -> None:
    session = Session()
    helper = asking(session)
    helper.name, helper.description = "helper", "Asks."
    with CodeAgent([], ScriptedModel(), managed_agents=[helper]):
        assert session.closed == 0
    assert session.closed == 1


def test_tool_that_was_closed_is_set_up_again_when_it_is_called() -> None:
    session = Session()
    agent = asking(session, times=2)
    for opened in (1, 2):
        with agent:
            agent.run("Go.")
        assert (session.opened, session.closed) == (opened, opened)


def test_tool_that_cannot_be_closed_does_not_keep_others_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    session = Session()
    with (
        caplog.at_level(logging.CRITICAL + 1, "pyagent.agents.toolbox"),
        ToolCallingAgent([_Unclosable("broken"), session], ScriptedModel()),
    ):
        pass
    assert session.closed == 1


async def _closed(toolbox: Toolbox) -> None:
    await toolbox.aclose()
    await toolbox.aclose()


@pytest.mark.parametrize("replaced", [True, False])
def test_tool_that_was_removed_or_replaced_is_closed_too(replaced: bool) -> None:
    session, other = Session(), Session()
    toolbox = Toolbox([session], call_inline)
    if replaced:
        toolbox.add(other)
    else:
        toolbox.remove("session")
    asyncio.run(_closed(toolbox))
    assert session.closed == 1
    assert [tool.name for tool in toolbox] == ["session"] * replaced
