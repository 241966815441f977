"""Tools with a connection are closed with the agent, once nobody needs them any more."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from copy import copy

import pytest

from pyagent import CodeAgent, ScriptedModel, Tool, ToolCallingAgent, tool
from pyagent.agents import toolbox
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


class Plain(Session):
    """Opens nothing before its first call."""

    setup = Tool.setup


class _Unclosable(Plain):
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
    session = Plain()
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


def with_tools(*tools: Tool) -> Toolbox:
    return Toolbox(tools, call_inline)


def close(*toolboxes: Toolbox) -> None:
    async def scenario() -> None:
        for each in toolboxes:
            await each.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize("replaced", [True, False])
def test_tool_that_was_removed_or_replaced_is_closed_too(replaced: bool) -> None:
    session, other = Plain(), Plain()
    toolbox = with_tools(session)
    if replaced:
        toolbox.add(other)
    else:
        toolbox.remove("session")
    close(toolbox)
    assert session.closed == 1
    assert [tool.name for tool in toolbox] == ["session"] * replaced


def test_tool_that_was_removed_and_added_again_is_closed_once() -> None:
    session, other = Plain(), Plain()
    toolbox = with_tools(session)
    toolbox.remove("session")
    toolbox.add(session)
    toolbox.add(other)
    toolbox.add(session)
    close(toolbox)
    assert (session.closed, other.closed) == (1, 1)


def test_closing_twice_closes_once() -> None:
    session = Plain()
    toolbox = with_tools(session)
    close(toolbox, toolbox)
    assert session.closed == 1


def test_tool_without_aclose_is_not_kept_when_it_is_replaced() -> None:
    @tool
    def ask() -> int:
        """Ask."""
        return 1

    alive = weakref.ref(ask)
    toolbox = with_tools(ask)
    toolbox.remove("ask")
    del ask
    gc.collect()
    assert alive() is None


def test_tool_whose_setup_never_ran_has_nothing_to_close() -> None:
    session = Session()
    close(with_tools(session))
    assert (session.opened, session.closed) == (0, 0)


def test_agent_that_works_again_after_it_was_closed_keeps_its_tools_open() -> None:
    session = Session()
    first, second = asking(session, times=2), asking(session)
    with first:
        first.run("Go.")
    first.run("Go again.")
    with second:
        second.run("Go.")
    assert session.closed == 0
    first.close()
    assert session.closed == 1


def test_call_that_comes_while_the_tool_closes_waits_and_sets_it_up_again() -> None:
    class Slow(Session):
        async def aclose(self) -> None:
            self.log.append("closing")
            await asyncio.sleep(0.02)
            self.log.append("closed")

        def setup(self) -> None:
            self.log.append("open")

        def __init__(self) -> None:
            super().__init__()
            self.log: list[str] = []

    async def scenario(slow: Slow) -> None:
        first, second = with_tools(slow), None
        await slow.call(call_blocking=call_inline)
        closing = asyncio.create_task(first.aclose())
        await asyncio.sleep(0)
        second = with_tools(slow)
        await slow.call(call_blocking=call_inline)
        await closing
        await second.aclose()

    slow = Slow()
    asyncio.run(scenario(slow))
    assert slow.log == ["open", "closing", "closed", "open", "closing", "closed"]


def test_managed_agent_of_two_agents_is_closed_with_the_last_of_them() -> None:
    session = Plain()
    helper = asking(session)
    helper.name, helper.description = "helper", "Asks."
    with CodeAgent([], ScriptedModel(), managed_agents=[helper]):
        with CodeAgent([], ScriptedModel(), managed_agents=[helper]):
            pass
        assert session.closed == 0
    assert session.closed == 1


def test_shallow_copy_of_a_tool_is_closed_by_itself() -> None:
    session = Plain()
    other = copy(session)
    close(with_tools(other))
    assert (session.closed, other.closed) == (0, 1)


class _Cancelling(Plain):
    async def aclose(self) -> None:
        raise asyncio.CancelledError


class _Hanging(Plain):
    async def aclose(self) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("kind", [_Unclosable, _Cancelling, _Hanging])
def test_tool_that_cannot_be_closed_keeps_neither_others_nor_the_sandbox_open(
    kind: type[Session], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolbox, "CLOSE_TIMEOUT_S", 0.05)
    session, bad = Plain(), kind("bad")
    agent = CodeAgent([bad, session], ScriptedModel(["```python\nfinal_answer(1)\n```"]))
    with caplog.at_level(logging.CRITICAL + 1, toolbox.__name__):
        assert agent.run("Go.").success
        agent.close()
    assert session.closed == 1
    assert not agent._executor._guests.has_guest
