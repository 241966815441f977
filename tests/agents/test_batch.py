"""Many tasks at once: ``agent.map`` and ``agent.amap``."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Any

import pytest

from pyagent import (
    AgentError,
    BatchItem,
    ChatMessage,
    CodeAgent,
    LoadError,
    LocalExecutor,
    ScriptedModel,
    SqlTool,
    ToolCallingAgent,
    tool,
)
from pyagent.messages import ToolUse
from pyagent.models.base import ModelEvent, ModelRequest
from pyagent.models.price import Price
from pyagent.protocol import Event, RunFinished
from support.agents.scripted_agents import Echo, block, echoing, in_loop


def test_results_come_as_they_complete_with_progress() -> None:
    may_end = asyncio.Event()

    class Waiting(Echo):
        async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            if "slow" in request.messages[-1].content:
                await may_end.wait()
            async for event in super().reply(request):
                yield event

    async def scenario() -> list[BatchItem]:
        items = []
        async for item in ToolCallingAgent([], Waiting()).amap(["slow", "quick"]):
            items.append(item)
            may_end.set()
        return items

    quick, slow = asyncio.run(scenario())
    assert (quick.index, quick.task, quick.result.output) == (1, "quick", "quick")
    assert (quick.done, quick.total) == (1, 2)
    assert (slow.index, slow.done, slow.total) == (0, 2, 2)
    assert 0 < quick.seconds <= slow.seconds


def test_every_task_has_its_own_agent_and_the_original_stays_untouched() -> None:
    agent = echoing()
    agent.run("before")
    assert sorted(
        item.result.output for item in agent.map(list("abcdefgh"), concurrency=2)
    ) == list("abcdefgh")
    assert [i.task for i in agent.memory.interactions] == ["Task: before"]
    assert isinstance(agent.model, ScriptedModel)
    assert {len(request.messages) for request in agent.model.requests} == {2}


def test_code_of_one_task_cannot_see_what_another_left_behind() -> None:
    look = "import os\nfound = 'x' in globals() or os.listdir('.')\n"
    leave = "x = 1\nopen('note.txt', 'w').write('hi')\nfinal_answer(bool(found))"
    model = ScriptedModel([block(look + leave)] * 3)
    with CodeAgent(model=model) as agent:
        answers = [item.result.output for item in agent.map(["a", "b", "c"], concurrency=1)]
    assert answers == [False, False, False]


def test_tables_of_parallel_tasks_stay_separate() -> None:
    async def scenario() -> list[object]:
        meeting = asyncio.Barrier(2)

        @tool
        async def meet() -> None:
            """Wait until the other task has its table too."""
            await meeting.wait()

        code = block("meet()\nfinal_answer(query_db('SELECT x FROM t')[0]['x'])")
        async with CodeAgent([SqlTool(), meet], ScriptedModel([code] * 2)) as agent:
            tasks = [{"task": str(x), "files": {"t.csv": f"x\n{x}\n".encode()}} for x in (1, 2)]
            items = [item async for item in agent.amap(tasks, concurrency=2)]
        return [item.result.output for item in sorted(items, key=lambda item: item.index)]

    assert in_loop(scenario()) == [1, 2]


def test_no_more_agents_work_than_concurrency_says() -> None:
    at_work: set[int] = set()
    most = 0

    def watch(index: int, event: Event) -> None:
        nonlocal most
        (at_work.discard if isinstance(event, RunFinished) else at_work.add)(index)
        most = max(most, len(at_work))

    list(echoing().map(list("abcdefgh"), concurrency=3, on_event=watch))
    assert most == 3


def test_ten_tools_may_block_at_the_same_time() -> None:
    together = threading.Barrier(10)

    @tool
    def meet() -> str:
        """Wait for nine others."""
        together.wait(20)
        return "met"

    class Meeting(ScriptedModel):
        def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
            if messages[-1].role == "tool":
                return messages[-1].content
            return [ToolUse(id="1", name="meet", arguments={})]

    agent = ToolCallingAgent([meet], Meeting(supports_tools=True))
    answers = [item.result.output for item in agent.map(map(str, range(10)))]
    assert answers == ["met"] * 10


def test_one_failure_loses_no_other_task() -> None:
    tasks = ["a", "fail", {"task": "b", "moon": 1}, 7, {"task": "again", "max_steps": 1}, "c"]
    results = {item.index: item.result for item in echoing().map(tasks)}  # type: ignore[arg-type]
    assert [results[i].output for i in (0, 5)] == ["a", "c"]
    assert [results[i].reason for i in (1, 2, 3)] == ["error"] * 3
    assert results[4].reason == "max_steps"
    messages = [problem.message for i in (1, 2, 3) if (problem := results[i].problem)]
    assert messages[0] == "The model is ill."
    assert messages[1] == "A task has no option moon."
    assert "not 7" in messages[2]


def test_summary_adds_up_the_results() -> None:
    batch = echoing(price=Price(input=1, output=5)).map(["a", "b", "c", "fail"])
    list(batch)
    summary = batch.summary
    assert (summary.done, summary.answered, summary.answered_rate) == (4, 3, 0.75)
    assert summary.counts == {"answered": 3, "error": 1}
    assert (summary.token_usage.input_tokens, summary.token_usage.output_tokens) == (30, 6)
    assert summary.cost == pytest.approx(3 * (10 + 2 * 5) / 1e6)
    assert summary.per_second == pytest.approx(4 / summary.seconds)


def test_cost_of_a_batch_is_unknown_when_no_price_is() -> None:
    batch = echoing().map(["a", "b"])
    list(batch)
    assert batch.summary.cost is None


def test_results_may_be_counted_by_anything() -> None:
    def kind(result: Any) -> str:
        return "escalated" if "hard" in result.output else "resolved"

    batch = echoing().map(["easy", "hard", "easy", "easy"], count_by=kind)
    list(batch)
    assert batch.summary.counts == {"resolved": 3, "escalated": 1}
    assert (batch.summary.share("resolved"), batch.summary.share("lost")) == (0.75, 0)


def test_totals_of_the_copies_become_the_agents() -> None:
    agent = echoing()
    items = list(agent.map(["a", "b", "c"]))
    assert (agent.state.runs, agent.state.steps) == (3, 3)
    assert agent.state.token_usage.input_tokens == 30
    assert agent.state.seconds == pytest.approx(sum(i.result.timing.total_s for i in items))


def test_tasks_may_have_options() -> None:
    model = ScriptedModel([block("final_answer([open('in.txt').read(), number])")])
    with CodeAgent(model=model) as agent:
        task = {"task": "Read.", "files": {"in.txt": b"hi"}, "additional_args": {"number": 7}}
        (item,) = agent.map([task])
    assert (item.task, item.result.output) == ("Read.", ["hi", 7])


def test_tasks_are_taken_only_when_an_agent_is_free_and_results_are_read() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "task"

    async def scenario() -> None:
        async with echoing().amap(endless(), concurrency=2) as batch:
            for _ in range(5):
                assert (await anext(batch)).total is None
            for _ in range(300):
                await asyncio.sleep(0)

    asyncio.run(scenario())
    assert 5 <= taken <= 5 + 2 * 2


def test_tasks_may_come_from_an_async_iterable() -> None:
    async def arriving() -> AsyncIterator[str]:
        for name in "abc":
            await asyncio.sleep(0)
            yield name

    answers = [item.result.output for item in echoing().map(arriving())]
    assert sorted(answers) == ["a", "b", "c"]


def test_fault_in_the_tasks_is_raised_after_the_tasks_already_begun() -> None:
    def faulty() -> Iterator[str]:
        yield from "ab"
        raise OSError("The file ended.")

    batch = echoing().map(faulty())
    assert sorted(next(batch).result.output for _ in range(2)) == ["a", "b"]
    with pytest.raises(OSError, match=r"The file ended\."):
        next(batch)


@pytest.mark.parametrize("tasks", ["one task", {"task": "one"}], ids=["text", "mapping"])
def test_single_task_instead_of_a_list_is_refused(tasks: Any) -> None:
    with pytest.raises(TypeError, match="not a single task"):
        echoing().map(tasks)


def test_agent_that_cannot_be_copied_says_so() -> None:
    model = ScriptedModel([])

    class Alone(ToolCallingAgent):
        def copy(self) -> Any:
            raise AgentError("There can be only one.")

    with pytest.raises(AgentError, match="only one"):
        list(Alone([], model).map(["a"]))


class Narrow(ToolCallingAgent):
    """An agent whose ``__init__`` takes no options."""

    def __init__(self, place: str = "Lisbon") -> None:
        super().__init__(model=Echo(), instructions=f"You are in {place}.")


def test_agent_with_arguments_of_its_own_says_why_it_cannot_be_made_again() -> None:
    with pytest.raises(AgentError, match=r"Narrow .* its __init__ .* 'tools'.* override copy"):
        list(Narrow().map(["a"]))
    data = Narrow().to_dict()
    with pytest.raises(LoadError, match=r"Narrow .* its __init__ .* Let it take \*\*options"):
        ToolCallingAgent.from_dict(data, model=Echo())


def test_sandbox_starts_while_the_model_is_asked() -> None:
    asked = asyncio.Event()

    class Late(LocalExecutor):
        async def _start_process(self) -> Any:
            await asyncio.wait_for(asked.wait(), 20)
            return await super()._start_process()

    class Telling(ScriptedModel):
        def reply_to(self, messages: Sequence[ChatMessage]) -> Any:
            asked.set()
            return super().reply_to(messages)

    async def scenario() -> None:
        executor = Late()
        async with CodeAgent(model=Telling([block("final_answer(1)")]), executor=executor) as agent:
            result = await agent.arun("Go.", reset=True)
        await executor.aclose()
        assert result.output == 1

    asyncio.run(scenario())
