"""Values that come with a task: checked before the run, named by the model, kept after it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from pyagent import Agent, LocalExecutor, tool
from pyagent.concurrency import background
from support.agents.scripted_agents import agent_with, block, caller_with, requests_of, use

Kind = tuple[Callable[..., AbstractContextManager[Agent]], Any]


class Isolated(LocalExecutor):
    """Stands for an executor elsewhere, which takes JSON only."""

    takes_objects = False


@contextmanager
def isolated_with(*replies: Any) -> Iterator[Agent]:
    executor = Isolated()
    with agent_with(*replies, executor=executor) as agent:
        yield agent
    background.call(executor.aclose())


KINDS: list[Kind] = [
    (isolated_with, block("final_answer(kept)")),
    (caller_with, [use("final_answer", answer="kept")]),
]
CYCLE: list[Any] = []
CYCLE.append(CYCLE)


def test_value_that_is_too_large_to_send_ends_its_own_run_only() -> None:
    with agent_with(block("final_answer(1)"), block("final_answer(2)")) as agent:
        assert agent.run("One.", additional_args={"text": "x" * (17 << 20)}).reason == "error"
        assert agent.run("Two.").output == 1


@tool
def grow(rows: list) -> int:
    """Add a row.

    Args:
        rows: The rows.
    """
    rows.append(0)
    return len(rows)


@pytest.mark.parametrize("kind", KINDS, ids=["isolated", "calls"])
@pytest.mark.parametrize(
    ("value", "what"),
    [
        (object(), "object"),
        (b"x", "bytes"),
        (3 + 4j, "complex"),
        (math.nan, "float"),
        (CYCLE, "deep"),
        ({1: 2}, "the key 1 of type int"),
        ([{"a": {None: 1}}], "the key None of type NoneType"),
        (({2.5: 1},), "the key 2.5 of type float"),
        ({"a": 1, True: 2}, "the key True of type bool"),
    ],
    ids=["object", "bytes", "complex", "nan", "cycle", "int", "none", "float", "bool"],
)
def test_value_that_is_not_json_is_refused_by_name(kind: Kind, value: Any, what: str) -> None:
    make, reply = kind
    with make(reply, reply) as agent:
        assert agent.run("One.", additional_args={"kept": "as it was"}).output == "as it was"
        before = agent.memory.interactions
        result = agent.run("Two.", reset=True, additional_args={"kept": 1, "table": value})
        assert (result.reason, result.output) == ("error", None)
        assert result.problem is not None
        assert result.problem.kind == "bad_argument"
        assert "table" in result.problem.message
        assert what in result.problem.message
        assert agent.memory.interactions == before
        assert agent.run("Three.").output == "as it was"


@pytest.mark.parametrize("given", [["a"], {1: "a"}], ids=["list", "number"])
def test_values_without_names_are_refused(given: Any) -> None:
    with caller_with("Hm.") as agent:
        problem = agent.run("Go.", additional_args=given).problem
    assert problem is not None
    assert problem.kind == "bad_argument"


def test_tool_that_changes_its_argument_changes_no_other_use_of_it() -> None:
    calls = [[use("grow", rows="rows")], [use("grow", rows="rows")]]
    mine = [1]
    with caller_with(*calls, [use("final_answer", answer="rows")], tools=[grow]) as agent:
        result = agent.run("Go.", additional_args={"rows": mine})
    assert [step.tool_results[0].text.partition("\n")[0] for step in result.steps[:2]] == ["2", "2"]
    assert result.output == [1]
    assert mine == [1]


def test_argument_may_name_a_value_that_came_with_the_task() -> None:
    calls = [use("grow", rows="names")], [use("final_answer", answer="city")]
    with caller_with(*calls, tools=[grow]) as agent:
        result = agent.run("Go.", additional_args={"city": "Rome", "names": ["a"] * 100})
        assert requests_of(agent)[1].messages[-1].content == "101"
        assert 'Variables that are set: city (str) = "Rome", names (list)' in (
            requests_of(agent)[0].messages[1].content
        )
    assert result.output == "Rome"


def test_values_last_until_reset() -> None:
    replies = [[use("final_answer", answer="city")] for _ in range(3)]
    with caller_with(*replies) as agent:
        assert agent.run("One.", additional_args={"city": "Rome"}).output == "Rome"
        assert agent.run("Two.").output == "Rome"
        assert agent.run("Three.", reset=True).output == "city"


def test_values_given_with_a_reset_are_kept_and_clear_forgets_them() -> None:
    replies = [[use("final_answer", answer=name)] for name in ("old", "new", "new")]
    with caller_with(*replies) as agent:
        assert agent.run("One.", additional_args={"old": 1}).output == 1
        assert agent.run("Two.", reset=True, additional_args={"new": 2}).output == 2
        agent.clear()
        assert agent.run("Three.").output == "new"
