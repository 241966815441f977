"""A tool of a page is closed when the page takes it back, and not when the settings change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pyagent import LocalExecutor, ScriptedModel
from pyagent.browser.crew import Crew
from pyagent.messages import ToolUse
from pyagent.protocol import AddAgent, AgentSettings
from pyagent.tools import Tool


class Session(Tool):
    """A tool that opens something at its first call."""

    description = "Ask."
    inputs = {}  # noqa: RUF012
    output_type = "integer"

    def __init__(self, name: str = "session") -> None:
        self.name = name
        self.opened = self.closed = 0

    def setup(self) -> None:
        self.opened += 1

    def forward(self) -> int:
        return self.opened

    async def aclose(self) -> None:
        self.closed += 1


MODEL = ScriptedModel([], supports_tools=True)
CALLS = AgentSettings(kind="tool_calling")
Change = Callable[[Crew, Session], object]


async def _settle(crew: Crew) -> None:
    crew.settle()
    await crew.close_discarded()


async def _used(change: Change, *, given: bool = False) -> Session:
    """A tool that a run has used, after a change of the page took effect."""
    session = Session()
    executor = LocalExecutor()
    crew = Crew(executor, lambda question: True, [session] if given else [])
    if not given:
        crew.add_tool(session)
    call = [ToolUse(id="1", name="session")]
    crew.choose(ScriptedModel([call, "Done."], supports_tools=True), CALLS)
    await _settle(crew)
    assert crew.agent is not None
    assert (await crew.agent.arun("Go.")).success
    assert (session.opened, session.closed) == (1, 0)
    change(crew, session)
    await _settle(crew)
    await _settle(crew)
    await executor.aclose()
    return session


def _switch_twice(crew: Crew, _: Session) -> None:
    crew.choose(MODEL, AgentSettings(kind="code"))
    crew.choose(MODEL, AgentSettings(kind="code", instructions="Be brief."))


def _ask_a_small_model(crew: Crew, _: Session) -> None:
    crew.choose(ScriptedModel([], prompt_style="short"), AgentSettings(kind="code"))


@pytest.mark.parametrize(
    "change",
    [
        lambda crew, session: crew.choose(MODEL, CALLS),
        lambda crew, session: crew.add_tool(Session("other")),
        lambda crew, session: crew.add_member(AddAgent(name="helper", description="Helps.")),
        lambda crew, session: crew.add_tool(session),
        lambda crew, session: crew.remove_tool("unknown"),
        _switch_twice,
        _ask_a_small_model,
    ],
)
@pytest.mark.parametrize("given", [True, False])
def test_tool_stays_open_when_the_page_changes_something_else(change: Change, given: bool) -> None:
    session = asyncio.run(_used(change, given=given))
    assert (session.opened, session.closed) == (1, 0)


def _take_back_and_change(crew: Crew, _: Session) -> None:
    crew.remove_tool("session")
    crew.choose(MODEL, CALLS)


def _take_back_beside_an_agent(crew: Crew, _: Session) -> None:
    crew.add_member(AddAgent(name="helper", description="Helps.", tools=["session"]))
    crew.remove_tool("session")


@pytest.mark.parametrize(
    "change",
    [
        lambda crew, session: crew.remove_tool("session"),
        lambda crew, session: crew.add_tool(Session()),
        _take_back_and_change,
        _take_back_beside_an_agent,
    ],
)
def test_tool_that_the_page_takes_back_is_closed_once(change: Change) -> None:
    assert asyncio.run(_used(change)).closed == 1


def test_tool_of_an_agent_that_was_removed_stays_open_for_the_others() -> None:
    def change(crew: Crew, _: Session) -> None:
        crew.add_member(AddAgent(name="helper", description="Helps.", tools=["session"]))
        crew.remove_member("helper")

    assert asyncio.run(_used(change)).closed == 0


def test_tool_that_cannot_be_closed_keeps_no_other_open(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Session):
        async def aclose(self) -> None:
            raise OSError("already gone")

    async def scenario() -> Session:
        broken, session = Broken("broken"), Session()
        crew = Crew(LocalExecutor(), lambda question: True)
        for tool in (broken, session):
            crew.add_tool(tool)
        crew.choose(MODEL, CALLS)
        await _settle(crew)
        for tool in (broken, session):
            tool._set_up(tool.setup)
            crew.remove_tool(tool.name)
        await _settle(crew)
        return session

    assert asyncio.run(scenario()).closed == 1
    assert "already gone" in caplog.text


def test_tool_is_not_closed_while_a_run_may_still_call_it() -> None:
    async def scenario() -> tuple[int, int]:
        session, crew = Session(), Crew(LocalExecutor(), lambda question: True)
        crew.add_tool(session)
        crew.choose(MODEL, CALLS)
        await _settle(crew)
        session._set_up(session.setup)
        crew.remove_tool("session")
        await crew.close_discarded()  # the agent of the run is still there
        before = session.closed
        await _settle(crew)
        return before, session.closed

    assert asyncio.run(scenario()) == (0, 1)
