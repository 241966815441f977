"""What a run returns, and the totals that an agent adds up over its runs."""

from __future__ import annotations

import json

import pytest

from pyagent import CodeAgent, RunResult, ScriptedModel, TokenUsage, tool
from pyagent.models.base import ReplyDone
from pyagent.models.price import Price
from pyagent.protocol import ModelReplied, Planned, RunFinished
from support.agents.scripted_agents import agent_with, block


def counted(code: str, input_tokens: int, output_tokens: int) -> list[object]:
    """A reply whose tokens a provider counted."""
    usage = TokenUsage(input_tokens=input_tokens, output_tokens=output_tokens)
    return [block(code), ReplyDone(finish_reason="stop", token_usage=usage)]


@tool
def web_search(query: str) -> str:
    """Search.

    Args:
        query: What for.
    """
    return "67000"


def test_state_adds_up_three_runs_that_build_on_each_other() -> None:
    replies = [
        counted("price = float(web_search('bitcoin price'))\nprint(price)", 100, 40),
        counted("final_answer(price)", 245, 49),
        counted("final_answer(price * 0.9)", 287, 45),
        counted("final_answer(price * 0.1)", 298, 52),
    ]
    with agent_with(*replies, tools=[web_search]) as agent:
        tasks = ["Find Bitcoin price", "Convert to EUR", "Calculate 10% gain"]
        results = [agent.run(task) for task in tasks]
    assert [result.output for result in results] == [67000, 60300, 6700]
    usages = [(r.token_usage.input_tokens, r.token_usage.output_tokens) for r in results]
    assert usages == [(345, 89), (287, 45), (298, 52)]
    state = agent.state
    assert (state.runs, state.steps) == (3, 4)
    assert (state.token_usage.input_tokens, state.token_usage.output_tokens) == (930, 186)
    assert state.token_usage.total_tokens == 1_116
    assert state.seconds == pytest.approx(sum(result.timing.total_s for result in results))
    assert state.cost is None


def test_events_hold_the_tokens_of_each_reply_and_the_steps_of_the_run() -> None:
    plan = ["1. Count.", ReplyDone(finish_reason="stop", token_usage=TokenUsage(input_tokens=7))]
    replies = [plan, counted("1", 100, 40), counted("final_answer(1)", 245, 49)]
    with agent_with(*replies, planning_interval=5) as agent:
        events = list(agent.stream("Go."))
        result = agent.last_result
    assert result is not None
    told = [event.token_usage for event in events if isinstance(event, Planned | ModelReplied)]
    assert told == [step.token_usage for step in result.steps]
    assert [(usage.input_tokens, usage.output_tokens) for usage in told] == [
        *((7, 0), (100, 40), (245, 49)),
    ]
    (finished,) = [event for event in events if isinstance(event, RunFinished)]
    assert (finished.steps, finished.token_usage) == (3, result.token_usage)


def test_cost_is_added_up_where_the_price_is_known() -> None:
    model = ScriptedModel(
        [counted("final_answer(1)", 1_000, 100)] * 2, price=Price(input=1, output=10)
    )
    with CodeAgent(model=model) as agent:
        assert agent.run("One.").cost == pytest.approx(0.002)
        agent.run("Two.")
        assert agent.state.cost == pytest.approx(0.004)


def test_cached_tokens_and_estimates_are_kept_in_the_sums() -> None:
    def said(cached: int, *, estimated: bool = False) -> list[object]:
        usage = TokenUsage(
            input_tokens=90,
            output_tokens=5,
            cached_tokens=cached,
            cache_write_tokens=10,
            estimated=estimated,
        )
        return [block("final_answer(1)"), ReplyDone(finish_reason="stop", token_usage=usage)]

    with agent_with(said(0), said(64), said(80, estimated=True)) as agent:
        for _ in range(2):
            result = agent.run("Go.")
        assert (result.token_usage.cached_tokens, result.token_usage.estimated) == (64, False)
        assert agent.state.token_usage.cached_tokens == 64
        agent.run("Go.")
        assert agent.state.token_usage.cached_tokens == 144
        assert agent.state.token_usage.cache_write_tokens == 30
        assert agent.state.token_usage.estimated


def test_result_holds_the_task_and_where_the_time_went() -> None:
    with agent_with(block("final_answer(1)"), name="counter") as agent:
        result = agent.run("Count.")
    assert (result.task, result.agent) == ("Count.", "counter")
    assert 0 < result.timing.model_s < result.timing.total_s
    assert result.timing.duration == result.timing.total_s


def managed() -> RunResult:
    inner = CodeAgent(
        model=ScriptedModel([block("final_answer('found')"), block("x = 1"), "Perhaps."]),
        name="researcher",
        description="Finds things.",
        max_steps=1,
    )
    code = "a = researcher('A')\ntry:\n    researcher('B')\nexcept Exception:\n    final_answer(a)"
    with agent_with(block("1"), block(code), managed_agents=[inner]) as agent:
        return agent.run("Ask.")


def test_runs_of_managed_agents_are_children_of_the_result() -> None:
    result = managed()
    assert [child.task for child in result.children] == ["A", "B"]
    assert [child.reason for child in result.children] == ["answered", "max_steps"]
    assert {child.parent_step for child in result.children} == {2}
    assert {child.agent for child in result.children} == {"researcher"}


def test_result_as_data_holds_everything() -> None:
    code = "open('a.txt', 'w').write('hi')\nprint('working')\nfinal_answer([1])"
    with agent_with(block(code)) as agent:
        data = json.loads(json.dumps(agent.run("Go.").to_dict()))
    assert (data["output"], data["success"], data["reason"]) == ([1], True, "answered")
    assert data["files"] == {"a.txt": "aGk="}
    assert data["steps"][0]["type"] == "action"
    assert "working" in data["steps"][0]["observation"]
    assert data["token_usage"]["input_tokens"] > 0
    assert json.loads(json.dumps(managed().to_dict()))["children"][1]["task"] == "B"
