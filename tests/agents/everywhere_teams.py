"""Agents that call agents, wherever they are."""

from __future__ import annotations

from everywhere import Place, block, calling, case, coding, use

from pyagent import CodeAgent, ScriptedModel
from pyagent.protocol import RunStarted


@case
async def agents_are_called_from_code_with_sandboxes_of_their_own(place: Place) -> None:
    child = calling([use("final_answer", answer="Rome")], name="guide", description="Knows places.")
    inner = place.make_executor()
    adder = CodeAgent(
        model=ScriptedModel([block("final_answer(sum(numbers))")]),
        executor=inner,
        name="adder",
        description="Adds up.",
    )
    code = "n = adder('Add.', {'numbers': [1, 2]})\nfinal_answer([guide('Capital?'), n])"
    async with coding(place, block(code), managed_agents=[child, adder]) as agent:
        events = [event async for event in agent.astream("Go.")]
        result = agent.last_result
    await inner.aclose()
    assert result is not None
    assert result.output == ["Rome", 3]
    starts = {event.agent: event for event in events if isinstance(event, RunStarted)}
    assert {starts[name].parent_run_id for name in ("guide", "adder")} == {starts[""].run_id}
    spent = sum(run.token_usage.input_tokens for run in result.children)
    assert result.token_usage.input_tokens == result.steps[0].token_usage.input_tokens + spent


@case
async def agents_are_called_by_tool_calls_at_the_same_time(_: Place) -> None:
    child = calling("Done.", "Done.", name="worker", description="Works.")
    calls = [use("worker", task="a"), use("worker", task="b")]
    agent = calling(calls, "Both are done.", managed_agents=[child])
    result = await agent.arun("Go.")
    assert [run.output for run in result.children] == ["Done.", "Done."]
    tasks = {request.messages[-1].content for request in child.model.requests}  # type: ignore[attr-defined]
    assert tasks == {"Task: a", "Task: b"}
