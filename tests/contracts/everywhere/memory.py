"""Cases for what agents remember, shorten and save, on CPython and in a page."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from typing import Any

from contracts.everywhere.cases import (
    PNG,
    Place,
    add,
    answer,
    asked,
    block,
    both,
    calling,
    case,
    coding,
    use,
)
from pyagent import Agent, CodeAgent, Memory, ScriptedModel, ToolCallingAgent
from pyagent.memory import SummaryStep
from pyagent.protocol import Notice


@case
async def ring_of_three_drops_the_first_of_four_questions(place: Place) -> None:
    names = ("Paris", "Rome", "Bern", "Wien")
    code = [block(f"final_answer({name!r})") for name in names]
    async with both(place, code, [answer(name) for name in names], memory_size=3) as agents:
        for agent in agents:
            outputs = [(await agent.arun(f"Question {n}?")).output for n in range(4)]
            assert outputs == list(names)
            assert [past.output for past in agent.memory.interactions] == ["Rome", "Bern", "Wien"]
            told = "\n".join(f"{m.content} {m.tool_uses}" for m in asked(agent))
            assert [f"Question {n}?" in told for n in range(4)] == [False, True, True, True]
            assert [name in told for name in names] == [False, True, True, False]
            assert "Question 0?" in asked(agent, 2)[1].content


@case
async def requests_repeat_the_one_before_and_grow_by_the_same_amount(
    place: Place,
) -> None:
    numbers = range(100, 110)
    code = [block(f"print(add({n}, 1))") for n in numbers]
    calls = [["Next.", use("add", a=n, b=1)] for n in numbers]
    async with both(
        place,
        ["1. Add.", *code, block("final_answer(0)")] * 2,
        ["1. Add.", *calls, answer(0)] * 2,
        tools=[add],
        planning_interval=20,
    ) as agents:
        for agent in agents:
            for _ in range(2):
                assert (await agent.arun("Add.")).output == 0
            requests = [asked(agent, n) for n in range(24)]
            assert all(after[: len(before)] == before for before, after in pairwise(requests))
            sizes = [sum(len(m.content) for m in request) for request in requests]
            growth = [after - before for before, after in pairwise(sizes)]
            # Each run has a plan, ten steps of the same size, and the answer.
            assert len({*growth[2:10], *growth[14:22]}) == 1, growth


@case
async def images_are_sent_once_and_stay_in_later_runs(place: Place) -> None:
    code = [block("x = 1"), *[block("final_answer(1)")] * 3]
    calls = [[use("add", a=1, b=2)], *["One."] * 3]
    async with both(place, code, calls) as agents:
        for agent in agents:
            await agent.arun("What is this?", images=[PNG])
            await agent.arun("And this?", images=[PNG + b"2"])
            await agent.arun("Anew.", reset=True)
            sent = [[i.data for m in asked(agent, n) for i in m.images] for n in range(4)]
            assert sent == [[PNG], [PNG], [PNG, PNG + b"2"], []]


@case
async def oldest_part_of_a_long_conversation_is_replaced_by_a_summary(place: Place) -> None:
    class Thinking(ScriptedModel):
        def reply_to(self, messages: Any) -> Any:
            if messages[-1].content.endswith("Write the summary now."):
                return "The sum so far is 4711."
            return "I think. " * 200 + "\n" + block("print(1)")

    model = Thinking(context_tokens=4_000)
    async with coding(place, model=model, max_steps=8) as agent:
        events = [event async for event in agent.astream("Go.")]
        first = agent.memory.steps[0]
    assert any("replaced by a summary" in e.message for e in events if isinstance(e, Notice))
    assert isinstance(first, SummaryStep)
    assert "The sum so far is 4711." in asked(agent)[1].content


@case
async def conversation_that_grows_too_long_is_shortened(place: Place) -> None:
    class Counting(ScriptedModel):
        def reply_to(self, messages: Any) -> Any:
            if messages[-1].content.endswith("Write the summary now."):
                return "Nothing yet."
            return block("print('value ' * 400)")

    model = Counting(context_tokens=4_000)
    async with coding(place, model=model, max_steps=12) as agent:
        events = [event async for event in agent.astream("Go.")]
    assert any("shortened" in e.message for e in events if isinstance(e, Notice)), events[-1]
    assert sum(len(message.content) for message in model.requests[-1].messages) < 16_000


@case
async def saved_agent_goes_on(place: Place) -> None:
    def team() -> ToolCallingAgent:
        return calling("Rome.", name="guide", description="Knows places.", max_tool_calls=2)

    executor = place.make_executor()
    remember = ScriptedModel([block("x = 41\nguide('Capital?')\nfinal_answer(x)")])
    first = CodeAgent([], remember, executor=executor, managed_agents=[team()], memory_size=3)
    with tempfile.TemporaryDirectory() as folder:
        async with first:
            await first.arun("Remember 41.")
            await first.asave(folder)
        await executor.aclose()
        model = ScriptedModel([block("final_answer([x + 1, guide('Capital?')])")])
        executor = place.make_executor()
        agent = CodeAgent.load(
            folder, with_sandbox=True, model=model, executor=executor, managed_agents=[team()]
        )
        async with agent:
            assert agent.managed_agents["guide"].state == first.managed_agents["guide"].state
            assert (await agent.arun("One more.")).output == [42, "Rome."]
        await executor.aclose()
    assert (agent.memory.size, agent.state.runs) == (3, 2)
    assert agent.managed_agents["guide"].state.runs == 2
    assert "Task: Remember 41." in [message.content for message in model.requests[0].messages]


@case
async def agent_and_memory_come_back_from_data(place: Place) -> None:
    child = calling(name="guide", description="Knows places.", max_tool_calls=2)
    model = ScriptedModel([block("add(1, 2)"), block("final_answer([1.0, None])")])
    async with coding(
        place,
        model=model,
        tools=[add],
        managed_agents=[child],
        memory_size=3,
        instructions="Be brief.",
        max_steps=7,
    ) as agent:
        await agent.arun("Add.", images=[PNG])
        data = json.loads(json.dumps([agent.to_dict(), agent.memory.to_dict()]))
    executor = place.make_executor()
    again = Agent.from_dict(data[0], model=model, executor=executor)
    assert isinstance(again, CodeAgent)
    assert again.system_prompt == agent.system_prompt
    assert (again.memory.size, again.instructions, again.max_steps) == (3, "Be brief.", 7)
    assert isinstance(again.managed_agents["guide"], ToolCallingAgent)
    assert again.managed_agents["guide"].max_tool_calls == 2
    memory = Memory.from_dict(data[1])
    assert memory.interactions == agent.memory.interactions
    assert memory.messages("") == agent.memory.messages("")
    await executor.aclose()
