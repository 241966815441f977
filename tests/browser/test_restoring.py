"""Conversations that a page gives back to the agent worker: whole, damaged, or from elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from pyagent.browser.journal import save_points
from pyagent.executors.base import Kept
from pyagent.protocol import (
    AgentSettings,
    BatchTask,
    ClearConversation,
    Cleared,
    Configure,
    ConversationRestored,
    Json,
    ModelSettings,
    RestoreConversation,
    ResumeRun,
    RunFinished,
    RunResumed,
    SavePoint,
    StartBatch,
    StartRun,
    StepFinished,
    Totals,
)
from support.agents.scripted_agents import use
from support.browser.kept import Journal, KeepingExecutor, KeepingPage, StepsModel, with_worker
from support.browser.page_end import PageEnd, with_models
from support.images import png

CODE = ("x = 1", "x += 1", "final_answer(x)")
CALLS = ([use("nothing", a=1)], [use("nothing", b=2)], [use("final_answer", answer="done")])


def kept(*steps: Any, upto: int | None = None, tasks: int = 1, **settings: Any) -> Journal:
    """What a page keeps of an agent's tasks; with ``upto``, of the first up to that step."""
    journal = Journal()

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, Journal(), {})
        for number in range(1, tasks + 1):
            end.send(StartRun(run_id=f"r{number}", task=f"Task {number}."))
            await page.follow(f"r{number}")
        for message, buffers in page.messages:
            if upto is not None and isinstance(message, StepFinished) and message.step > upto:
                return
            journal.take(message, buffers)

    native = settings.get("kind") == "tool_calling"
    with_worker(scenario, StepsModel(steps, supports_tools=native), **settings)
    return journal


def given_back(journal: Journal, scenario: Any, *steps: Any, **settings: Any) -> StepsModel:
    """Give a conversation to a new worker before ``scenario``. Returns the worker's model."""
    native = settings.get("kind") == "tool_calling"
    model = StepsModel(steps, supports_tools=native)

    async def restored(end: PageEnd) -> None:
        await scenario(end, await journal.give_back(end))

    with_worker(restored, model, **settings)
    return model


async def resumed(end: PageEnd, run_id: str = "r1", **options: Any) -> RunFinished:
    end.send(ResumeRun(run_id=run_id, **options))
    return await end.until(RunFinished)


def saved(end: PageEnd) -> list[SavePoint]:
    return [message for message in end.seen if isinstance(message, SavePoint)]


# --- whole conversations -------------------------------------------------------------------------


def test_a_finished_conversation_goes_on_with_its_memory_totals_and_variables() -> None:
    journal = kept(*CODE, "final_answer(x * 10)", tasks=2)

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        assert restored.problem is None
        assert (await end.run("Again.", "r3")).output == 6
        totals = next(m for m in end.seen if isinstance(m, Totals))
        assert (totals.runs, totals.steps) == (3, 5)
        names = {name for m in saved(end) for name in m.parts if name.startswith("memory/")}
        assert names == {"memory/3/task", "memory/3/step/0", "memory/3/end"}

    model = given_back(journal, scenario, *CODE, "0", "final_answer(x * 3)")
    said = [message.content for message in model.requests[0].messages]
    assert said[1] == "Task: Task 1."
    assert "Task: Task 2." in said[-3]
    assert said[-1].endswith("Task: Again.")


def test_a_task_that_leaves_the_memory_leaves_what_is_kept() -> None:
    journal = kept("final_answer(1)", "final_answer(2)", "final_answer(2)", tasks=3, memory_size=2)
    numbers = {name.split("/")[1] for name in journal.parts if name.startswith("memory/")}
    assert numbers == {"2", "3"}

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        await end.run("Again.", "r4")
        removed = [name for m in saved(end) for name in m.removed]
        gone = ["memory/2/end", "memory/2/step/0", "memory/2/task"]
        assert sorted(removed) == [*gone, "run", "run/task"]

    given_back(journal, scenario, "0", "0", "final_answer(3)", memory_size=2)


