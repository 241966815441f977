"""Failures that are alike are told and end a run; failures that differ in what matters do not."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from pyagent import ActionStep, tool
from support.agents.scripted_agents import agent_with, block, caller_with, use


@tool
def search(text: str) -> list:
    """Search.

    Args:
        text: For what.
    """
    if text == "broken":
        raise ValueError(f"Locked at {datetime.now():%H:%M:%S.%f} by {object()}, id {uuid4()}")
    return []


CIRCLES = {
    "comments": [f"rows = [] # try {n}\nrows[0]" for n in range(5)],
    "whitespace": ["rows = []\nrows[0]", "rows=[]\n\n\nrows[ 0 ]", "rows = []; rows[0]"],
    "printed texts": [f"print('Attempt {n}')\nprint('First:', [][0])" for n in range(5)],
    "formatted texts": [
        *("r = []\nprint(f'First: {r[0]}')", "r = []\nprint('It is', r[0])"),
        "r = []\nprint(f'{r[0]} is the first one')",
    ],
    "names": [f"rows_{n} = search('a')\nfirst_{n} = rows_{n}[0]" for n in range(5)],
    "names in the message": [f"def get_{n}():\n    pass\nget_{n}(1)" for n in range(5)],
    "docstrings": [f'def f():\n    """Way {n}."""\n    return [][0]\nf()' for n in range(5)],
    "what stands beside": [
        *("import math\nrows = []\nrows[0]", "total = 5\nrows = []\nrows[0]\nprint(total)"),
        "rows = []\nprint(len(rows))\nrows[0]",
    ],
    "code after it": [f"import nowhere_at_all\nx = {n}\nprint(x + {n})" for n in range(5)],
    "raised texts": [
        f"if not search('a'):\n    raise ValueError('No rows, {n}')" for n in range(5)
    ],
    "asserted texts": [f"rows = search('a')\nassert rows, 'way {n}'" for n in range(5)],
    "a broken line": [f"x = {n}\nprint('a" for n in range(5)],
    "annotations": ["x: list = []\nx[0]", "x = []\nx[0]", "y: list[int] = []\ny[0]"],
    "a name for a module": ["import math as m\nm.nope", "import math as mm\nmm.nope"] * 2,
    "set in an earlier step": ["rows = []\nrows[0]", "rows[0]", "print('Again')\nrows[0]"],
    "what changes in the message": [f"search('broken') # {n}" for n in range(5)],
    "a counter": ["n = 0\nn += 1\n[][n]", "n = 0\nn += 1\nprint(n)\n[][n]"] * 3,
    "types": [f"def f(a{n}):\n    return a{n} + 1\nf('x')" for n in range(5)],
}


def _notes(steps: Any) -> list[bool]:
    return ["failure number" in step.observation for step in steps if isinstance(step, ActionStep)]


@pytest.mark.parametrize("codes", CIRCLES.values(), ids=CIRCLES)
def test_failures_that_are_alike_are_told_and_end_the_run(codes: list[str]) -> None:
    with agent_with(*map(block, codes * 5), tools=[search]) as agent:
        result = agent.run("Go.", max_steps=20)
    assert _notes(result.steps) == [False, False, True, True, True]
    assert result.problem is not None
    assert result.problem.kind == "repeated_failure"
    assert "the same code 5 times, and it failed each time: " in result.problem.message


PROGRESS = {
    "other arguments": [f"rows = search('{n}')\nrows[0]" for n in range(6)],
    "other arguments in one line": [f"print(search('{n}')[0])" for n in range(6)],
    "other numbers": [f"{n} / 0" for n in range(6)],
    "other keys": [f"data = {{}}\nprint(data['{n}'])" for n in range(6)],
    "other causes": [f"rows = search('{n}')\nprint('x')\nfirst = rows[0]" for n in range(6)],
    "other steps between": [
        code for n in range(6) for code in (f"found = search('{n}')", f"print(found[0])  # {n}")
    ],
    "other values of variables": [
        code
        for n in range(6)
        for code in (f"text = 'q{n}'", "hits = search(text)", f"x{n} = hits[0]")
    ],
    "changed lists": [f"items = []\nitems.append({n})\nitems[5]" for n in range(6)],
    "other methods": [f"'a'.m{n}()" for n in range(6)],
    "other functions": [f"def f(x):\n    return x[{n}]\nf([])" for n in range(6)],
    "other raised conditions": [
        f"if not search('{n}'):\n    raise ValueError('none')" for n in range(6)
    ],
    "other answers": [f"final_answer({n})" for n in range(6)],
    "other files": [f"f = open('missing-{n}.csv')" for n in range(6)],
    "other words for a tool": [f"print('It is', search('{n}')[0])" for n in range(6)],
    "other steps between the same code": [
        code for n in range(6) for code in (f"found = search('{n}')", "print(found[0])")
    ],
}


@pytest.mark.parametrize("codes", PROGRESS.values(), ids=PROGRESS)
def test_failures_that_differ_in_what_matters_are_no_circle(codes: list[str]) -> None:
    checks = [lambda answer: answer == 99]
    replies = [*map(block, codes), block("final_answer(99)")]
    with agent_with(*replies, tools=[search], final_answer_checks=checks) as agent:
        result = agent.run("Go.", max_steps=30)
    assert (result.output, True in _notes(result.steps)) == (99, False)


def test_native_calls_that_differ_in_spaces_only_are_alike() -> None:
    texts = ["a b", "a  b", " a b", "a b ", "a b\n"]
    replies = [[use("look", text=text)] for text in texts]
    with caller_with(*replies, tools=[look]) as agent:
        problem = agent.run("Go.").problem
    assert problem is not None
    assert "nearly the same call 5 times, and it failed each time: ValueError" in problem.message


def test_native_calls_beside_the_failed_one_do_not_matter() -> None:
    replies = [[use("look", text="a"), use("search", text=str(n))] for n in range(5)]
    with caller_with(*replies, tools=[look, search]) as agent:
        problem = agent.run("Go.").problem
    assert problem is not None
    assert problem.kind == "repeated_failure"


def test_native_calls_with_other_arguments_are_no_circle() -> None:
    replies = [[use("look", text=str(n))] for n in range(6)]
    with caller_with(*replies, [use("final_answer", answer=1)], tools=[look]) as agent:
        assert agent.run("Go.").output == 1


@tool
def look(text: str) -> str:
    """Look.

    Args:
        text: At what.
    """
    raise ValueError("It is locked.")
