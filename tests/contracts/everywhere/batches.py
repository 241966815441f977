"""Cases for many tasks at once, on CPython and in a page."""

from __future__ import annotations

from math import isclose
from typing import Any

from contracts.everywhere.cases import Place, answer, block, calling, case, coding, counted
from pyagent import ModelError, ScriptedModel
from pyagent.models.price import Price


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


@case
async def batch_adds_up_tokens_and_cost_and_survives_a_failure(_: Place) -> None:
    replies = [counted(*answer(1), 1_000, 100), ModelError("It is ill."), counted("Two.", 500, 50)]
    agent = calling(*replies)
    agent.model.price = Price(input=1, output=10)
    batch = agent.amap(["1", "2", "3"], concurrency=1)
    items = [item async for item in batch]
    assert [(item.done, item.total) for item in items] == [(1, 3), (2, 3), (3, 3)]
    assert [item.result.reason for item in items] == ["answered", "error", "answered"]
    summary = batch.summary
    assert (summary.done, summary.answered, summary.answered_rate) == (3, 2, 2 / 3)
    assert (summary.token_usage.input_tokens, summary.token_usage.output_tokens) == (1_500, 150)
    assert summary.cost is not None
    assert isclose(summary.cost, 0.003)
    assert items[-1].seconds == summary.seconds
    assert agent.state.token_usage == summary.token_usage
