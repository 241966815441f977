"""Loads data files as tables of a SQLite database, for ``SqlTool``. Standard library only."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from pyagent.errors import ProtocolError, ToolError
from pyagent.protocol import Json
from pyagent.wire import parse_json

SUFFIXES = {".csv", ".tsv", ".json", ".jsonl", ".ndjson"}
# A cell with a leading zero, or with more digits than a number keeps, is a name.
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_REAL = re.compile(r"[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_SAMPLE_ROWS = 1_000

Cell = str | int | float | bytes | None


def table_name(file_name: str, taken: Iterable[str]) -> str:
    """Return a free name that SQL accepts without quotes: ``Sales 2024.csv`` → ``sales_2024``."""
    name = re.sub(r"\W+", "_", PurePosixPath(file_name).stem.lower()).strip("_") or "data"
    name = f"t_{name}" if name[0].isdigit() else name
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def load_table(connection: sqlite3.Connection, table: str, file_name: str, data: bytes) -> None:
    """Create ``table`` from a file. Raises ``ToolError`` if the file is not what its name says."""
    try:
        columns, rows = _read(file_name, data)
    except (ValueError, csv.Error, ProtocolError) as error:
        raise ToolError(f"{file_name} cannot be read as a table: {error}.") from error
    if not columns:
        raise ToolError(f"{file_name} has no columns.")
    names = ", ".join(_quoted(name) for name in _distinct(columns))
    marks = ", ".join("?" * len(columns))
    connection.execute(f"CREATE TABLE {_quoted(table)} ({names})")
    connection.executemany(f"INSERT INTO {_quoted(table)} VALUES ({marks})", rows)


def _read(file_name: str, data: bytes) -> tuple[list[str], Iterator[list[Cell]]]:
    suffix = PurePosixPath(file_name).suffix.lower()
    text = _decoded(data)
    if suffix in (".csv", ".tsv"):
        return _read_separated(text, "\t" if suffix == ".tsv" else "")
    if suffix == ".json":
        return _read_records(parse_json(text))
    return _read_records([parse_json(line) for line in text.splitlines() if line.strip()])


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Old spreadsheets write Latin-1. Decoding it never fails.
        return data.decode("latin-1")


def _read_separated(text: str, delimiter: str) -> tuple[list[str], Iterator[list[Cell]]]:
    if not delimiter:
        first_line = text.split("\n", 1)[0]
        delimiter = max(",;\t|", key=first_line.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(rows, [])
    width = len(header)
    body = [(row + [""] * width)[:width] for row in rows if row]
    converters = [_converter([row[i] for row in body[:_SAMPLE_ROWS]]) for i in range(width)]
    return header, (
        [_cell(text, convert) for text, convert in zip(row, converters, strict=True)]
        for row in body
    )


def _converter(sample: Sequence[str]) -> type[int] | type[float] | type[str]:
    """The type of every filled cell in a column's sample."""
    filled = [text.strip() for text in sample if text.strip()]
    if filled and all(_INTEGER.fullmatch(text) for text in filled):
        return int
    if filled and all(_REAL.fullmatch(text) for text in filled):
        return float
    return str


def _cell(text: str, convert: type[int] | type[float] | type[str]) -> Cell:
    if not text.strip():
        return None
    if convert is str:
        return text
    try:
        return convert(text)
    except ValueError:
        return text


def _read_records(data: Json) -> tuple[list[str], Iterator[list[Cell]]]:
    """Return columns and rows of a list of objects, or of an object with just one list of them."""
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        data = lists[0] if len(lists) == 1 else [data]
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise ValueError("it holds no list of objects")
    columns = list(dict.fromkeys(key for row in data for key in row))
    return columns, ([_plain(row.get(name)) for name in columns] for row in data)


def _plain(value: Json) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _distinct(columns: Sequence[str]) -> list[str]:
    """Make column names unique, ignoring case as SQLite does. Empty names get a number."""
    seen: set[str] = set()
    names = []
    for i, column in enumerate(columns):
        name = base = column.strip() or f"column_{i + 1}"
        number = 2
        while name.lower() in seen:
            name, number = f"{base}_{number}", number + 1
        seen.add(name.lower())
        names.append(name)
    return names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
