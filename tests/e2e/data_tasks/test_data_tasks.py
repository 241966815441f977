"""Tasks as people bring them to a data agent, on real files, with replies as models write them.

One page solves them one after the other. README.md describes the tasks and their values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from support.page.agent_page import AgentPage

from .solving import Solved, solve
from .task_files import tasks
from .values import check_artefacts, check_value

LOCK = Path(__file__).resolve().parents[3] / "dist" / "packages" / "lock.json"

FORGET = """
import os
for name in [name for name in globals() if not name.startswith("_")]:
    del globals()[name]
import os
for name in os.listdir("."):
    os.remove(name)
final_answer(None)
"""
"""Like a new sandbox, but what was imported stays loaded, which takes seconds."""

BUILTIN = {"sqlite3", "tzdata"}
"""What the first visit brings."""


@pytest.fixture(scope="module")
def data_page(browser: Browser, site: str) -> Iterator[AgentPage]:
    """A page with data packages, whose agent solves one task after the other."""
    page = browser.new_page()
    with AgentPage(page, site) as opened:
        yield opened.open()


def skip_without(needs: list[str]) -> None:
    """Skip a task that needs wheels that no source of this build had."""
    assert LOCK.is_file(), "Run scripts/build --packages data first."
    lock = json.loads(LOCK.read_text("utf-8"))
    for name in set(needs) - BUILTIN:
        if name in lock["missing"]:
            pytest.skip(f"{name} cannot be had here: {lock['missing'][name]}")
        assert name in lock["packages"], f"scripts/build --packages data did not bring {name}."


@pytest.mark.parametrize("name", tasks())
def test_data_task(data_page: AgentPage, name: str) -> None:
    task = tasks()[name]
    skip_without(task["needs"])
    data_page.run(FORGET)
    solved = solve(data_page, task)
    check_steps(solved, task)
    check_value(solved, task["expect"])
    check_artefacts(solved, task["expect"]["artefacts"])


def check_steps(solved: Solved, task: dict[str, Any]) -> None:
    """Each block prints what it should, and fails only where it is meant to."""
    blocks = zip(task["steps"], solved.printed, solved.errors, strict=True)
    for step, printed, error in blocks:
        fails = step.get("fails")
        assert (error is None) == (fails is None), error
        if fails and error:
            assert (fails["contains"] or "").lower() in error["message"].lower()
        assert "Traceback" not in printed
        for line in step.get("prints") or ():
            assert line in [text.strip() for text in printed.splitlines()], printed
    assert solved.result["success"], solved.result


def test_what_cannot_be_had_is_said_in_a_sentence_with_what_to_use(data_page: AgentPage) -> None:
    lock = json.loads(LOCK.read_text("utf-8"))
    if "statsmodels" in lock["packages"]:
        pytest.skip("This build has statsmodels.")
    route = data_page.page.context.route
    route(lambda url: not url.startswith("http://127.0"), lambda route: route.abort())
    data_page.answer("import statsmodels.api as sm", "final_answer(1)")
    error = data_page.seen("step_finished")[0]["error"]
    assert error["type"] == "ModuleNotFoundError"
    assert "sklearn.linear_model instead" in error["message"]
    assert data_page.seen("step_output") == []


def test_a_killed_sandbox_gets_its_packages_and_tables_back(data_page: AgentPage) -> None:
    make = "import pandas as pd\ntable = pd.DataFrame({'a': [1, 2, 3]})"
    hang = "while True:\n  try:\n    while True: pass\n  except BaseException: pass"
    data_page.configure(deadlineS=3)
    answer = data_page.answer(make, hang, "final_answer(int(table['a'].sum()) + len(pd.__name__))")
    assert answer == 12
