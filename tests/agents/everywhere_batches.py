"""Many tasks at once, wherever they are."""

from __future__ import annotations

from typing import Any

from everywhere import Place, block, case, coding

from pyagent import ScriptedModel


@case
async def many_tasks_are_solved_by_copies_that_share_nothing(place: Place) -> None:
    class Squaring(ScriptedModel):
        def reply_to(self, messages: Any) -> Any:
            n = messages[-1].content.removeprefix("Task: ")
            return block(f"seen = [*globals().get('seen', []), {n}]\nfinal_answer(seen)")

    async with coding(place, model=Squaring()) as agent:
        batch = agent.amap(["1", "2", "3"], concurrency=2)
        outputs = {item.index: item.result.output async for item in batch}
    assert outputs == {0: [1], 1: [2], 2: [3]}
    assert (batch.summary.answered, batch.summary.counts) == (3, {"answered": 3})
    assert agent.state.runs == 3
