"""Agents that other agents call: from code, from tool calls, several at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from pyagent import CodeAgent, Limits, ScriptedModel, ToolCallingAgent, ToolDefinitionError, tool
from pyagent.agents.base import Agent
from pyagent.models.base import ReplyDone, TextDelta
from pyagent.models.price import Price
from pyagent.protocol import Event, RunFinished, RunStarted, TokenUsage, ToolFinished, ToolStarted
from support.agents.scripted_agents import (
    agent_with,
    asked,
    block,
    caller_with,
    in_loop,
    requests_of,
    use,
)

Responder = Callable[[str], Any]


class Answering(ScriptedModel):
    """Replies by the task and the progress of its run; several runs may ask at once."""

    def __init__(self, *steps: Responder, **options: Any) -> None:
        super().__init__(**options)
        self._steps = steps

    def reply_to(self, messages: Any) -> Any:
        said = [message for message in messages if message.role == "assistant"]
        task = messages[1].content.removeprefix("Task: ")
        return self._steps[len(said)](task)


def researcher(*replies: Any, **options: Any) -> CodeAgent:
    """A managed agent that writes code."""
    model = ScriptedModel(replies, price=options.pop("price", None))
    return CodeAgent(model=model, name="researcher", description="Finds things out.", **options)


def _starts(events: list[Event]) -> dict[str, RunStarted]:
    return {event.agent: event for event in events if isinstance(event, RunStarted)}


def test_code_calls_an_agent_as_a_function() -> None:
    child = researcher(block("final_answer(sum(numbers))"))
    code = block("total = researcher('Add them.', {'numbers': [1, 2, 3]})\nfinal_answer(total)")
    with agent_with(code, managed_agents=[child]) as agent:
        assert agent.run("Go.").output == 6
        system = requests_of(agent)[0].messages[0].content
        assert agent.managed_agents == {"researcher": child}
    assert "def researcher(task: str, additional_args: dict | None = None) -> Any:" in system
    assert "Finds things out." in system
    assert "Task: Add them." in asked(child)
    assert "numbers (list) = [1, 2, 3]" in asked(child)


def test_tool_call_calls_an_agent() -> None:
    child = researcher(block("final_answer('Rome')"))
    call = [use("researcher", task="Capital of Italy?")]
    with caller_with(
        call, [use("final_answer", answer="It is Rome.")], managed_agents=[child]
    ) as a:
        assert a.run("Go.").output == "It is Rome."
        assert requests_of(a)[1].messages[-1].content == "Rome"


@pytest.mark.parametrize("by_code", [True, False], ids=["by code", "by tool calls"])
def test_parallel_calls_have_their_own_memories_and_sandboxes(by_code: bool) -> None:
    async def scenario() -> None:
        meeting = asyncio.Barrier(2)

        @tool
        async def meet() -> None:
            """Wait for the other."""
            await meeting.wait()

        model = Answering(
            lambda task: block(f"mine = '{task}'\nmeet()"),
            lambda task: block("final_answer([mine, len([n for n in dir() if n == 'mine'])])"),
        )
        child = CodeAgent([meet], model, name="worker", description="Works.")
        answers = await (_answers_to_code if by_code else _answers_to_calls)(child)
        assert answers == [["a", 1], ["b", 1]]
        assert all(len(request.messages) <= 4 for request in model.requests)

    in_loop(scenario())


async def _answers_to_code(child: Agent) -> Any:
    model = ScriptedModel([block("final_answer(worker.map(['a', 'b']))")])
    async with CodeAgent([], model, managed_agents=[child]) as agent:
        return (await agent.arun("Go.")).output


async def _answers_to_calls(child: Agent) -> Any:
    calls = [use("worker", task="a"), use("worker", task="b")]
    model = ScriptedModel([calls, "Done."], supports_tools=True)
    async with ToolCallingAgent(model=model, managed_agents=[child]) as agent:
        await agent.arun("Go.")
    return [json.loads(message.content) for message in model.requests[1].messages[-2:]]


def test_prompt_explains_how_to_call_several_agents_at_once() -> None:
    child = researcher()
    with agent_with(block("final_answer(1)"), managed_agents=[child]) as agent:
        agent.run("Go.")
        assert "`researcher.map([first, second])`" in requests_of(agent)[0].messages[0].content


def test_agent_that_is_called_again_remembers_nothing() -> None:
    child = researcher(block("x = 1\nfinal_answer(x)"), block("final_answer('x' in globals())"))
    code = block("final_answer([researcher('One.'), researcher('Two.')])")
    with agent_with(code, managed_agents=[child]) as agent:
        assert agent.run("Go.").output == [1, False]
    assert [message.content for message in requests_of(child)[1].messages[1:]] == ["Task: Two."]
    assert child.state.runs == 2


def test_tokens_and_cost_count_once_in_the_callers_totals() -> None:
    price = Price(input=1.0, output=2.0)
    child = researcher(block("x = 1"), block("final_answer(1)"), price=price)
    model = ScriptedModel([block("researcher('Go.')"), block("final_answer(1)")], price=price)
    with CodeAgent(model=model, managed_agents=[child]) as agent:
        result = agent.run("Go.")
    own = [step.token_usage for step in result.steps]
    inner = child.state.token_usage
    assert result.token_usage.input_tokens == sum(u.input_tokens for u in own) + inner.input_tokens
    assert result.token_usage.output_tokens == (
        sum(u.output_tokens for u in own) + inner.output_tokens
    )
    assert result.token_usage.cost_usd == pytest.approx(price.of(result.token_usage))
    assert agent.state.token_usage == result.token_usage


def test_events_of_the_call_are_a_tree_in_the_callers_stream() -> None:
    child = researcher(block("print('inner')\nfinal_answer(1)"))
    with agent_with(
        block("researcher('Inner.')"), block("final_answer(1)"), managed_agents=[child]
    ) as agent:
        events = list(agent.stream("Outer."))
    starts = _starts(events)
    outer, inner = starts[""], starts["researcher"]
    (call,) = [event for event in events if isinstance(event, ToolStarted)]
    assert (outer.parent_run_id, outer.parent_call_id) == ("", None)
    assert (inner.parent_run_id, inner.parent_call_id) == (outer.run_id, call.call_id)
    of_inner = [event.type for event in events if event.run_id == inner.run_id]
    assert of_inner[0] == "run_started"
    assert of_inner[-1] == "run_finished"
    assert "step_output" in of_inner
    assert events[-1].run_id == outer.run_id
    (finished,) = [event for event in events if isinstance(event, ToolFinished)]
    assert events.index(call) < events.index(inner) < events.index(finished)


def test_agents_nest_and_each_run_is_counted_once() -> None:
    grandchild = researcher(block("final_answer('deep')"))
    child = CodeAgent(
        model=ScriptedModel([block("final_answer(researcher('Deep.'))")]),
        name="manager",
        description="Manages.",
        managed_agents=[grandchild],
    )
    with agent_with(block("final_answer(manager('Go.'))"), managed_agents=[child]) as agent:
        events = list(agent.stream("Go."))
        result = agent.last_result
    starts = _starts(events)
    assert starts["researcher"].parent_run_id == starts["manager"].run_id
    assert starts["manager"].parent_run_id == starts[""].run_id
    assert result is not None
    assert result.output == "deep"
    counts = [len(requests_of(one)) for one in (agent, child, grandchild)]
    assert counts == [1, 1, 1]
    own = result.steps[0].token_usage.input_tokens
    deeper = grandchild.state.token_usage.input_tokens
    manager = child.state.token_usage.input_tokens
    assert manager > deeper
    assert result.token_usage.input_tokens == own + manager


def test_failure_is_an_observation_with_its_reason() -> None:
    tired = researcher(block("x = 1"), "About 7.", max_steps=1)
    replies = [block("researcher('Find it.')"), block("final_answer('no luck')")]
    with agent_with(*replies, managed_agents=[tired]) as agent:
        assert agent.run("Go.").output == "no luck"
        observation = asked(agent)
    assert "ToolError" in observation
    assert "The agent researcher did not finish: The task was not finished within 1 step." in (
        observation
    )
    assert "What it had: About 7." in observation


def test_model_error_of_the_call_is_an_observation_too() -> None:
    with caller_with(
        [use("researcher", task="Find it.")], "No luck.", managed_agents=[researcher()]
    ) as agent:
        assert agent.run("Go.").output == "No luck."
        told = requests_of(agent)[1].messages[-1].content
    assert "The agent researcher did not finish: The script has no reply" in told


def test_cancelling_the_caller_cancels_the_call_and_reports_its_end() -> None:
    async def scenario() -> None:
        working = asyncio.Event()

        @tool
        async def hang() -> None:
            """Never end."""
            working.set()
            await asyncio.Event().wait()

        for outer in (block("researcher('Go.')"), [use("researcher", task="Go.")]):
            working.clear()
            child = researcher(block("hang()"), tools=[hang])
            model = ScriptedModel([outer], supports_tools=not isinstance(outer, str))
            kind: type[Agent] = CodeAgent if isinstance(outer, str) else ToolCallingAgent
            async with kind(model=model, managed_agents=[child]) as agent:
                events: list[Event] = []

                async def follow(agent: Agent = agent, into: list[Event] = events) -> None:
                    async for event in agent.astream("Go."):
                        into.append(event)

                following = asyncio.create_task(follow())
                await working.wait()
                agent.interrupt()
                await following
                ends = [event for event in events if isinstance(event, RunFinished)]
                assert [end.reason for end in ends] == ["cancelled", "cancelled"]
                assert agent.last_result is not None
                assert [run.reason for run in agent.last_result.children] == ["cancelled"]
                usage = ends[1].token_usage
                assert usage.input_tokens > ends[0].token_usage.input_tokens > 0

    in_loop(scenario())


def test_summary_of_what_was_done_comes_with_the_answer_on_request() -> None:
    child = researcher(
        block("print('looked it up')"), block("final_answer('Rome')"), provide_run_summary=True
    )
    with agent_with(block("final_answer(researcher('Go.'))"), managed_agents=[child]) as agent:
        report = agent.run("Go.").output
    assert report.startswith("Answer of researcher: Rome\nWhat it did:\n1. I run some code.")
    assert "looked it up" in report


def test_summary_of_a_tool_calling_agent_includes_results_of_tools() -> None:
    @tool
    def look_up(name: str) -> str:
        """Look it up.

        Args:
            name: What.
        """
        return f"{name}: 2.8 million"

    model = ScriptedModel(
        [["I look.", use("look_up", name="Rome")], "It is Rome."], supports_tools=True
    )
    child = ToolCallingAgent(
        [look_up], model, name="guide", description="Knows places.", provide_run_summary=True
    )
    with agent_with(block("final_answer(guide('Go.'))"), managed_agents=[child]) as agent:
        report = agent.run("Go.").output
    assert report == (
        "Answer of guide: It is Rome.\nWhat it did:\n1. I look.\nRome: 2.8 million\n2. It is Rome."
    )


def test_call_gets_what_is_left_of_the_limits() -> None:
    spent = TokenUsage(input_tokens=70, output_tokens=0)
    outer = [
        TextDelta(text=block("researcher('Go.')")),
        ReplyDone(finish_reason="stop", token_usage=spent),
    ]
    inner = [
        TextDelta(text=block("x = 1")),
        ReplyDone(finish_reason="stop", token_usage=TokenUsage(input_tokens=40)),
    ]
    child = researcher(inner, inner, limits=Limits(tokens=1_000))
    with agent_with(outer, managed_agents=[child], limits=Limits(tokens=100)) as agent:
        result = agent.run("Go.")
    assert (result.reason, result.token_usage.input_tokens) == ("limit", 110)
    assert len(requests_of(child)) == 1
    assert [run.reason for run in result.children] == ["limit"]


def test_deadline_of_the_callers_code_is_held_during_the_call() -> None:
    async def scenario() -> object:
        @tool
        async def think() -> None:
            """Take longer than the caller's deadline."""
            passed = asyncio.Event()
            asyncio.get_running_loop().call_later(1.0, passed.set)
            await passed.wait()

        child = researcher(block("think()\nfinal_answer('slow')"), tools=[think])
        model = ScriptedModel([block("final_answer(researcher('Go.'))")])
        async with CodeAgent(model=model, managed_agents=[child], deadline_s=0.5) as agent:
            return (await agent.arun("Go.")).output

    assert in_loop(scenario()) == "slow"