def test_after_clearing_everything_is_sent_anew() -> None:
    async def scenario(end: PageEnd) -> None:
        await end.run("First.", "r1")
        end.send(ClearConversation())
        await end.until(Cleared)
        end.seen.clear()
        await end.run("Second.", "r2")
        parts = {name: part for m in saved(end) for name, part in m.parts.items()}
        assert {"version", "state", "memory/2/task", "memory/2/step/0"} <= parts.keys()
        assert "memory/1/task" in saved(end)[0].removed
        assert saved(end)[0].checkpoint == "none"

    with_worker(scenario, StepsModel(["final_answer(1)"]))


def test_pictures_are_kept() -> None:
    journal = Journal()
    picture = png()
    shown = "from PIL import Image\ndisplay(Image.new('RGB', (4, 3)))"

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, journal, {})
        await page.begin("r1", {"a.png": picture})

    seeing = {"supports_images": True}
    with_worker(scenario, StepsModel([shown, "final_answer(1)"], **seeing))
    assert "memory/1/task/image/0" in journal.parts

    async def goes_on(end: PageEnd) -> None:
        assert (await journal.give_back(end)).problem is None
        await end.run("Again.", "r2")

    model = StepsModel(["0", "0", "final_answer(2)"], **seeing)
    with_worker(goes_on, model)
    images = [image for message in model.requests[0].messages for image in message.images]
    assert images[0].data == picture
    assert len(images) == 2


def test_parts_may_come_in_several_messages_right_after_the_settings() -> None:
    journal = kept(*CODE, upto=2)
    model = StepsModel(CODE)

    async def scenario(end: PageEnd) -> None:
        settings = ModelSettings(kind="openai", model="scripted")
        end.send(Configure(model=settings, agent=AgentSettings()))
        for name, part in journal.parts.items():
            end.send(RestoreConversation(parts={name: part}, more=True))
        end.send(RestoreConversation(parts={}), [journal.checkpoint])
        assert (await end.until(ConversationRestored)).problem is None
        assert (await resumed(end)).output == 2

    with_models(scenario, lambda *_: model, make_executor=KeepingExecutor)


def test_another_conversation_may_take_the_place_of_one() -> None:
    journal = kept(*CODE)

    async def scenario(end: PageEnd) -> None:
        await end.run("Mine.", "r0")
        end.seen.clear()
        await journal.give_back(end)
        finished = await end.run("And now?", "r2")
        assert finished.output == [2, False]
        assert [name for m in saved(end) for name in m.removed] == ["run", "run/task"]
        assert (await Journal().give_back(end)).problem is None
        assert (await end.run("Mine.", "r3")).output == "mine"

    replies = ["mine = 1\nfinal_answer('mine')", "0", "0", "final_answer([x, 'mine' in globals()])"]
    with_worker(scenario, StepsModel(replies))


# --- interrupted runs ----------------------------------------------------------------------------


def test_a_resumed_run_may_have_another_model_kind_and_limit() -> None:
    async def as_calls(end: PageEnd, restored: ConversationRestored) -> None:
        assert (await resumed(end)).output == "done"

    given_back(kept(*CODE, upto=2), as_calls, *CALLS, kind="tool_calling")

    async def as_code(end: PageEnd, restored: ConversationRestored) -> None:
        finished = await resumed(end, max_steps=2)
        assert (finished.reason, finished.steps) == ("max_steps", 2)

    model = given_back(kept(*CALLS, upto=2, kind="tool_calling"), as_code, "0", "0", ["Perhaps."])
    assert all(not message.tool_uses for message in model.requests[0].messages)


def test_a_run_waits_for_the_conversation_that_was_given_before_it() -> None:
    journal = kept(*CODE, upto=2)

    async def scenario(end: PageEnd) -> None:
        message = RestoreConversation(parts=journal.parts, lost=journal.lost)
        end.send(message, [journal.checkpoint])
        assert (await resumed(end)).output == 2

    with_worker(scenario, StepsModel(CODE))


