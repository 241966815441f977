"""What the agent worker sends the page to keep, and that a new worker goes on from it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from pyagent.protocol import (
    Json,
    RunFinished,
    RunResumed,
    RunStarted,
    SavePoint,
    StepFinished,
    ToolCall,
)
from support.agents.scripted_agents import use
from support.browser.kept import Journal, KeepingPage, Message, StepsModel, with_worker
from support.browser.page_end import PageEnd

STEPS = (
    "a = look(to='x')\nlog = open('log.txt', 'w')\nlog.write('1')\nlog.close()",
    "b = send(to='ann')\nlog = open('log.txt', 'a')\nlog.write(given)\nlog.close()",
    "c = [send(to='bob'), send('bob')]\na += 1",
    "final_answer([a, b, c, open('log.txt').read(), open('in.csv').read()])",
)
ANSWER = [2, "to ann", ["to bob", "to bob"], "12", "x;y"]
CALLING = (
    [use("look", to="x"), use("send", to="ann")],
    ["I go on.", use("send", to="bob")],
    [use("send", to="bob"), use("look", to="y")],
    [use("final_answer", answer="done")],
)


class Tools:
    """The tools of the page, and the effects that they had."""

    def __init__(self) -> None:
        self.effects: list[str] = []
        self.all = {"send": self.send, "look": self.look}

    def send(self, to: str) -> str:
        self.effects.append(to)
        return f"to {to}"

    def look(self, to: str) -> int:
        return len(to)


def solve(steps: Sequence[Any], **settings: Any) -> list[Message]:
    """The messages of a run that nothing interrupts."""
    messages: list[Message] = []
    native = settings.get("kind") == "tool_calling"

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, Journal(), Tools().all)
        page.add_tools()
        await page.begin("r", {"in.csv": b"x;y"}, given="2")
        messages.extend(page.messages)

    with_worker(scenario, StepsModel(steps, supports_tools=native), **settings)
    return messages


def go_on(messages: Sequence[Message], steps: Sequence[Any], **settings: Any) -> list[Any]:
    """Drop the worker after these messages, and let a new one go on.

    Returns the last finished step, the end, the effects, and the page.
    """
    native = settings.get("kind") == "tool_calling"
    found: list[Any] = []
    tools, journal = Tools(), Journal()
    for message, buffers in messages:
        journal.take(message, buffers)
        if isinstance(message, ToolCall):
            tools.all[message.name](**message.kwargs)

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, journal, tools.all)
        page.add_tools()
        finished = await page.resume("r")
        found.extend([finished, tools.effects, page])

    with_worker(scenario, StepsModel(steps, supports_tools=native), **settings)
    return found


def cuts(messages: Sequence[Message]) -> list[int]:
    """Each number of messages after which a worker can be dropped and there is something to keep.

    An answered call counts as one message: until then its outcome is not known.
    """
    kinds = [type(message) for message, _ in messages]
    first = kinds.index(SavePoint) + 1
    over = next(i for i, (m, _) in enumerate(messages) if isinstance(m, SavePoint) and m.is_over)
    return [k for k in range(first, over + 1) if kinds[k - 1] is not ToolCall]


@pytest.fixture(scope="module")
def coded() -> list[Message]:
    return solve(STEPS)


@pytest.fixture(scope="module")
def called() -> list[Message]:
    return solve(CALLING, kind="tool_calling")


def check(messages: Sequence[Message], steps: Sequence[Any], answer: Json, **settings: Any) -> None:
    finished, effects, page = go_on(messages, steps, **settings)
    saved = max((m.step for m, _ in messages if isinstance(m, SavePoint)), default=0)
    resumed = next(m for m, _ in page.messages if isinstance(m, RunResumed))
    assert (finished.output, finished.success) == (answer, True)
    assert finished.steps == 4
    assert effects == ["ann", "bob", "bob"]
    assert resumed.step == saved
    told = [m.step for m, _ in messages if isinstance(m, StepFinished)]
    assert saved >= max(told, default=0) - 1
    assert page.questions == []


def test_save_points_come_in_the_order_of_the_steps(coded: list[Message]) -> None:
    kinds = (RunStarted, StepFinished, SavePoint, RunFinished)
    seen = [m for m, _ in coded if isinstance(m, kinds)]
    told = [(type(m).__name__, getattr(m, "step", 0)) for m in seen]
    steps = [(name, i) for i in range(1, 5) for name in ("StepFinished", "SavePoint")]
    ends = [("SavePoint", 4), ("RunFinished", 0)]
    assert told == [("RunStarted", 0), ("SavePoint", 0), *steps, *ends]
    over = [m.is_over for m in seen if isinstance(m, SavePoint)]
    assert over == [False] * 5 + [True]


def test_a_dropped_worker_loses_no_step_and_repeats_no_effect(coded: list[Message]) -> None:
    for k in cuts(coded):
        check(coded[:k], STEPS, ANSWER)


def test_a_dropped_worker_whose_model_calls_tools_repeats_none(called: list[Message]) -> None:
    for k in cuts(called):
        check(called[:k], CALLING, "done", kind="tool_calling")


def test_a_call_with_an_unknown_outcome_is_a_question(coded: list[Message]) -> None:
    kinds = [type(message) for message, _ in coded]
    at = [k + 1 for k, kind in enumerate(kinds) if kind is ToolCall][1]
    finished, effects, page = go_on(coded[:at], STEPS)
    assert finished.output == ANSWER
    assert [question.name for question in page.questions] == ["send"]
    assert "may have been made already" in page.questions[0].reason
    assert effects == ["ann", "ann", "bob", "bob"]


def test_a_run_that_is_interrupted_again_and_again_does_everything_once(
    coded: list[Message],
) -> None:
    for seed in range(6):
        chance = random.Random(seed)
        journal, tools = Journal(), Tools()
        left = coded[: chance.choice(cuts(coded))]
        for message, buffers in left:
            journal.take(message, buffers)
            if isinstance(message, ToolCall):
                tools.all[message.name](**message.kwargs)
        for _ in range(3):
            if journal.is_over:
                break
            _resume_for_a_while(journal, tools, chance)
        if not journal.is_over:
            assert _resume_to_the_end(journal, tools).output == ANSWER
        assert tools.effects == ["ann", "bob", "bob"]


def _resume_to_the_end(journal: Journal, tools: Tools) -> RunFinished:
    ends: list[RunFinished] = []

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, journal, tools.all)
        page.add_tools()
        ends.append(await page.resume("r"))

    with_worker(scenario, StepsModel(STEPS))
    return ends[0]


def _resume_for_a_while(journal: Journal, tools: Tools, chance: random.Random) -> None:
    """Go on with the run in a new worker, and drop that worker after some of its messages."""

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, journal, tools.all)
        page.add_tools()
        following = asyncio.create_task(page.resume("r"))
        allowed = chance.randrange(1, 30)
        while not following.done() and len(page.messages) < allowed:
            await asyncio.sleep(0)
        following.cancel()
        await asyncio.wait([following])

    with_worker(scenario, StepsModel(STEPS))


def test_save_points_of_a_long_conversation_grow_in_a_straight_line() -> None:
    sizes = {}
    for count in (125, 250, 500):
        steps = [[use("look", to=f"{i} " + "x" * 200)] for i in range(count)]
        steps.append([use("final_answer", answer="done")])
        messages = solve(steps, kind="tool_calling", max_steps=2_000)
        saved = [m for m, _ in messages if isinstance(m, SavePoint)]
        assert len(saved) == count + 3
        sizes[count] = sum(len(json.dumps(m.parts)) for m in saved)
    grown = [sizes[250] - sizes[125], (sizes[500] - sizes[250]) / 2]
    assert grown[1] == pytest.approx(grown[0], rel=0.02)