def test_call_asks_for_approval_by_the_agents_own_setting() -> None:
    def refuse(request: Any) -> str:
        return "Not now."

    @tool
    def send() -> str:
        """Send."""
        raise AssertionError

    child = researcher(
        block("send()"),
        block("final_answer('no')"),
        tools=[send],
        approve=["*"],
        on_approval=refuse,
    )
    with agent_with(block("final_answer(researcher('Go.'))"), managed_agents=[child]) as agent:
        assert agent.run("Go.").output == "no"
    assert "Not now." in asked(child)


def test_call_of_a_managed_agent_may_need_approval() -> None:
    asked_for: list[Any] = []

    def ask(request: Any) -> bool | str:
        asked_for.append((request.name, request.arguments))
        return request.arguments["task"] == "Small." or "Too dear."

    child = researcher(block("final_answer('found')"))
    replies = [block("researcher('Large.')"), block("final_answer(researcher('Small.'))")]
    options: dict[str, Any] = {"approve": ["researcher"], "on_approval": ask}
    with agent_with(*replies, managed_agents=[child], **options) as agent:
        result = agent.run("Go.")
        assert "Too dear." in asked(agent)
    assert asked_for == [("researcher", {"task": "Large."}), ("researcher", {"task": "Small."})]
    assert result.output == "found"
    assert [run.task for run in result.children] == ["Small."]


