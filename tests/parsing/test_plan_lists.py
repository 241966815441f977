"""Lists of steps that are still to be taken, and lists of steps that answer."""

from __future__ import annotations

import pytest

from pyagent import CodeAgent, ScriptedModel
from pyagent.parsing.plan_lists import LOOKED_AT
from pyagent.parsing.plans import announces_step
from support.agents.lists_of_steps import ANSWERING, TO_BE_TAKEN
from support.agents.scripted_agents import actions, block, caller_with
from support.counted_patterns import count_patterns

PLAN = "Plan:\n1. Read the first file.\n2. Read the second file.\n3. Add the rows."


@pytest.mark.parametrize(("task", "reply"), TO_BE_TAKEN)
def test_list_of_steps_that_the_writer_has_yet_to_take_is_no_answer(task: str, reply: str) -> None:
    assert announces_step(reply, task)


@pytest.mark.parametrize(("task", "reply"), ANSWERING)
def test_list_of_steps_that_was_asked_for_is_an_answer(task: str, reply: str) -> None:
    assert not announces_step(reply, task)


@pytest.mark.parametrize(
    "reply",
    [
        f"{PLAN}\n\nBoth files have 7 rows in all.",
        "Plan:\n- [x] read the first file\n- [x] read the second file",
        "My approach:\n1. Loaded both files\n2. Counted 7 rows",
        "Plan:\n1. Read the rows: 3 + 4 = 7",
    ],
)
def test_plan_with_its_outcome_is_an_answer(reply: str) -> None:
    assert not announces_step(reply, "How many rows do both files have?")


def test_task_that_asks_for_a_plan_and_for_more_is_not_answered_by_the_plan() -> None:
    assert announces_step(PLAN, "Make a plan first and then count the rows of both files.")


def test_code_agent_goes_on_after_a_plan() -> None:
    replies = [block("x = 3"), PLAN, block("final_answer(7)")]
    with CodeAgent(model=ScriptedModel(replies)) as agent:
        result = agent.run("How many rows do both files have?")
    assert result.output == 7
    assert [step.error is None for step in actions(result.steps)] == [True, False, True]


def test_code_agent_that_only_plans_does_not_succeed() -> None:
    with CodeAgent(model=ScriptedModel([PLAN] * 4), max_steps=3) as agent:
        result = agent.run("How many rows do both files have?")
    assert not result.success


def test_code_agent_answers_with_the_plan_that_was_asked_for() -> None:
    replies = [block("x = 3"), PLAN]
    with CodeAgent(model=ScriptedModel(replies)) as agent:
        result = agent.run("Write me a plan for counting the rows.")
    assert (result.success, result.output) == (True, PLAN)


def test_short_task_goes_on_with_the_one_before() -> None:
    replies = [block("x = 3"), PLAN, block("x = 4"), PLAN]
    with CodeAgent(model=ScriptedModel(replies)) as agent:
        agent.run("Write me a plan for counting the rows.")
        result = agent.run("Shorter, please.", reset=False)
    assert (result.success, result.output) == (True, PLAN)


@pytest.mark.parametrize("native", [True, False], ids=["native", "text"])
def test_tool_calling_agent_goes_on_after_a_plan(native: bool) -> None:
    answer = '{"name": "final_answer", "arguments": {"answer": "7"}}'
    with caller_with(PLAN, answer, native=native) as agent:
        assert agent.run("How many rows do both files have?").output == "7"
    with caller_with(PLAN, PLAN, native=native) as agent:
        assert agent.run("What are the next steps?").output == PLAN


PIECES = ["Plan:\n", "1. ", "- [ ] ", "I will ", "you ", "First, I will\n", "a\n", " ", "\n", "**"]


@pytest.mark.parametrize("piece", PIECES)
def test_work_for_a_long_text_is_bounded(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = count_patterns(monkeypatch, "pyagent.parsing")
    announces_step(piece * 50_000, piece * 50_000)
    announces_step(f"Plan:\n{piece * 50_000}", "")
    announces_step(f"{piece * 50_000}\n1. Read it", "")
    assert 0 < counter.count < 40 * LOOKED_AT