def test_settings_may_change_before_a_run_goes_on() -> None:
    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        await end.configure(instructions="Be brief.")
        assert (await resumed(end)).output == 2

    given_back(kept(*CODE, upto=2), scenario, *CODE)


def test_what_the_checkpoint_does_not_hold_is_named() -> None:
    journal = kept("x = 1\ngone = (i for i in [1])", "0", "final_answer(x)", upto=1)
    assert list(journal.lost) == ["gone"]

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        assert (await resumed(end)).output == 1
        assert list(next(m for m in end.seen if isinstance(m, RunResumed)).lost) == ["gone"]
        assert list(saved(end)[0].lost) == ["gone"]

    model = given_back(journal, scenario, "0", "0", "final_answer(x)")
    assert "Not kept: gone (" in model.requests[0].messages[-1].content


def test_values_that_came_with_a_task_are_there_without_a_checkpoint() -> None:
    journal = Journal()

    async def first(end: PageEnd) -> None:
        page = KeepingPage(end, journal, {})
        await page.begin("r1", {}, given=[1, 2])

    with_worker(first, StepsModel(["final_answer(sum(given))"]))
    journal.checkpoint = b""

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        assert (await end.run("Again.", "r2")).output == 3

    given_back(journal, scenario, "0", "final_answer(sum(given))")


def test_a_run_is_refused_when_there_is_nothing_to_go_on_with() -> None:
    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        for _ in range(2):
            problem = (await resumed(end)).problem
            assert problem is not None
            assert (problem.kind, problem.advice) == ("nothing_to_resume", "Give a new task.")
        assert (await end.run("Again.", "r2")).output == 2

    given_back(kept(*CODE), scenario, *CODE, "final_answer(x)")


def test_a_conversation_is_refused_without_a_model_and_during_a_run() -> None:
    model = StepsModel(["final_answer(1)"], delay_s=0.01)

    async def scenario(end: PageEnd) -> None:
        journal = Journal()
        problem = (await journal.give_back(end)).problem
        assert problem is not None
        assert problem.kind == "no_model"
        await end.configure()
        end.send(StartRun(run_id="r1", task="Slow."))
        problem = (await journal.give_back(end)).problem
        assert problem is not None
        assert problem.kind == "busy"
        assert (await end.until(RunFinished)).success

    with_models(scenario, lambda *_: model, make_executor=KeepingExecutor)


@pytest.mark.parametrize(
    "task",
    [
        StartRun(run_id="r2", task="New.", additional_args={"final_answer": 1}),
        StartRun(run_id="r2", task="New.", additional_args={"not a name": 1}),
        StartRun(run_id="r2", task="New.", max_steps=-1),
        StartBatch(batch_id="r2", tasks=[BatchTask(task="New.", additional_args={"print": 1})]),
    ],
)
def test_a_task_that_cannot_begin_leaves_the_interrupted_run(task: StartRun | StartBatch) -> None:
    journal = kept(*CODE, upto=2)

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        end.send(task)
        while (await end.until(RunFinished)).run_id != "r2":
            pass
        assert {(m.run_id, m.step, m.is_over) for m in saved(end)} == {("r1", 2, False)}
        assert (await resumed(end)).output == 2

    given_back(journal, scenario, *CODE)


# --- damage --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        {"memory/1/step/0": {"type": "unheard"}},
        {"memory/1/step/0": None},
        {"memory/1/task": 7},
        {"memory/1/end": "?"},
        {"state": {"runs": "many"}},
        {"new/kind": 1},
        {"memory/1/steps/0": []},
        {"memory/0001e5/step": []},
        {"image_files/a": 3},
        {"agents/x/state": 3},
    ],
)
def test_a_damaged_part_costs_only_itself(damage: dict[str, Json]) -> None:
    journal = kept(*CODE, "0", tasks=1)
    journal.parts |= damage

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        assert restored.problem is not None
        assert restored.problem.kind == "damaged"
        assert next(iter(damage)) in restored.problem.message
        end.send(StartRun(run_id="r2", task="Again."))
        page = KeepingPage(end, journal, {})
        assert (await page.follow("r2")).output == 2

    replies = ("final_answer(x)",) * 5
    given_back(journal, scenario, *replies)

    async def whole(end: PageEnd, restored: ConversationRestored) -> None:
        assert restored.problem is None

    given_back(journal, whole)


