"""scripts/bench measures everything that is written, and its comparisons work at a tiny size."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import benchmarks
from benchmarks import MEASUREMENTS
from benchmarks.comparison import comparison
from benchmarks.earlier_tasks import TASKS as EARLIER_TASKS
from benchmarks.growth import growth
from benchmarks.held_out_tasks import TASKS
from benchmarks.inquiries import inquiries, inquiries_by_code
from benchmarks.small_models import Attempt, table
from benchmarks.small_tasks import GROUPS, SmallTask, solved
from benchmarks.tuning_tasks import TASKS as TUNING_TASKS
from pyagent import tool


def test_every_measurement_is_taken_under_its_own_name() -> None:
    names = [f"benchmarks.{module.name}" for module in iter_modules(benchmarks.__path__)]
    written = {
        f"{name}.{function.__name__}"
        for name in names
        for function in vars(import_module(name)).values()
        if inspect.isfunction(function)
        and not function.__name__.startswith("_")  # these are parts of measurements
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


def test_table_of_small_models_has_a_line_for_each_group() -> None:
    def tried(group: str, solved: bool, read: int, written: int, steps: int) -> Attempt:
        return Attempt(
            group=group,
            solved=solved,
            input_tokens=read,
            output_tokens=written,
            steps=steps,
            answer="",
        )

    both = [("no_tool", True, 400, 30, 1), ("right_tool", False, 1_600, 90, 4)]
    left = [("irrelevant_tool", True, 1, 1, 1), ("three_tools", True, 3, 3, 3)]
    ours = [tried(*attempt) for attempt in both + left]
    assert table({"tiny": {"pyagent": ours}}).splitlines() == [
        "| model | agent | tools in reach | solved | input tokens a task | output tokens | steps |",
        "|---|---|---|---|---|---|---|",
        "| tiny | pyagent | no_tool | 1 of 1 | 400 | 30 | 1.0 |",
        "| tiny | pyagent | irrelevant_tool | 1 of 1 | 1 | 1 | 1.0 |",
        "| tiny | pyagent | right_tool | 0 of 1 | 1,600 | 90 | 4.0 |",
        "| tiny | pyagent | three_tools | 1 of 1 | 3 | 3 | 3.0 |",
        "| tiny | pyagent | all | 3 of 4 | 501 | 31 | 2.2 |",
    ]


ANSWERS = json.loads(Path(__file__).with_name("small_task_answers.json").read_text("utf-8"))
"""Right and wrong answers of each task, computed without the task list by its author."""


@pytest.mark.parametrize(
    ("task", "answers"),
    [
        pytest.param(task, answers, id=task.text.partition("\n")[0])
        for task, answers in zip(TASKS, ANSWERS, strict=True)
    ],
)
def test_right_answers_solve_their_small_task(
    task: SmallTask, answers: dict[str, list[str]]
) -> None:
    assert len(answers["right"]) >= 3
    for answer in answers["right"]:
        assert solved(task, answer), answer
    for wrong in (*answers["wrong"], "", None):
        assert not solved(task, wrong), wrong


@pytest.mark.parametrize(
    "tasks", [TASKS, EARLIER_TASKS, TUNING_TASKS], ids=["held_out", "earlier", "tuning"]
)
def test_small_tasks_have_the_tools_of_their_group(tasks: tuple[SmallTask, ...]) -> None:
    counts = Counter(task.group for task in tasks)
    assert counts == dict.fromkeys(GROUPS, len(tasks) // 4)
    tools = {"no_tool": 0, "irrelevant_tool": 1, "right_tool": 1, "three_tools": 3}
    for task in tasks:
        assert len({function.__name__ for function in task.tools}) == tools[task.group]
        assert all(tool(function).name == function.__name__ for function in task.tools)


def test_nothing_was_tuned_on_a_held_out_task() -> None:
    assert not {task.text for task in TASKS} & {task.text for task in TUNING_TASKS + EARLIER_TASKS}
