"""The totals and the memory of a managed agent, whoever calls it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pyagent import AgentState, CodeAgent, ScriptedModel, ToolCallingAgent
from pyagent.agents.base import Agent
from support.agents.scripted_agents import (
    agent_with,
    block,
    caller_with,
    costing,
    gone,
    in_loop,
    requests_of,
    use,
)


def worker(*replies: Any, managed: Agent | None = None, name: str = "worker") -> ToolCallingAgent:
    """A managed agent; without replies it answers at once, for 30 tokens."""
    model = ScriptedModel(replies or [costing("Done.", tokens=30)] * 9, supports_tools=True)
    return ToolCallingAgent(
        [], model, name=name, description="Works.", managed_agents=[managed] if managed else []
    )


def totals(agent: Agent) -> tuple[int, int, int, float | None]:
    """Runs, steps, tokens and thousandths of a dollar."""
    state = agent.state
    cost = None if state.cost is None else round(state.cost * 1e3, 6)
    return state.runs, state.steps, state.token_usage.input_tokens, cost


def test_parallel_calls_add_up_in_the_agents_totals() -> None:
    child = worker()
    calls = [use("worker", task="a"), use("worker", task="b")]
    with caller_with(calls, [use("worker", task="c")], "Done.", managed_agents=[child]) as agent:
        result = agent.run("Go.")
    assert totals(child) == (3, 3, 90, 0.9)
    assert child.state.seconds == sum(run.timing.total_s for run in result.children)


def test_steps_of_managed_agents_count_in_their_own_totals_alone() -> None:
    child = worker(costing(use("nothing"), tokens=10), costing("Done.", tokens=10))
    with caller_with([use("worker", task="a")], "Done.", managed_agents=[child]) as agent:
        agent.run("Go.")
        agent.run("Go.", max_steps=0)
    assert (child.state.runs, child.state.steps) == (1, 2)
    assert (agent.state.runs, agent.state.steps) == (2, 2)


def team() -> tuple[ToolCallingAgent, ToolCallingAgent, ToolCallingAgent]:
    """Three agents, each calling the next, with replies for two tasks."""
    calls = costing(use("worker", task="a"), use("worker", task="b"), tokens=5)
    deep = worker()
    manager = worker(*[calls, costing("Done.", tokens=5)] * 2, managed=deep, name="manager")
    call = costing(use("manager", task="Go."), tokens=1)
    return worker(*[call, costing("Done.", tokens=1)] * 2, managed=manager), manager, deep


def test_map_adds_to_the_totals_of_managed_agents_at_every_depth() -> None:
    agent, manager, deep = team()
    results = [item.result for item in agent.map(["a", "b"], concurrency=1)]
    assert [result.output for result in results] == ["Done.", "Done."]
    assert totals(deep) == (4, 4, 120, 1.2)
    assert totals(manager) == (2, 4, 140, 1.4)
    assert totals(agent) == (2, 4, 144, 1.44)


def test_call_leaves_the_agents_own_conversation_and_variables_alone() -> None:
    replies = [block("x = 41\nfinal_answer(x)"), block("final_answer('x' in globals())")]
    model = ScriptedModel([*replies, block("final_answer(x + 1)")])
    child = CodeAgent(model=model, name="coder", description="Codes.")
    with child, agent_with(block("final_answer(coder('Is x set?'))"), managed_agents=[child]) as a:
        assert child.run("Set x.").output == 41
        assert a.run("Go.").output is False
        assert child.last_result is not None
        assert child.last_result.task == "Set x."
        assert child.run("Add one.").output == 42
        assert [i.task for i in child.memory.interactions] == ["Task: Set x.", "Task: Add one."]
        (call,) = a.last_result.children if a.last_result else ()
    assert (call.task, call.output) == ("Is x set?", False)


def test_calling_the_tool_by_hand_leaves_the_conversation_alone_too() -> None:
    child = worker(costing("Mine.", tokens=1), costing("Yours.", tokens=1))
    child.run("Own task.")
    with caller_with(managed_agents=[child]) as agent:
        (as_tool,) = agent.tools
        assert as_tool(task="By hand.") == "Yours."
    assert [i.task for i in child.memory.interactions] == ["Task: Own task."]
    assert child.state.runs == 2


def test_changed_settings_apply_to_the_next_call() -> None:
    child = worker()
    calls = [[use("worker", task="a")], "Done.", [use("worker", task="b")], "Done."]
    with caller_with(*calls, managed_agents=[child]) as agent:
        agent.run("Go.")
        child.instructions = "Be brief."
        agent.run("Go.")
    first, second = requests_of(child)
    assert "Be brief." not in first.messages[0].content
    assert "Be brief." in second.messages[0].content


PID = block("import os\nfinal_answer(os.getpid())")


def test_sandbox_of_a_call_ends_with_the_call_and_the_agents_own_with_the_caller() -> None:
    child = CodeAgent(model=ScriptedModel([PID, PID]), name="coder", description="Codes.")
    with agent_with(block("final_answer(coder('Who are you?'))"), managed_agents=[child]) as agent:
        own = child.run("Who are you?").output
        of_the_call = agent.run("Go.").output
        assert (gone(of_the_call), gone(own)) == (True, False)
    assert gone(own)


def test_agent_cancelled_while_closing_is_closed_with_the_caller() -> None:
    async def scenario() -> None:
        ending = asyncio.Event()
        ended: list[Agent] = []

        class Slow(ToolCallingAgent):
            async def aclose(self) -> None:
                if self is not child and not ending.is_set():
                    ending.set()
                    await asyncio.Event().wait()
                ended.append(self)

        model = ScriptedModel(["Done."], supports_tools=True)
        child = Slow(model=model, name="worker", description="Works.")
        caller = ScriptedModel([[use("worker", task="a")]], supports_tools=True)
        async with ToolCallingAgent(model=caller, managed_agents=[child]) as agent:
            run = asyncio.create_task(agent.arun("Go."))
            await ending.wait()
            agent.interrupt()
            await run
            assert not ended
        assert len(ended) == 2
        assert child in ended

    in_loop(scenario())


def test_totals_and_memories_of_managed_agents_are_saved_at_every_depth(tmp_path: Path) -> None:
    agent, manager, deep = team()
    deep.run("Your own task.", additional_args={"city": "Rome"})
    agent.run("Go.")
    agent.save(tmp_path)
    again = ToolCallingAgent.load(tmp_path)
    inner = again.managed_agents["manager"]
    deepest = inner.managed_agents["worker"]
    assert [one.state for one in (again, inner, deepest)] == [
        one.state for one in (agent, manager, deep)
    ]
    assert deepest.state.runs == 3
    assert deepest.memory.interactions == deep.memory.interactions
    deepest.model = ScriptedModel([[use("final_answer", answer="city")]], supports_tools=True)
    assert deepest.run("Which city?").output == "Rome"


def test_managed_agent_that_is_given_again_takes_the_totals_over_if_it_is_new(
    tmp_path: Path,
) -> None:
    child = worker()
    with caller_with([use("worker", task="a")], "Done.", managed_agents=[child]) as agent:
        agent.run("Go.")
        agent.save(tmp_path)
    new, used = worker(), worker()
    used.run("Something else.")
    ToolCallingAgent.load(tmp_path, managed_agents=[new])
    assert new.state == child.state != AgentState()
    before = used.memory.interactions
    ToolCallingAgent.load(tmp_path, managed_agents=[used])
    assert used.state.runs == 1
    assert used.memory.interactions == before
