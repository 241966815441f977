"""Plans, checks, callbacks and a person's word, wherever they are."""

from __future__ import annotations

from typing import Any

from everywhere import Place, add, asked, block, case, coding

from pyagent import PlanningStep


@case
async def plans_checks_and_callbacks_take_part(place: Place) -> None:
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
