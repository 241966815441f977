"""Batches of a page: shown as a run, stopped like a run, with a result for each task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pyagent.agents.code import CodeAgent
from pyagent.agents.result import add_usage
from pyagent.browser.crew import Crew
from pyagent.browser.page_batch import TASKS_A_STEP
from pyagent.executors.local import LocalExecutor
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import (
    AddAgent,
    AddTool,
    AgentSettings,
    ApprovalRequested,
    Approve,
    BatchResult,
    BatchTask,
    FileInfo,
    FileProduced,
    RunFinished,
    RunStarted,
    StartBatch,
    StartRun,
    StepStarted,
    StopRun,
    ToolCall,
    ToolFinished,
    ToolReturn,
    ToolStarted,
    Totals,
)
from support.browser.page_end import PageEnd, with_agent

SEND = AddTool(name="send", description="Sends.", parameters={"type": "object", "properties": {}})


async def solve(page: PageEnd, *tasks: BatchTask, **options: Any) -> list[BatchResult]:
    """Run a batch. Returns its results in the order of the tasks."""
    page.send(StartBatch(batch_id="b", tasks=list(tasks), **options))
    await end_of(page, "b")
    results = [message for message in page.seen if isinstance(message, BatchResult)]
    return sorted(results, key=lambda result: result.index)


async def end_of(page: PageEnd, run_id: str) -> RunFinished:
    while (finished := await page.until(RunFinished)).run_id != run_id:
        pass
    return finished


def told(page: PageEnd, kind: type, run_id: str = "b") -> list[Any]:
    return [m for m in page.seen if isinstance(m, kind) and m.run_id == run_id]


def named(name: str) -> FileInfo:
    return FileInfo(path=name, size_bytes=1, media_type="text/plain")


def test_each_task_gets_an_agent_that_knows_nothing_of_the_other_tasks() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        await page.run("Keep.")
        tasks = [BatchTask(task="One."), BatchTask(task="Two.", additional_args={"a": 5})]
        results = await solve(page, *tasks, concurrency=1)
        assert [result.result.output for result in results] == [False, 5]
        assert (await page.run("And now?", "r2")).output == "kept"

    known = "final_answer('kept' in globals())"
    codes = ("kept = 'kept'\nfinal_answer(1)", known, "final_answer(a)", "final_answer(kept)")
    model = with_agent(scenario, *codes)
    assert [len(request.messages) for request in model.requests] == [2, 2, 2, 4]


def test_the_page_sees_a_batch_as_a_run_that_calls_an_agent_for_each_task() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure(max_steps=2)
        results = await solve(page, BatchTask(task="One."), BatchTask(task="Two."), concurrency=1)
        [start] = told(page, RunStarted)
        assert (start.task, start.parent_run_id) == ("2 tasks", "")
        calls = told(page, ToolStarted)
        assert [(c.call_id, c.arguments) for c in calls] == [
            (1, {"task": "One."}),
            (2, {"task": "Two."}),
        ]
        runs = [m for m in page.seen if isinstance(m, RunStarted) and m.parent_run_id == "b"]
        assert [(run.agent, run.parent_call_id) for run in runs] == [("Task 1", 1), ("Task 2", 2)]
        assert [run.run_id for run in runs] == [result.result.run_id for result in results]
        assert [call.call_id for call in told(page, ToolFinished)] == [1, 2]

        totals, end = page.seen[-2:]
        assert (end.run_id, end.success, end.output) == ("b", True, "1 of 2 tasks answered.")
        assert isinstance(totals, Totals)
        assert (totals.runs, totals.steps, end.steps) == (2, 3, 3)
        sums = results[-1].totals
        assert (sums.done, sums.answered, sums.counts) == (2, 1, {"answered": 1, "max_steps": 1})
        assert sums.token_usage == end.token_usage == totals.token_usage
        assert end.token_usage == add_usage(*(result.result.token_usage for result in results))

    with_agent(scenario, "final_answer(1)", *["x = 1"] * 2, ["?"])


def test_files_go_to_all_tasks_or_one_and_new_files_come_back_with_the_result() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        tasks = [BatchTask(task="One.", files=[named("b")]), BatchTask(task="Two.")]
        page.send(
            StartBatch(batch_id="b", tasks=tasks, files=[named("a")], concurrency=1), [b"A", b"B"]
        )
        first = await page.until(BatchResult)
        assert (first.result.output, page.buffers) == (["a", "b"], [b"made"])
        assert [file.path for file in first.files] == ["out.txt"]
        [produced] = told(page, FileProduced, first.result.run_id)
        assert produced.file.path == "out.txt"
        second = await page.until(BatchResult)
        assert (second.result.output, page.buffers) == (["a"], [])
        await end_of(page, "b")

    names = "import os\nnames = sorted(os.listdir())"
    write = "open('out.txt', 'w').write('made')\nfinal_answer(names)"
    with_agent(scenario, f"{names}\n{write}", f"{names}\nfinal_answer(names)")


def test_files_of_a_called_agent_do_not_reach_the_page() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(AddAgent(name="helper", description="Helps."))
        await page.configure()
        [result] = await solve(page, BatchTask(task="Go."))
        assert (result.result.output, result.files) == (7, [])
        assert not any(isinstance(message, FileProduced) for message in page.seen)

    write = "open('its.txt', 'w').write('x')\nfinal_answer(7)"
    with_agent(scenario, "final_answer(helper('Make it.'))", write)


def test_no_more_tasks_start_than_there_are_sandboxes() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(SEND)
        await page.configure()
        tasks = [BatchTask(task=str(number)) for number in range(5)]
        page.send(StartBatch(batch_id="b", tasks=tasks, concurrency=5))
        calls = [await page.until(ToolCall) for _ in range(3)]
        assert len(told(page, ToolStarted)) == 3
        for number in range(5):
            page.send(ToolReturn(call_id=calls[number].call_id, value=number))
            if number < 2:
                calls.append(await page.until(ToolCall))
        assert (await end_of(page, "b")).output == "5 of 5 tasks answered."

    with_agent(scenario, *["final_answer(send())"] * 5)


def test_all_tasks_may_use_the_tools_of_the_page_and_ask_for_approval() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(SEND)
        await page.configure(approve=["send"])
        page.send(StartBatch(batch_id="b", tasks=[BatchTask(task="A."), BatchTask(task="B.")]))
        for _ in range(4):  # two questions and two calls, in any order
            match await page.until(ApprovalRequested | ToolCall):
                case ApprovalRequested(run_id=run_id, call_id=call_id):
                    page.send(Approve(run_id=run_id, call_id=call_id, allowed=True))
                case ToolCall(call_id=call_id):
                    page.send(ToolReturn(call_id=call_id, value=call_id))
        assert (await end_of(page, "b")).output == "2 of 2 tasks answered."

    with_agent(scenario, *["final_answer(send())"] * 2)


def test_stop_ends_all_tasks_and_keeps_finished_results() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(SEND)
        await page.configure()
        tasks = [BatchTask(task=name) for name in ("A.", "B.", "C.")]
        page.send(StartBatch(batch_id="b", tasks=tasks, concurrency=1))
        page.send(ToolReturn(call_id=(await page.until(ToolCall)).call_id, value=1))
        await page.until(ToolCall)
        page.send(StopRun(run_id="b"))
        page.send(StopRun(run_id="b"))
        end = await end_of(page, "b")
        assert (end.reason, end.success, end.output) == (
            "cancelled",
            False,
            "1 of 3 tasks answered.",
        )
        assert len([m for m in page.seen if isinstance(m, BatchResult)]) == 1
        assert (await page.run("Go on.")).output == 7

    with_agent(scenario, *["final_answer(send())"] * 2, "final_answer(7)")


@pytest.mark.parametrize("kind", ["run", "batch"])
def test_stop_right_after_the_start_works(kind: str) -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        task = "For ever."
        start = (
            StartRun(run_id="r", task=task)
            if kind == "run"
            else StartBatch(batch_id="r", tasks=[BatchTask(task=task)])
        )
        page.send(start)
        page.send(StopRun(run_id="r"))
        assert (await end_of(page, "r")).reason == "cancelled"

    with_agent(scenario, "while True: pass")


def test_a_batch_is_refused_while_another_runs_and_may_be_empty() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(StartBatch(batch_id="none", tasks=[]))
        assert (await end_of(page, "none")).problem.kind == "no_model"
        await page.configure()
        page.send(StartBatch(batch_id="b", tasks=[BatchTask(task="A.")]))
        page.send(StartBatch(batch_id="c", tasks=[BatchTask(task="A.")]))
        assert (await end_of(page, "c")).problem.kind == "busy"
        await end_of(page, "b")
        page.send(StartBatch(batch_id="d", tasks=[]))
        assert (await end_of(page, "d")).output == "0 of 0 tasks answered."

    with_agent(scenario, "final_answer(1)")


def test_long_batches_are_shown_in_several_steps() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure(kind="tool_calling")
        tasks = [BatchTask(task=str(number)) for number in range(TASKS_A_STEP + 1)]
        assert len(await solve(page, *tasks, concurrency=50)) == len(tasks)
        assert [step.step for step in told(page, StepStarted)] == [1, 2]
        assert [call.step for call in told(page, ToolStarted)][-2:] == [1, 2]

    with_agent(scenario, *[["It is so."]] * (TASKS_A_STEP + 1))


@pytest.mark.parametrize(
    ("kind", "agents", "copies"),
    [
        ("code", [], 3),
        ("code", ["code"], 2),
        ("code", ["tool_calling"], 3),
        ("tool_calling", ["code"], None),
    ],
)
def test_copies_leave_sandboxes_for_the_agent_and_the_agents_it_calls(
    kind: Any, agents: Sequence[Any], copies: int | None
) -> None:
    crew = Crew(LocalExecutor(), lambda request: True)
    for called in agents:
        crew.add_member(AddAgent(name="helper", description="Helps.", kind=called))
    crew.choose(ScriptedModel(), AgentSettings(kind=kind))
    crew.settle()
    assert isinstance(crew.agent, CodeAgent) == (kind == "code")
    assert crew.copies_at_once(4) == copies
