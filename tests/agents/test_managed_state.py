"""What a managed agent adds up and remembers, whoever it works for."""

from __future__ import annotations

from pyagent import ScriptedModel, TokenUsage, ToolCallingAgent
from pyagent.agents.base import Agent
from pyagent.models.base import ReplyDone
from scripts import caller_with, use

Reply = list[object]


def costing(*said: object, tokens: int) -> Reply:
    """A reply of so many tokens, at a hundred-thousandth of a dollar each."""
    usage = TokenUsage(input_tokens=tokens, cost_usd=tokens / 1e5)
    return [*said, ReplyDone(finish_reason="stop", token_usage=usage)]


def worker(*replies: Reply, managed: Agent | None = None, name: str = "worker") -> ToolCallingAgent:
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


def test_calls_at_the_same_time_add_up_in_the_agents_totals() -> None:
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
    """A caller, whom it calls, and whom that one calls, for two tasks."""
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
