"""Agents that the page adds: the page's agent calls them, each in a sandbox of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal, get_args

import pytest

from pyagent import AgentState, LocalExecutor, ScriptedModel, WikipediaTool, tool
from pyagent.browser.crew import Crew
from pyagent.messages import ToolUse
from pyagent.protocol import (
    AddAgent,
    AddTool,
    AgentSettings,
    ClearConversation,
    Cleared,
    Json,
    Limits,
    Notice,
    Planned,
    RemoveAgent,
    RunFinished,
    RunStarted,
)
from support.browser.page_end import PageEnd, with_agent

RESEARCH = AddAgent(name="research", description="Finds facts.", instructions="Be brief.")


def test_an_added_agent_works_in_a_sandbox_of_its_own() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(RESEARCH)
        await page.configure()
        assert "research(task: str" in await page.read_ahead()
        finished = await page.run("Find it.")
        assert finished.output == [1, "secret is not known"]
        runs = [message for message in page.seen if isinstance(message, RunStarted)]
        assert [(run.agent, run.parent_run_id) for run in runs] == [("", ""), ("research", "r")]

    model = with_agent(
        scenario,
        "secret = 1\nfinal_answer([secret, research('Look.')])",
        "final_answer('secret is known' if 'secret' in globals() else 'secret is not known')",
    )
    assert "Be brief." in model.requests[1].messages[0].content
    assert "research" not in model.requests[1].messages[0].content


def test_an_added_agent_has_the_tools_that_the_page_names() -> None:
    async def scenario(page: PageEnd) -> None:
        for name in ("one", "two"):
            page.send(AddTool(name=name, description=f"Tool {name}.", parameters={}))
        page.send(AddAgent(name="helper", description="Helps.", tools=["two"]))
        await page.configure()
        assert (await page.run("Go.")).success

    model = with_agent(scenario, "final_answer(helper('x'))", "final_answer('y')")
    prompt = model.requests[1].messages[0].content
    assert ("Tool one." in prompt, "Tool two." in prompt) == (False, True)


def test_an_added_agent_has_its_own_step_limit_and_limits() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(AddAgent(name="brief", description="Is brief.", max_steps=1))
        page.send(AddAgent(name="frugal", description="Is frugal.", limits=Limits(tokens=10)))
        await page.configure()
        assert (await page.run("Go.")).output.count("did not finish") == 2
        ends = {end.reason for end in page.seen if isinstance(end, RunFinished)}
        assert ends == {"answered", "max_steps", "limit"}

    ask = "try:\n    {}('x')\nexcept Exception as error:\n    said.append(str(error))\n"
    code = f"said = []\n{ask.format('brief')}{ask.format('frugal')}final_answer(str(said))"
    with_agent(scenario, code, "x = 1", ["I do not know."], "x = 1")


def test_an_added_agent_makes_plans_and_summarises_its_run() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(
            AddAgent(
                name="helper", description="Helps.", planning_interval=1, provide_run_summary=True
            )
        )
        await page.configure()
        report = (await page.run("Go.")).output
        assert "Answer of helper: 2" in report
        assert "print(1 + 1)" in report
        plans = [message for message in page.seen if isinstance(message, Planned)]
        assert [plan.plan for plan in plans] == ["First add.", "Then say it."]
        assert all(plan.run_id != "r" for plan in plans)

    replies = ("final_answer(helper('x'))", ["First add."], "print(1 + 1)", ["Then say it."])
    with_agent(scenario, *replies, "final_answer(2)")


def test_a_removed_agent_cannot_be_called() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(RESEARCH)
        await page.configure()
        page.send(RemoveAgent(name="research"))
        assert "NameError" in (await page.run("Find it.")).output

    code = "try:\n    research('x')\nexcept Exception as e:\n    final_answer(type(e).__name__)"
    with_agent(scenario, code)


def test_an_agent_that_cannot_be_added_gives_a_warning() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(AddTool(name="price", description="Price.", parameters={}))
        for name, description, fault in (
            ("my agent", "Helps.", "cannot be called 'my agent'"),
            ("helper", " ", "has no description"),
            ("price", "Helps.", "already something called 'price'"),
            ("final_answer", "Helps.", "already something called 'final_answer'"),
        ):
            page.send(AddAgent(name=name, description=description))
            assert fault in (await page.until(Notice)).message
        page.send(AddAgent(name="helper", description="Helps.", planning_interval=0))
        assert "planning_interval=0" in (await page.until(Notice)).message
        assert (await page.configure()).problem is None

    with_agent(scenario)


def test_totals_survive_a_change_of_settings() -> None:
    async def scenario() -> AgentState:
        executor = LocalExecutor()
        crew = Crew(executor, lambda question: True)
        model = ScriptedModel(["One.", "```python\nfinal_answer(2)\n```"], supports_tools=True)
        for kind in ("tool_calling", "code"):
            crew.choose(model, AgentSettings(kind=kind))
            crew.settle()
            assert crew.agent is not None
            assert (await crew.agent.arun("Go.")).success
        await executor.aclose()
        return crew.agent.state

    state = asyncio.run(scenario())
    assert (state.runs, state.steps) == (2, 2)


Kind = Literal["code", "tool_calling"]


def outputs_of(
    *runs: tuple[Kind, dict[str, Json]], code: Sequence[str] = ("final_answer(city)",) * 3
) -> list[Json]:
    """The answers to tasks with these values, by these kinds of agent; tool calls say ``city``."""
    pieces = iter(code)
    call = [ToolUse(id="1", name="final_answer", arguments={"answer": "city"})]
    replies = [next(pieces) if kind == "code" else call for kind, _ in runs]
    outputs = []

    async def scenario(page: PageEnd) -> None:
        for number, (kind, values) in enumerate(runs):
            await page.configure(kind=kind, instructions=f"Be brief, {number}.")
            outputs.append((await page.run("Go.", **values)).output)

    with_agent(scenario, *replies, supports_tools=True)
    return outputs


@pytest.mark.parametrize("after", get_args(Kind))
@pytest.mark.parametrize("before", get_args(Kind))
def test_values_of_a_task_survive_a_change_of_settings(before: Kind, after: Kind) -> None:
    assert outputs_of((before, {"city": "Rome"}), (after, {}), (after, {})) == ["Rome"] * 3


def test_another_kind_of_agent_does_not_undo_values_that_code_changed() -> None:
    runs: list[tuple[Kind, dict[str, Json]]] = [
        ("code", {"city": "Rome"}),
        ("tool_calling", {}),
        ("code", {}),
    ]
    code = ["city = 'Oslo'\nfinal_answer(city)", "final_answer(city)"]
    assert outputs_of(*runs, code=code) == ["Oslo", "Rome", "Oslo"]


def test_values_of_a_later_task_replace_the_variables_of_code() -> None:
    runs: list[tuple[Kind, dict[str, Json]]] = [
        ("code", {"city": "Rome"}),
        ("tool_calling", {"city": "Rome"}),
        ("code", {}),
    ]
    code = ["city = 'Oslo'\nfinal_answer(city)", "final_answer(city)"]
    assert outputs_of(*runs, code=code) == ["Oslo", "Rome", "Rome"]


def test_values_are_forgotten_with_the_conversation_whatever_the_kind() -> None:
    async def scenario(page: PageEnd) -> None:
        for before, after in (("code", "tool_calling"), ("tool_calling", "code")):
            await page.configure(kind=before)
            assert (await page.run("Go.", city="Rome")).output == "Rome"
            page.send(ClearConversation())
            await page.until(Cleared)
            await page.configure(kind=after)
            assert (await page.run("Go.")).output == "city"

    call = [ToolUse(id="1", name="final_answer", arguments={"answer": "city"})]
    code = "final_answer(globals().get('city', 'city'))"
    with_agent(scenario, code, call, call, code, supports_tools=True)


def test_totals_of_added_agents_survive_a_change_of_settings() -> None:
    async def scenario() -> list[AgentState]:
        crew = Crew(LocalExecutor(), lambda question: True)
        crew.add_member(RESEARCH)
        call = [ToolUse(id="1", name="research", arguments={"task": "Look."})]
        model = ScriptedModel([call, "Seen.", "Done."], supports_tools=True)
        agents = []
        for instructions in ("", "Be brief."):
            settings = AgentSettings(kind="tool_calling", instructions=instructions)
            crew.choose(model, settings)
            crew.settle()
            assert crew.agent is not None
            agents.append(crew.agent)
            if not instructions:
                await crew.agent.arun("Go.")
        return [agent.managed_agents["research"].state for agent in agents]

    before, after = asyncio.run(scenario())
    assert before.runs == 1
    assert after == before


def test_small_model_that_writes_code_gets_only_tools_that_were_added() -> None:
    async def scenario() -> list[list[str]]:
        executor = LocalExecutor()
        crew = Crew(executor, lambda question: True, [WikipediaTool()])
        crew.add_tool(tool(len_of))
        names = []
        for style, kind in (("short", "code"), ("full", "code"), ("short", "tool_calling")):
            crew.choose(ScriptedModel([], prompt_style=style), AgentSettings(kind=kind))
            crew.settle()
            assert crew.agent is not None
            names.append([tool.name for tool in crew.agent.tools])
        await executor.aclose()
        return names

    few, *rest = asyncio.run(scenario())
    assert few == ["len_of"]
    assert rest == [["wikipedia_search", "len_of"]] * 2


def len_of(text: str) -> int:
    """Length of a text.

    Args:
        text: The text.
    """
    return len(text)
