"""Cases for plans, checks, callbacks and approval by a person, on CPython and in a page."""

from __future__ import annotations

import asyncio
from typing import Any

from contracts.everywhere.cases import (
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
from pyagent import PlanningStep


@case
async def plans_checks_and_callbacks_are_used(place: Place) -> None:
    seen: list[str] = []

    async def is_even(answer: Any, memory: Any, agent: Any) -> bool:
        return answer % 2 == 0

    replies = ["1. Guess.", block("final_answer(3)"), block("final_answer(4)")]
    async with coding(
        place,
        *replies,
        planning_interval=5,
        final_answer_checks=[is_even],
        step_callbacks={PlanningStep: lambda step, agent: seen.append(step.plan)},
        instructions="Answer evenly.",
    ) as agent:
        result = await agent.arun("Guess.")
        assert (result.output, seen) == (4, ["1. Guess."])
        assert asked(agent)[0].content.endswith("Answer evenly.")


@case
async def person_allows_or_refuses_a_call(place: Place) -> None:
    code = "try:\n    add(1, 2)\nexcept Exception as error:\n    final_answer(str(error))"
    async with coding(
        place, block(code), tools=[add], approve=["add"], on_approval=lambda question: "Not today."
    ) as agent:
        assert "Not today." in (await agent.arun("Add.")).output


@case
async def plans_are_made_again_and_callbacks_in_a_list_get_every_step(place: Place) -> None:
    async def hear(step: Any, agent: Any) -> None:
        heard.append((step.type, step.number))

    heard: list[tuple[str, int]] = []
    code = ["1. Add.", block("x = 1"), block("y = 2"), "1. Answer.", block("final_answer(x + y)")]
    one, two = [use("add", a=1, b=0)], [use("add", a=1, b=2)]
    async with both(
        place,
        code,
        ["1. Add.", one, two, "1. Answer.", answer(3)],
        planning_interval=2,
        max_steps=5,
        step_callbacks=[hear, lambda step, agent: heard.append(("again", step.number))],
    ) as agents:
        for agent in agents:
            heard.clear()
            result = await agent.arun("Go.")
            assert result.output == 3
            steps = [("planning", 1), ("action", 1), ("action", 2), ("planning", 3), ("action", 3)]
            assert [(step.type, step.number) for step in result.steps] == steps
            assert heard[::2] == steps
            assert heard[1::2] == [("again", number) for _, number in steps]
            assert "3 steps are left" in asked(agent, 3)[-1].content


@case
async def answer_goes_back_with_the_message_of_a_check_that_raises(place: Place) -> None:
    def is_small(answer: Any, memory: Any, agent: Any) -> bool:
        if answer > 9:
            raise ValueError("nine at most")
        return True

    code = [block("final_answer(10)"), block("final_answer(9)")]
    calls = [answer(10), answer(9)]
    async with both(place, code, calls, final_answer_checks=[is_small]) as agents:
        for agent in agents:
            assert (await agent.arun("Go.")).output == 9
            assert "AnswerRefused: is_small: nine at most" in asked(agent)[-1].content


@case
async def person_allows_one_tool_call_and_refuses_another(_: Place) -> None:
    async def ask(question: Any) -> bool | str:
        await asyncio.sleep(0)
        return question.arguments["a"] == 1 or "Too much."

    calls = [use("add", a=1, b=2), use("add", a=1_000, b=2)]
    agent = calling(calls, "Done.", approve=["*"], on_approval=ask)
    assert (await agent.arun("Add.")).output == "Done."
    allowed, refused = [message.content for message in asked(agent)[-2:]]
    assert allowed == "3"
    assert "NotApproved" in refused
    assert "Too much." in refused


@case
async def deadline_pauses_while_code_waits_for_people_and_agents(place: Place) -> None:
    async def take_longer_than_the_deadline() -> None:
        passed = asyncio.Event()
        asyncio.get_running_loop().call_later(1.2, passed.set)
        await passed.wait()

    async def allow(question: Any) -> bool:
        await take_longer_than_the_deadline()
        return True

    async def think(step: Any, agent: Any) -> None:
        await take_longer_than_the_deadline()

    helper = calling("3", name="helper", description="Helps.", step_callbacks=[think])
    async with coding(
        place,
        block("final_answer([add(1, 2), helper('Add.')])"),
        tools=[add],
        approve=["add"],
        on_approval=allow,
        managed_agents=[helper],
        deadline_s=1.0,
    ) as agent:
        assert (await agent.arun("Add.")).output == [3, "3"]