def test_a_damaged_run_is_not_gone_on_with() -> None:
    journal = kept(*CODE, upto=2)
    del journal.parts["run/task"]

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        assert restored.problem is not None
        problem = (await resumed(end)).problem
        assert problem is not None
        assert problem.kind == "nothing_to_resume"

    given_back(journal, scenario)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_parts_of_another_version_are_not_read(version: Json) -> None:
    journal = kept(*CODE)
    journal.parts["version"] = version

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        assert restored.problem is not None
        assert restored.problem.kind == "version"
        assert (await end.run("New.", "r2")).output == "new"

    model = given_back(journal, scenario, "final_answer('new')")
    assert len(model.requests[0].messages) == 2


# --- checkpoints ---------------------------------------------------------------------------------


def test_a_checkpoint_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(save_points, "MAX_CHECKPOINT_BYTES", 50_000)
    journal = kept("x = 1", "y = 'y' * 60_000", "final_answer(x)", upto=2)
    assert "together they have" in journal.lost["the latest variables and files"]

    async def scenario(end: PageEnd, restored: ConversationRestored) -> None:
        assert (await resumed(end)).output == [1, False]

    given_back(journal, scenario, "0", "0", "final_answer([x, 'y' in globals()])")


class SlowExecutor(KeepingExecutor):
    """An executor whose checkpoints are there only when ``ready`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = asyncio.Event()

    def keep(self) -> Awaitable[Kept]:
        keeping = super().keep()

        async def later() -> Kept:
            await self.ready.wait()
            return await keeping

        return later()

    @property
    def kept(self) -> Kept:
        names = dict.fromkeys(self._recovery._kept, "it was not saved in time")
        return super().kept if self.ready.is_set() else Kept(lost=names)


def test_no_step_waits_for_a_slow_checkpoint() -> None:
    executors: list[SlowExecutor] = []

    def make() -> SlowExecutor:
        executors.append(SlowExecutor())
        return executors[0]

    async def scenario(end: PageEnd) -> None:
        await end.configure()
        assert (await end.run("Count.", "r1")).output == 2
        told = [(m.step, m.checkpoint, m.is_over) for m in saved(end)]
        steps = [(step, "none", False) for step in range(4)]
        assert told == [*steps, (3, "none", True)]
        assert list(saved(end)[-1].lost) == ["x"]
        order = [m for m in end.seen if isinstance(m, SavePoint | StepFinished)]
        ends = [("save_point", 3), ("save_point", 3)]
        steps_told = [(kind, n) for n in range(3) for kind in ("save_point", "step_finished")]
        assert [(m.type, m.step - (m.type == "step_finished")) for m in order] == steps_told + ends
        executors[0].ready.set()
        late = await end.until(SavePoint)
        assert (late.step, late.checkpoint, late.is_over) == (3, "new", True)
        assert late.lost == {}

    with_models(scenario, lambda *_: StepsModel(CODE), make_executor=make)


def test_a_batch_changes_only_the_totals_that_are_kept() -> None:
    async def scenario(end: PageEnd) -> None:
        end.send(StartBatch(batch_id="b", tasks=[BatchTask(task="One."), BatchTask(task="Two.")]))
        while (await end.until(RunFinished)).run_id != "b":
            pass
        (save,) = saved(end)
        assert (save.run_id, save.is_over, save.checkpoint) == ("b", True, "none")
        assert save.parts.keys() == {"version", "state"}
        assert save.parts["state"]["runs"] == 2

    with_worker(scenario, StepsModel(["final_answer(1)"]))
