"""scripts/bench measures everything that is written, and its comparisons work at a tiny size."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

import benchmarks
from benchmarks import MEASUREMENTS
from benchmarks.comparison import comparison
from benchmarks.growth import growth
from benchmarks.inquiries import inquiries, inquiries_by_code
from benchmarks.small_models import Attempt, table
from benchmarks.small_tasks import TASKS, SmallTask, solved


def test_every_measurement_is_taken_under_its_own_name() -> None:
    names = [f"benchmarks.{module.name}" for module in iter_modules(benchmarks.__path__)]
    written = {
        f"{name}.{function.__name__}"
        for name in names
        for function in vars(import_module(name)).values()
        if inspect.isfunction(function)
        and function.__module__ == name
        and function.__annotations__.get("return") == "dict[str, Figure]"
    }
    taken = {name: f"{f.__module__}.{f.__name__}" for name, f in MEASUREMENTS.items()}
    assert sorted(taken.values()) == sorted(written)
    assert taken["inquiries"] == "benchmarks.inquiries.inquiries"
    assert taken["comparison"] == "benchmarks.comparison.comparison"
    assert taken["growth"] == "benchmarks.growth.growth"
    assert taken["tool_call_local"] == "benchmarks.cpython.tool_call"
    assert taken["tool_call_wasm"] == "benchmarks.browser.tool_call"


def test_code_agent_needs_fewer_calls_and_tokens_than_tool_calls() -> None:
    figures = comparison(pace=0.0)
    calls = figures["tool_calling_vs_code_model_calls"]
    assert calls.details == {"code": 1, "tool_calling": 4}
    assert figures["tool_calling_vs_code_input_tokens"].value > 2
    assert figures["tool_calling_vs_code_output_tokens"].value > 1


def test_tokens_and_memory_grow_in_a_straight_line() -> None:
    figures = growth(40, smolagents=False)
    assert figures["growth_of_input_tokens"].met
    assert figures["growth_of_uncached_tokens"].met
    assert figures["growth_of_memory"].value < 1.15
    assert figures["growth_of_uncached_tokens"].details["pyagent"]["cached_share"] > 0.9


def test_ten_agents_resolve_17_of_20_inquiries() -> None:
    figure = inquiries(40, sample=4, reply_s=0.0)["inquiries_together"]
    assert figure.details["counts"] == {"answered": 34, "escalated": 6}
    assert figure.details["resolution_rate"] == 0.85


def test_agents_that_write_code_resolve_the_same_inquiries() -> None:
    figure = inquiries_by_code(20, sample=1, reply_s=0.0)["inquiries_together_code"]
    assert figure.details["counts"] == {"answered": 17, "escalated": 3}


def test_table_of_small_models_has_their_means_side_by_side() -> None:
    def tried(solved: bool, read: int, written: int, steps: int) -> Attempt:
        return Attempt(
            solved=solved, input_tokens=read, output_tokens=written, steps=steps, answer=""
        )

    ours = [tried(True, 400, 30, 1), tried(False, 1_600, 90, 4)]
    theirs = [tried(False, 9_000, 200, 5), tried(False, 7_000, 100, 3)]
    assert table({"tiny": {"pyagent": ours, "smolagents": theirs}}).splitlines() == [
        "| model | agent | solved | input tokens per task | output tokens per task | steps |",
        "|---|---|---|---|---|---|",
        "| tiny | pyagent | 1 of 2 | 1,000 | 60 | 2.5 |",
        "| tiny | smolagents | 0 of 2 | 8,000 | 150 | 4.0 |",
    ]


RIGHT: tuple[Any, ...] = (
    *(399.5, 1580, 60, 2550, 37.0),
    *(24, "Sunday", "2024-02-13", "No"),
    *("nretnal", 9, "strawberry", 5),
    *([42, 28, 19, 7, 3], 9, [4, 8], [23, 29, 31, 37]),
    *(1155, "Mar", 35, "Cleo"),
    *(15.5, 287.5, 46, 1340),
)


@pytest.mark.parametrize(
    ("task", "right", "wrong"),
    [
        pytest.param(task, RIGHT[i], RIGHT[i - 1], id=task.text.partition("\n")[0])
        for i, task in enumerate(TASKS)
    ],
)
def test_right_answer_solves_its_small_task(task: SmallTask, right: Any, wrong: Any) -> None:
    for answer in (right, f"It is {right}.", f"**{right}**"):
        assert solved(task, answer)
    for answer in (wrong, "Perhaps.", "", None):
        assert not solved(task, answer)


def test_there_are_small_tasks_of_every_kind() -> None:
    assert len(TASKS) == len(RIGHT) >= 20
    groups = {task.group for task in TASKS}
    assert groups == {"sums", "dates", "text", "lists", "tables", "tools"}
    assert all(bool(task.tools) == (task.group == "tools") for task in TASKS)
