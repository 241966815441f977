"""``--trace`` writes what a command runs, and ``pyagent report`` adds it up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pyagent.cli import main

DATA = "date,precipitation\n2012/01/01,5\n2012/02/01,7\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seattle-weather.csv").write_text(DATA)
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def traced(*options: str) -> str:
    invoke("run", "--demo", "seattle-weather.csv", "--trace", "runs.jsonl", *options)
    return Path("runs.jsonl").read_text("utf-8")


def report(*options: str) -> Any:
    result = invoke("report", "runs.jsonl", "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_runs_are_appended_and_added_up() -> None:
    traced()
    one = report()
    traced()
    two = report()
    assert sum(one["runs"].values()) == 1
    assert sum(two["runs"].values()) == 2
    assert two["times"]["step"]["count"] == 2 * one["times"]["step"]["count"]
    assert {"invoke_agent", "execute_code", "step"} <= two["times"].keys()


def test_texts_are_in_the_file_only_when_asked_for() -> None:
    assert "gen_ai.input.messages" not in traced()
    assert "gen_ai.input.messages" in traced("--trace-contents")


def test_report_for_people_names_runs_tokens_and_times() -> None:
    traced()
    shown = invoke("report", "runs.jsonl").stdout
    assert shown.startswith("1 run: ")
    assert "tokens read" in shown
    assert "execute_code" in shown
    assert "median s" in shown


def test_nothing_is_traced_after_the_command() -> None:
    before = traced()
    invoke("run", "--demo", "seattle-weather.csv")
    assert Path("runs.jsonl").read_text("utf-8") == before


def test_map_is_traced_too() -> None:
    Path("tasks.txt").write_text("Which month is the rainiest?\n" * 3)
    endpoint = ["--model", "m", "--base-url", "http://127.0.0.1:9/v1"]
    invoke("map", "tasks.txt", *endpoint, "--trace", "runs.jsonl")
    assert sum(report()["runs"].values()) == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["report"], "Missing argument"),
        (["report", "nowhere.jsonl"], "does not exist"),
        (["report", "seattle-weather.csv"], "Line 1 of seattle-weather.csv is no span"),
        (["run", "--demo", "--trace", "nowhere/runs.jsonl"], "Spans cannot be written"),
    ],
)
def test_what_cannot_be_read_or_written_is_told(arguments: list[str], sentence: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
