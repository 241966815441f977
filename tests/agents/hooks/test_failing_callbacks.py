"""What a step callback that raises tells, and what stays; and which callbacks are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pyagent import ActionStep, Agent, CodeAgent, PlanningStep, ScriptedModel, Step
from support.agents.scripted_agents import agent_with, block


def ported(memory_step: Any, agent: Agent) -> None:
    int(memory_step.step_number)


def divide(step: Step) -> None:
    int("no number")


async def divide_later(step: Step) -> None:
    raise LookupError("no row")


class Writer:
    def __call__(self, step: Step) -> None:
        raise OSError("the disk is full")

    def write(self, step: Step) -> None:
        raise OSError("the disk is full")


def too_many(step: Step, agent: Agent, log: Any, more: Any) -> None:
    """Takes more than it is offered."""


@pytest.mark.parametrize(
    ("callback", "name", "line", "why"),
    [
        (ported, "ported", "int(memory_step", "AttributeError: 'ActionStep' object has no attr"),
        (divide, "divide", 'int("no number")', "ValueError: invalid literal"),
        (divide_later, "divide_later", 'raise LookupError("no row")', "LookupError: no row"),
        (Writer(), "Writer", "raise OSError", "OSError: the disk is full"),
        (Writer().write, "write", "raise OSError", "OSError: the disk is full"),
        (partial(divide), "divide", 'int("no number")', "ValueError"),
        (lambda step: [][1], "<lambda>", "lambda step: [][1]", "IndexError"),
        (too_many, "too_many", "def too_many", "TypeError: too_many() missing 2"),
    ],
)
def test_failing_callback_is_named_with_its_place_and_the_answer_stays(
    callback: Callable[..., Any], name: str, line: str, why: str, caplog: Any
) -> None:
    with agent_with(block("final_answer(7)"), step_callbacks=[callback]) as agent:
        result = agent.run("Go.")
        assert agent.memory.interactions[-1].output == 7
    assert (result.output, result.success, result.reason) == (7, False, "error")
    problem = result.problem
    assert problem is not None
    assert problem.kind == "callback"
    assert problem.message.startswith(f"The step callback {name} failed at step 1 ({__file__}:")
    assert why in problem.message
    number = int(problem.message.partition(f"{__file__}:")[2].partition(")")[0])
    with open(__file__, encoding="utf-8") as source:
        lines = source.read().splitlines()
    assert line in "\n".join(lines[number - 1 : number + 4])
    assert "hooks.py" not in caplog.text
    assert "fault in pyagent" not in f"{caplog.text}{problem.advice}"


def test_callback_that_fails_inside_a_library_is_located_in_its_own_file() -> None:
    def parse(step: Any) -> None:
        json.loads("{")

    with agent_with(block("x = 1"), step_callbacks=[parse]) as agent:
        result = agent.run("Go.")
    assert result.problem is not None
    assert __file__ in result.problem.message
    assert result.output is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ActionStep": print}, r"'ActionStep' is none\. Write step_callbacks=\{ActionStep: …\}"),
        ({"PlanningStep": print}, r"Write step_callbacks=\{PlanningStep: …\}"),
        ({"Plan": print}, r"by class of step \(ActionStep, PlanningStep, SummaryStep\)"),
        ({int: print}, "the class int is none"),
        ({1: print}, "1 is none"),
        ({(): print}, r"\(\) is none"),
        ({(ActionStep, "x"): print}, "is none"),
        ({ActionStep: "print"}, "must map a class of steps to a function .* not to 'print'"),
        ({ActionStep: [print, 3]}, "not to 3"),
    ],
)
def test_callbacks_that_cannot_be_called_are_refused_when_the_agent_is_made(
    given: Any, told: str
) -> None:
    with pytest.raises(TypeError, match=told) as raised:
        CodeAgent([], ScriptedModel([]), step_callbacks=given)
    assert "CodeAgent" in str(raised.value)


@pytest.mark.parametrize("kinds", [Step, object, ActionStep | PlanningStep, (ActionStep, object)])
def test_callbacks_may_be_for_whatever_issubclass_takes(kinds: Any) -> None:
    seen: list[Step] = []
    with agent_with(block("final_answer(7)"), step_callbacks={kinds: seen.append}) as agent:
        assert agent.run("Go.").raise_for_problem().output == 7
    assert len(seen) == 1