def test_agent_at_work_for_its_owner_is_copied_for_the_call() -> None:
    async def scenario() -> None:
        busy, go_on = asyncio.Event(), asyncio.Event()

        @tool
        async def wait() -> None:
            """Wait."""
            busy.set()
            await go_on.wait()

        model = Answering(
            lambda task: [use("wait")] if task == "Own." else f"Answer to {task}",
            lambda task: "Own answer.",
            supports_tools=True,
        )
        child = ToolCallingAgent([wait], model, name="worker", description="Works.")
        caller = ScriptedModel([[use("worker", task="it")], "Done."], supports_tools=True)
        async with ToolCallingAgent(model=caller, managed_agents=[child]) as agent:
            own = asyncio.create_task(child.arun("Own."))
            await busy.wait()
            await agent.arun("Go.")
            assert caller.requests[1].messages[-1].content == "Answer to it"
            go_on.set()
            assert (await own).output == "Own answer."

    in_loop(scenario())


def test_managed_agent_needs_a_name_and_a_description() -> None:
    model = ScriptedModel()
    with pytest.raises(ToolDefinitionError, match="has no description"):
        CodeAgent(model=model, managed_agents=[CodeAgent(model=model, name="a")])
    with pytest.raises(ToolDefinitionError, match="A managed agent has no name"):
        CodeAgent(model=model, managed_agents=[CodeAgent(model=model, description="Works.")])


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "has no name"), ("my helper", "is named 'my helper'"), ("1st", "is named '1st'")],
)
def test_managed_agent_needs_a_name_that_code_can_call(name: str, told: str) -> None:
    helper = CodeAgent([], ScriptedModel([]), name=name, description="Helps.")
    with pytest.raises(ToolDefinitionError, match=f"A managed agent {told}. Give it a name"):
        CodeAgent([], ScriptedModel([]), managed_agents=[helper])
