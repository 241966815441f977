"""Cases for agents that call agents, on CPython and in a page."""

from __future__ import annotations

import asyncio
from typing import Any

from contracts.everywhere.cases import (
    LIMIT_S,
    Place,
    asked,
    block,
    both,
    calling,
    case,
    coding,
    counted,
    use,
)
from pyagent import CodeAgent, Limits, ScriptedModel, tool
from pyagent.protocol import RunFinished, RunStarted

WORKER = {"name": "worker", "description": "Works."}


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
    child = calling("Done.", "Done.", **WORKER)
    calls = [use("worker", task="a"), use("worker", task="b")]
    agent = calling(calls, "Both are done.", managed_agents=[child])
    result = await agent.arun("Go.")
    assert [run.output for run in result.children] == ["Done.", "Done."]
    tasks = {request.messages[-1].content for request in child.model.requests}  # type: ignore[attr-defined]
    assert tasks == {"Task: a", "Task: b"}


@case
async def code_calls_an_agent_several_times_at_once(place: Place) -> None:
    meeting = asyncio.Barrier(2)

    @tool
    async def meet() -> None:
        """Wait for the other."""
        async with asyncio.timeout(LIMIT_S):
            await meeting.wait()

    class Working(ScriptedModel):
        def reply_to(self, messages: Any) -> Any:
            if len(messages) == 2:
                return block(f"mine = {messages[1].content.removeprefix('Task: ')!r}\nmeet()")
            return block("final_answer(mine)")

    code = block("final_answer(worker.map(['a', 'b']))")
    async with (
        coding(place, model=Working(), tools=[meet], **WORKER) as worker,
        coding(place, code, managed_agents=[worker]) as agent,
    ):
        result = await agent.arun("Go.")
    assert result.output == ["a", "b"], result
    assert sorted(run.output for run in result.children) == ["a", "b"]


@case
async def failure_of_a_called_agent_is_an_observation(place: Place) -> None:
    work = [use("worker", task="Find it.")]
    code = [block("worker('Find it.')"), block("final_answer('No luck.')")]
    tired = [[use("add", a=1, b=2)], "About 7."] * 2
    async with both(
        place,
        code,
        [work, "No luck."],
        managed_agents=[calling(*tired, max_steps=1, **WORKER)],
    ) as agents:
        for agent in agents:
            result = await agent.arun("Go.")
            assert (result.output, result.children[0].reason) == ("No luck.", "max_steps")
            told = asked(agent)[-1].content
            assert "ToolError" in told
            assert "The agent worker did not finish" in told
            assert "What it had: About 7." in told


@case
async def called_agent_reports_what_it_did_on_request(place: Place) -> None:
    replies = [block("print('looked it up')"), block("final_answer('Rome')")]
    async with (
        coding(place, *replies, provide_run_summary=True, **WORKER) as worker,
        coding(place, block("final_answer(worker('Go.'))"), managed_agents=[worker]) as agent,
    ):
        report = (await agent.arun("Go.")).output
    assert report.startswith("Answer of worker: Rome\nWhat it did:\n1.")
    assert "looked it up" in report


@case
async def agents_nest_and_each_run_is_counted_once(place: Place) -> None:
    worker = calling(counted("deep", 3, 1), **WORKER)
    code = counted(block("final_answer(worker('Deep.'))"), 20, 1)
    manager = {"name": "manager", "description": "Manages."}
    async with (
        coding(place, code, managed_agents=[worker], **manager) as middle,
        coding(
            place,
            counted(block("final_answer(manager('Go.'))"), 100, 1),
            managed_agents=[middle],
        ) as agent,
    ):
        events = [event async for event in agent.astream("Go.")]
        result = agent.last_result
    assert result is not None
    assert (result.output, result.token_usage.input_tokens) == ("deep", 123)
    starts = {event.agent: event for event in events if isinstance(event, RunStarted)}
    assert starts["worker"].parent_run_id == starts["manager"].run_id
    assert starts["manager"].parent_run_id == starts[""].run_id
    (managed,) = result.children
    assert [run.agent for run in (managed, *managed.children)] == ["manager", "worker"]


@case
async def called_agent_has_what_is_left_of_the_limits(place: Place) -> None:
    child = calling(*[counted(use("add", a=n, b=0), 40, 0) for n in range(3)], **WORKER)
    call = counted(block("worker('Go.')"), 70, 0)
    async with coding(place, call, managed_agents=[child], limits=Limits(tokens=100)) as agent:
        result = await agent.arun("Go.")
    assert (result.reason, result.token_usage.input_tokens) == ("limit", 110)
    assert [run.reason for run in result.children] == ["limit"]


@case
async def parallel_calls_together_keep_the_callers_limit(_: Place) -> None:
    child = calling(*[counted(use("add", a=1, b=2), 40, 0)] * 99, **WORKER)
    calls = [use("worker", task=str(n)) for n in range(5)]
    first = [*calls, counted("", 10, 0)[1]]
    agent = calling(first, managed_agents=[child], limits=Limits(tokens=100))
    result = await agent.arun("Go.")
    assert [run.reason for run in (result, *result.children)] == ["limit"] * 6
    assert 100 <= result.token_usage.input_tokens <= 100 + 5 * 40
    assert child.state.runs == 5


@case
async def call_leaves_the_agents_own_conversation_alone(place: Place) -> None:
    replies = ["x = 41\nfinal_answer(x)", "final_answer('x' in globals())", "final_answer(x + 1)"]
    async with (
        coding(place, *map(block, replies), **WORKER) as worker,
        coding(place, block("final_answer(worker('Is x set?'))"), managed_agents=[worker]) as agent,
    ):
        await worker.arun("Set x.")
        assert (await agent.arun("Go.")).output is False
        assert (await worker.arun("Add one.")).output == 42
    assert [past.task for past in worker.memory.interactions] == ["Task: Set x.", "Task: Add one."]


@case
async def stopping_the_caller_stops_the_agents_that_it_called(place: Place) -> None:
    @tool
    async def hang() -> None:
        """Never end."""
        await asyncio.Event().wait()

    tasks = ("a", "b")
    code = [block(f"worker.map({list(tasks)})")]
    calls = [[use("worker", task=task) for task in tasks]]
    worker = calling(*[[use("hang")]] * 4, tools=[hang], **WORKER)
    async with both(place, code, calls, managed_agents=[worker]) as agents:
        for agent in agents:
            hung, ends = 0, []
            async with asyncio.timeout(LIMIT_S):
                async for event in agent.astream("Go."):
                    if event.type == "tool_started" and event.name == "hang":
                        hung += 1
                        if hung == len(tasks):
                            agent.interrupt()
                    elif isinstance(event, RunFinished):
                        ends.append(event.reason)
            assert ends == ["cancelled"] * 3
            assert not worker.is_working


@case
async def time_limit_is_also_the_reason_of_called_agents(place: Place) -> None:
    @tool
    async def hang() -> None:
        """Never end."""
        await asyncio.Event().wait()

    worker = calling(*[[use("hang")]] * 2, tools=[hang], **WORKER)
    code, calls = [block("worker('a')")], [[use("worker", task="a")]]
    limits = Limits(seconds=1)
    async with both(place, code, calls, managed_agents=[worker], limits=limits) as agents:
        for agent in agents:
            await agent.prepare()  # so that the limit is left for the run alone
            events = [event async for event in agent.astream("Go.")]
            ends = [event.reason for event in events if isinstance(event, RunFinished)]
            assert ends == ["limit"] * 2
            assert agent.last_result is not None
            assert [run.reason for run in agent.last_result.children] == ["limit"]
