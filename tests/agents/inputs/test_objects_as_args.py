"""Objects among the values of a task: as they are in a local sandbox, as rows elsewhere."""

from __future__ import annotations

import sqlite3
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agents.inputs.test_additional_args import isolated_with
from pyagent import tool
from support.agents.scripted_agents import agent_with, asked, block, caller_with, use

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
PIL = pytest.importorskip("PIL.Image")

FRAME = pd.DataFrame({"city": ["Rome", "Oslo"], "day": pd.to_datetime(["2020-01-01"] * 2)})


class Thing:
    """An object of a class that only this test defines."""

    def __init__(self, size: int) -> None:
        self.size = size

    def twice(self) -> int:
        return 2 * self.size


@tool
def count(rows: list) -> int:
    """Count rows.

    Args:
        rows: The rows.
    """
    assert all(isinstance(row, dict) for row in rows)
    return len(rows)


@pytest.mark.parametrize(
    ("value", "code", "output"),
    [
        (
            FRAME,
            "final_answer([type(it).__name__, list(it.city)])",
            ["DataFrame", ["Rome", "Oslo"]],
        ),
        (FRAME.city, "final_answer(it.str.upper()[0])", "ROME"),
        (np.arange(4), "final_answer(int(it.sum()))", 6),
        ({"frames": [FRAME]}, "final_answer(len(it['frames'][0]))", 2),
        (PIL.new("RGB", (3, 2)), "final_answer(it.size)", [3, 2]),
        (date(2020, 1, 2), "final_answer(it.day)", 2),
        ({1, 2}, "final_answer(len(it))", 2),
        ({1: "a"}, "final_answer(it[1])", "a"),
        (b"ab", "final_answer(it.decode())", "ab"),
        (Path("/a/b"), "final_answer(it.name)", "b"),
        (lambda n: n + 1, "final_answer(it(1))", 2),
    ],
)
def test_local_code_gets_the_object_itself(value: Any, code: str, output: Any) -> None:
    with agent_with(block("x = it"), block(code)) as agent:
        assert agent.run("Go.", additional_args={"it": value, "n": 1}).output == output


def test_model_is_told_the_kind_and_the_columns() -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("Go.", additional_args={"df": FRAME, "when": date(2020, 1, 2), "n": 1})
        told = asked(agent)
    assert "df (DataFrame): 2 rows; columns city, day" in told
    assert "when (date): datetime.date(2020, 1, 2)" in told
    assert "n (int) = 1" in told


def test_object_survives_the_loss_of_the_sandbox() -> None:
    replies = [block("import os\nos._exit(1)"), block("final_answer(len(df))")]
    with agent_with(*replies) as agent:
        assert agent.run("Go.", additional_args={"df": FRAME}).output == 2


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (threading.Lock(), "a lock cannot be pickled"),
        (sqlite3.connect(":memory:"), "a Connection cannot be pickled"),
        ((n for n in range(3)), "a generator cannot be pickled"),
        (np.zeros(9_000_000), "are the limit"),
    ],
    ids=["lock", "connection", "generator", "large"],
)
def test_object_that_cannot_be_pickled_is_refused_before_the_run(value: Any, why: str) -> None:
    with agent_with(block("final_answer(1)")) as agent:
        result = agent.run("Go.", additional_args={"it": value})
        assert (result.steps, agent.memory.interactions) == ((), ())
    assert result.problem is not None
    assert result.problem.kind == "bad_argument"
    assert "The value of 'it' in additional_args" in result.problem.message
    assert why in result.problem.message


def test_object_that_the_sandbox_cannot_load_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("class Odd:\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import only_here  # type: ignore[import-not-found]

    with agent_with(block("final_answer(1)")) as agent:
        result = agent.run("Go.", additional_args={"it": only_here.Odd()})
        assert result.problem is not None
        assert "'it' in additional_args cannot be given" in result.problem.message
        assert "No module named 'only_here'" in result.problem.message
        assert agent.run("Go on.").output == 1


@pytest.mark.parametrize(
    ("value", "output"),
    [
        (FRAME, [{"city": "Rome", "day": "2020-01-01T00:00:00"}] * 1),
        (FRAME.set_index("city"), [{"city": "Rome", "day": "2020-01-01T00:00:00"}]),
        (np.eye(2), [[1.0, 0.0]]),
        (FRAME.city, ["Rome"]),
        ({"a": [FRAME]}, None),
    ],
)
def test_tables_are_rows_where_objects_cannot_go(value: Any, output: Any) -> None:
    code = "final_answer(it[:1] if isinstance(it, list) else None)"
    with isolated_with(block(code)) as agent:
        assert agent.run("Go.", additional_args={"it": value}).raise_for_problem().output == output


def test_tool_gets_a_table_as_rows() -> None:
    calls = [[use("count", rows="df")], [use("final_answer", answer="done")]]
    with caller_with(*calls, tools=[count]) as agent:
        agent.run("Go.", additional_args={"df": FRAME}).raise_for_problem()
        assert "2" in [m.content for m in agent.memory.conversation()]


def test_list_that_holds_itself_and_a_table_is_refused() -> None:
    endless: list[Any] = [FRAME]
    endless.append(endless)
    with caller_with("Hm.") as agent:
        problem = agent.run("Go.", additional_args={"it": endless}).problem
    assert problem is not None
    assert problem.kind == "bad_argument"
