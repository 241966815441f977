"""The forms in which ``pyagent map`` takes tasks, and what it says of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pyagent.cli.task_files import read_tasks
from pyagent.errors import FileError
from support.models.scripted_server import ScriptedServer, streamed
from support.terminal import at, invoke


def _with(task: str, **values: str) -> dict[str, Any]:
    return {"task": task, "additional_args": values}


@pytest.mark.parametrize(
    ("name", "text", "tasks"),
    [
        ("t.txt", "One.\r\n\n  Two.\n", ["One.", "Two."]),
        ("t", "One.", ["One."]),
        ("t.md", "[One](x)\n", ["[One](x)"]),
        ("t.jsonl", '"One."\n{"task": "Two."}\n', ["One.", {"task": "Two."}]),
        ("t.NDJSON", '"One."\n', ["One."]),
        ("t.json", '["One.", {"task": "Two.", "files": ["a"]}]', None),
        ("t.json", '{"tasks": ["One."]}', ["One."]),
        ("t.json", '{"task": "One."}\n{"task": "Two."}\n', [{"task": "One."}, {"task": "Two."}]),
        ("t.json", "[]", []),
        ("t.csv", "task\nOne.\n\nTwo.\n", ["One.", "Two."]),
        ("t.csv", "One.\nTwo.\n", ["One.", "Two."]),
        ("t.csv", '\ufeffid;Task\n7;"One; and\nmore"\n', [_with("One; and\nmore", id="7")]),
        (
            "t.tsv",
            "task\tmax_steps\tfiles\nOne.\t3\ta b.csv\n",
            [{"task": "One.", "max_steps": 3, "files": ["a b.csv"]}],
        ),
        (
            "t.csv",
            "task,class,2020 sum\nOne.,x,y\n,x,y\n",
            [_with("One.", class_="x", column_2020_sum="y")],
        ),
    ],
)
def test_tasks_are_read_from_a_file_of_each_form(
    tmp_path: Path, name: str, text: str, tasks: list[Any] | None
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    assert read_tasks(path) == (json.loads(text) if tasks is None else tasks)


@pytest.mark.parametrize(
    ("name", "text", "message", "advice"),
    [
        ("t.json", '{"prompt": "x"}', "an object without \"task\" (its keys: 'prompt')", "a list"),
        ("t.json", '"x"', "holds a text and no list of tasks", "Write a list of texts"),
        ("t.json", '{"task": "x"}', "holds one task and no list of tasks", "Write a list of texts"),
        ("t.json", '["x", 5]', "item 2 is a number", 'an object with "task"'),
        ("t.json", '["x", ["y"]]', "item 2 is a list", 'an object with "task"'),
        ("t.json", "One.\nTwo.\n", "is not JSON", ".txt file with a task in each line"),
        ("t.json", "", "is not JSON", ".txt file"),
        ("t.csv", "id,text\n1,x\n", 'no column "task"; its columns are: id, text', "the tasks"),
        ("t.yaml", "- x\n", "has no tasks that can be read (.yaml)", ".txt file"),
        ("t.xlsx", "PK", "has no tasks that can be read (.xlsx)", 'a column "task"'),
        ("t.PDF", "%PDF", "has no tasks that can be read (.pdf)", ".txt file"),
    ],
)
def test_other_files_are_refused_with_what_to_give(
    tmp_path: Path, name: str, text: str, message: str, advice: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        read_tasks(path)
    assert message in caught.value.message
    assert advice in caught.value.advice


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder"):
        read_tasks(tmp_path)


@pytest.mark.parametrize(
    "stdin",
    ["One.\nTwo.\n", '["One.", "Two."]', '"One."\n{"task": "Two."}\n', '\n[ "One.","Two."]'],
)
def test_tasks_come_from_standard_input(stdin: str) -> None:
    replies = [streamed("Done.")] * 2
    with ScriptedServer(replies) as server:
        result = invoke("map", "-", "--agent", "tool-calling", *at(server), stdin=stdin)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert sorted(line["task"] for line in lines) == ["One.", "Two."]


def test_map_explains_a_file_that_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("- x")
    result = invoke("map", str(tmp_path / "t.yaml"), "--model", "m")
    assert result.exit_code == 2
    assert "has no tasks that can be read (.yaml)" in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "encoding", "tasks"),
    [
        (
            "a.csv",
            "task;stadt\r\nWie groß ist diese Stadt?;Köln\r\n",
            "cp1252",
            [
                {
                    "task": "Wie groß ist diese Stadt?",
                    "additional_args": {"stadt": "Köln"},
                }
            ],
        ),
        ("a.txt", "Où est la forêt?\nÀ qui est la clé?\n", "cp1252", None),
        ("a.txt", "Где живёт слон?\nЧто пьёт жираф?\n", "cp1251", None),  # noqa: RUF001
        ("a.txt", "Wie groß ist Köln?\nUnd München?\n", "utf-16", None),
        ("a.txt", "Wie groß ist Köln?\n", "utf-8-sig", None),
        ("a.jsonl", '"Wie groß ist Köln?"\n', "cp1252", ["Wie groß ist Köln?"]),
    ],
)
def test_tasks_are_read_in_any_encoding(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    text: str,
    encoding: str,
    tasks: list[Any] | None,
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    assert read_tasks(path) == (text.splitlines() if tasks is None else tasks)
    assert ("encoding" in capsys.readouterr().err) == (encoding != "utf-8-sig")


def test_bytes_that_are_no_text_are_no_tasks(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(FileError, match="is not text"):
        read_tasks(path)
