"""Messages that follow one another while a conversation is given back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from browser.test_restoring import CODE, kept
from pyagent.protocol import (
    AddAgent,
    AddTool,
    BatchTask,
    ClearConversation,
    Cleared,
    ConversationRestored,
    RemoveTool,
    RestoreConversation,
    ResumeRun,
    RunFinished,
    StartBatch,
    StartRun,
    StepFinished,
    StopRun,
)
from support.browser.kept import Journal, StepsModel, with_worker
from support.browser.page_end import PageEnd

SLOW = ("x = 1", "import time; time.sleep(0.3)", "final_answer(5)")
TOOL = AddTool(name="t", description="T.", parameters={"type": "object", "properties": {}})


def send_restore(end: PageEnd, journal: Journal) -> None:
    end.send(RestoreConversation(parts=journal.parts, lost=journal.lost), [journal.checkpoint])


@pytest.mark.parametrize("ticks", [0, 1, 5, None])
@pytest.mark.parametrize("kind", ["resume", "new", "batch"])
def test_a_stop_is_heard_before_the_run_has_begun(ticks: int | None, kind: str) -> None:
    journal = kept(*SLOW, upto=1)
    message: Any = ResumeRun(run_id="r1")
    if kind == "new":
        message = StartRun(run_id="r1", task="New.")
    elif kind == "batch":
        message = StartBatch(batch_id="r1", tasks=[BatchTask(task="New.")])

    async def scenario(end: PageEnd) -> None:
        send_restore(end, journal)
        if ticks is None:
            await end.until(ConversationRestored)
            await asyncio.sleep(0.05)  # the worker is idle
        end.send(message)
        for _ in range(ticks or 0):
            await asyncio.sleep(0)
        end.send(StopRun(run_id="r1"))
        while (finished := await end.until(RunFinished)).run_id != "r1":
            pass
        assert finished.reason == "cancelled"
        assert not [m for m in end.seen if isinstance(m, StepFinished)]
        assert (await end.run("Another.", "r2")).output == 5

    with_worker(scenario, StepsModel([*SLOW, *["final_answer(5)"] * 3]))


def test_clearing_waits_for_the_conversation_that_was_given_before() -> None:
    journal = kept(*CODE)
    model = StepsModel(["final_answer('x' in globals())", "0", "0", "0"])

    async def scenario(end: PageEnd) -> None:
        send_restore(end, journal)
        end.send(ClearConversation())
        await end.until(Cleared)
        assert any(isinstance(m, ConversationRestored) for m in end.seen)
        assert (await end.run("New.", "r9")).output is False

    with_worker(scenario, model)
    assert not any("Task 1." in m.content for m in model.requests[0].messages)


def test_a_conversation_is_given_back_after_the_clearing_before_it() -> None:
    journal = kept(*CODE)

    async def scenario(end: PageEnd) -> None:
        await end.run("Mine.", "r0")
        end.send(ClearConversation())
        send_restore(end, journal)
        end.send(StartRun(run_id="r2", task="Again."))
        assert (await end.until(RunFinished)).output == [2, False]

    code = "final_answer([x, 'mine' in globals()])"
    with_worker(scenario, StepsModel(["mine = 1\nfinal_answer(mine)", "0", "0", code]))


def test_clearing_ends_a_run_that_waits_for_the_conversation() -> None:
    journal = kept(*CODE)

    async def scenario(end: PageEnd) -> None:
        send_restore(end, journal)
        end.send(StartRun(run_id="r2", task="Again."))
        end.send(ClearConversation())
        assert (await end.until(RunFinished)).reason == "cancelled"
        await end.until(Cleared)
        assert (await end.run("New.", "r3")).output == "new"

    with_worker(scenario, StepsModel(["final_answer('new')", "0", "0", "0", "0"]))


@pytest.mark.parametrize(
    "changes",
    [
        [TOOL],
        [TOOL, RemoveTool(name="t")],
        [AddAgent(name="helper", description="Helps.")],
        [TOOL, AddAgent(name="helper", description="Helps.")],
    ],
)
def test_a_run_has_the_conversation_whatever_is_added_meanwhile(changes: Sequence[Any]) -> None:
    journal = kept(*CODE)

    async def scenario(end: PageEnd) -> None:
        send_restore(end, journal)
        end.send(StartRun(run_id="r2", task="Again."))
        for change in changes:
            end.send(change)
        assert (await end.until(RunFinished)).output == 4

    with_worker(scenario, StepsModel(["final_answer('alone')", "0", "0", "final_answer(x * 2)"]))
