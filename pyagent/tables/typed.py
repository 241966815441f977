"""Makes tables from sources whose cells have types: sheets, Parquet and databases."""

from __future__ import annotations

import datetime
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from pyagent.tables.missing import MISSING
from pyagent.tables.number_styles import looks_like_number
from pyagent.tables.numbers import Cell, Column
from pyagent.tables.table import NotATable, Table, distinct

MAX_CELLS = 20_000_000
"""The most cells that are read of one table."""

_MAX_SQL_INTEGER = 2**63
_SAMPLE_ROWS = 1_000
Rows = Callable[[], Iterator[Sequence[Any]]]


def typed_table(
    names: Sequence[str], rows: Rows, *, title: str = "", row_count: int | None = None
) -> Table:
    """A table whose columns have the kinds of their first cells."""
    width = len(distinct(names))
    types: list[set[str]] = [set() for _ in range(width)]
    marks = [Counter[str]() for _ in range(width)]
    read = 0
    for row in islice(_cells(rows, width), _SAMPLE_ROWS):
        read += 1
        for i, cell in enumerate(row):
            types[i].add(type_of(cell))
            if isinstance(cell, str) and cell.strip() in MISSING:
                marks[i][cell.strip()] += 1
    columns = [
        column_of(found, marks=found_marks) for found, found_marks in zip(types, marks, strict=True)
    ]
    for column in columns:
        column.looked_at = read if read == _SAMPLE_ROWS else 0
    return Table(
        title=title,
        names=distinct(names),
        columns=columns,
        rows=lambda: without_marks(_cells(rows, width), columns),
        row_count=read if read < _SAMPLE_ROWS else row_count,
    )


def column_of(types: set[str], *, marks: Mapping[str, int] | None = None) -> Column:
    """The column that holds cells of these types, as ``type_of`` names them."""
    column = _column_of(types - {"NoneType"})
    column.marks = marks or {}
    return column


def without_marks(rows: Iterable[list[Cell]], columns: Sequence[Column]) -> Iterator[list[Cell]]:
    """Put NULL where a column of numbers holds a mark for no value."""
    numeric = [i for i, column in enumerate(columns) if column.is_numeric]
    for row in rows:
        for i in numeric:
            cell = row[i]
            if isinstance(cell, str) and cell.strip() in MISSING:
                row[i] = None
        yield row


def _column_of(types: set[str]) -> Column:
    if not types:
        return Column(kind="empty")
    if types == {"mark"}:
        return Column(kind="text")
    types = types - {"mark"}
    if types <= {"int", "bool"}:
        return Column(kind="integer")
    if types <= {"int", "bool", "float"}:
        return Column(kind="number")
    note = ""
    if "huge" in types:
        note = "text where a number has more than 18 digits"
    elif types & {"str", "numeral"} and types & {"int", "float"}:
        note = "some cells are text and some are numbers"
    elif "numeral" in types:
        note = "text, although it looks like numbers"
    return Column(kind="text", note=note)


def plain(value: Any) -> Cell:
    """A value as SQLite and JSON can hold it: dates as ISO texts, lists as JSON."""
    if value is None or isinstance(value, str | bytes):
        return value
    if isinstance(value, int):
        return str(value) if abs(value) >= _MAX_SQL_INTEGER else int(value)
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _cells(rows: Rows, width: int) -> Iterator[list[Cell]]:
    read = 0
    for row in rows():
        read += max(width, len(row))
        if read > MAX_CELLS:
            raise NotATable(f"it has more than {MAX_CELLS:,} cells")
        cells = [plain(value) for value in row[:width]]
        yield cells + [None] * (width - len(cells))


def type_of(cell: object) -> str:
    """The name of Python's type, or what a text or a large number looks like."""
    if isinstance(cell, str) and cell.strip() in MISSING:
        return "mark"
    if isinstance(cell, str) and looks_like_number(cell) and not cell[:5].endswith("-"):
        return "numeral"
    return type(cell).__name__
