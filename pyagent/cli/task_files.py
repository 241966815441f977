"""Reads the file of tasks of ``pyagent map``: lines, JSON, JSON Lines or CSV."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any, TypeAlias

import click

from pyagent.errors import FileError
from pyagent.tables.encodings import find_encoding

Task: TypeAlias = str | Mapping[str, Any]

STDIN = Path("-")
_JSON_LINES = (".jsonl", ".ndjson")
_CSV = {".csv": ",;\t|", ".tsv": "\t"}
"""Suffix → the separators that such a file may have."""
_NO_LINES = (
    *(".yaml", ".yml", ".toml", ".xml", ".html", ".htm", ".ini", ".py", ".ipynb", ".sql"),
    *(".xlsx", ".xls", ".ods", ".parquet", ".docx", ".pdf", ".zip", ".gz", ".db", ".sqlite"),
)
"""Files whose lines are no tasks."""
_ADVICE = (
    'Give a .txt file with a task in each line, a .csv file with a column "task", or a .json or '
    ".jsonl file."
)


def read_tasks(path: Path) -> list[Task]:
    """The tasks in a file, or in standard input for ``-``, by the kind of the file.

    In ``.jsonl`` each line is JSON; ``.json`` holds a list; ``.csv`` has a column ``task``;
    otherwise each line is a task. Standard input is JSON, JSON Lines or lines, as it begins. Empty
    lines are skipped. Raises ``FileError``.
    """
    suffix = path.suffix.lower()
    if path.is_dir() or suffix in _NO_LINES:
        what = "is a folder" if path.is_dir() else f"has no tasks that can be read ({suffix})"
        raise FileError(f"{path} {what}.", advice=_ADVICE)
    text = text_in(path)
    if suffix in _CSV:
        return _rows(path, text, _CSV[suffix])
    if suffix == ".json" or (path == STDIN and text.lstrip()[:1] == "["):
        return _listed(path, text)
    is_json = suffix in _JSON_LINES or (path == STDIN and text.lstrip()[:1] in ("{", '"'))
    if not is_json:
        return [line.strip() for _, line in lines_of(text)]
    return [parsed(path, number, line) for number, line in lines_of(text)]


def text_in(path: Path) -> str:
    """The text of a file, or of standard input for ``-``, in whatever encoding it is.

    An encoding other than UTF-8 is told on standard error. Raises ``FileError``.
    """
    try:
        data = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    encoding = find_encoding(data)
    if encoding is None:
        raise FileError(f"{path} is not text.", advice=_ADVICE)
    if encoding.name not in ("utf-8", "utf-8-sig") or encoding.errors != "strict":
        click.echo(f"{path}: {'; '.join(encoding.remarks())}.", err=True)
    text = data.decode(encoding.name, encoding.errors)
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def parsed(path: Path, number: int, line: str) -> Any:
    """The JSON in a line. Raises ``FileError``."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise FileError(f"{path}, line {number} is not JSON: {error}.") from error


def _listed(path: Path, text: str) -> list[Task]:
    """The tasks in a JSON list, which may be under the key ``tasks``; or in JSON Lines."""
    lines = list(lines_of(text))
    try:
        data = json.loads(text)
    except ValueError as error:
        if len(lines) > 1 and all(line.lstrip()[:1] in ("{", '"') for _, line in lines):
            return [parsed(path, number, line) for number, line in lines]
        raise FileError(f"{path} is not JSON: {error}.", advice=_ADVICE) from error
    tasks = data.get("tasks") if isinstance(data, dict) and "task" not in data else data
    if not isinstance(tasks, list):
        raise FileError(
            f"{path} holds {_kind(data)} and no list of tasks.",
            advice='Write a list of texts, or of objects such as {"task": "…", "files": ["…"]}.',
        )
    for number, task in enumerate(tasks, 1):
        if not isinstance(task, str) and not (isinstance(task, dict) and "task" in task):
            raise FileError(
                f"{path}, item {number} is {_kind(task)}.",
                advice='Write a text, or an object with "task".',
            )
    return tasks


def _kind(data: Any) -> str:
    if isinstance(data, dict):
        keys = ", ".join(map(repr, list(data)[:5])) or "none"
        return "one task" if "task" in data else f'an object without "task" (its keys: {keys})'
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(data), "a number")


def _rows(path: Path, text: str, separators: str) -> list[Task]:
    """The rows of a CSV: its column ``task``, options of a run, and the rest as variables."""
    first = text.lstrip("\n").partition("\n")[0]
    separator = max(separators, key=first.count)
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=separator))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    names = [name.strip() for name in rows[0]] if rows else []
    column = next((i for i, name in enumerate(names) if name.lower() == "task"), None)
    if column is None and len(names) > 1:
        raise FileError(
            f'{path} has no column "task"; its columns are: {", ".join(names)}.',
            advice='Call the column with the tasks "task". The other columns become variables.',
        )
    if column is None:
        return [row[0].strip() for row in rows]
    full = (row for row in rows[1:] if len(row) > column and row[column].strip())
    return [_task(names, row, column) for row in full]


def _task(names: list[str], row: list[str], column: int) -> Task:
    task: dict[str, Any] = {"task": row[column].strip()}
    values: dict[str, str] = {}
    for i, (name, cell) in enumerate(zip(names, row, strict=False)):
        if i == column or not name:
            continue
        if name == "max_steps":
            task[name] = int(cell) if cell.strip().isdecimal() else None
        elif name in ("files", "images"):
            task[name] = [cell.strip()] if cell.strip() else []
        else:
            values[_variable(name)] = cell
    if values:
        task["additional_args"] = values
    return task if len(task) > 1 else str(task["task"])


def _variable(name: str) -> str:
    plain = re.sub(r"\W+", "_", name)
    plain = f"{plain}_" if iskeyword(plain) else plain
    return plain if plain.isidentifier() else f"column_{plain}"
