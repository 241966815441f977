"""Cases for agents that write code, on CPython and in a page."""

from __future__ import annotations

import json

from contracts.everywhere.cases import Place, add, block, case, coding
from pyagent import ScriptedModel


@case
async def code_agent_calls_tools_keeps_variables_and_forgets_them_at_reset(place: Place) -> None:
    replies = [
        block("x = add(add(1, base), 3)\nfinal_answer(x)"),
        block("final_answer(x + 1)"),
        block("final_answer('x' in globals() or 'base' in globals())"),
    ]
    async with coding(place, *replies, tools=[add]) as agent:
        assert (await agent.arun("Add.", additional_args={"base": 2})).output == 6
        assert (await agent.arun("One more.")).output == 7
        assert (await agent.arun("Anew.", reset=True)).output is False
        assert agent.state.runs == 3


@case
async def code_may_come_as_json_of_a_schema(place: Place) -> None:
    reply = json.dumps({"thought": "I add.", "code": "final_answer(40 + 2)"})
    model = ScriptedModel([reply], supports_schema=True)
    async with coding(place, model=model, structured_output=True) as agent:
        assert (await agent.arun("Add.")).output == 42
    assert model.requests[0].schema is not None


@case
async def code_is_found_in_what_models_really_send(place: Place) -> None:
    replies = [
        "n = 41\nfinal_answer(n + 1)",
        "I answer.\n```python\nfinal_answer(n + 1)",
        f"<think>Is it {block('final_answer(0)')}?</think>\n{block('final_answer(n + 1)')}",
        f"First:\n{block('m = n')}\nThen:\n{block('final_answer(m + 1)')}",
        "<code>\nfinal_answer(n + 1)\n</code>",
        f"\x1b[32m{block('final_answer(n + 1)')}\x1b[0m<|im_end|>",
    ]
    async with coding(place, *replies) as agent:
        results = [await agent.arun("Go.") for _ in replies]
    assert [(result.output, len(result.steps)) for result in results] == [(42, 1)] * len(replies)
