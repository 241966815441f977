"""Reads tables as text with separators: CSV and its relatives, as spreadsheets write them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pyagent.tables.encodings import Encoding
from pyagent.tables.number_styles import Mark, undress
from pyagent.tables.numbers import Cell, Column, decide
from pyagent.tables.table import MAX_COLUMNS, NotATable, Table, distinct
from pyagent.texts import counted

_SEPARATORS = ",;\t|"
_SAMPLE_ROWS = 1_000
_SNIFFED_ROWS = 60
_COUNTED_BYTES = 4 * 1024 * 1024
_MAX_SKIPPED = 20
_SEP_LINE = re.compile(r"sep=(.)\s*\r?\n?", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(kw_only=True)
class SeparatedTable(Table):
    """A table whose columns may have to be read anew once all cells are known."""

    separator: str
    sample: list[list[str]]

    def settle(self) -> bool:
        surprised = [i for i, column in enumerate(self.columns) if column.surprises]
        if not surprised:
            return True
        changed = False
        for i in surprised:
            self.sample[i] += self.columns[i].surprises
        for i, column in enumerate(_decided(self.sample, self.separator)):
            old = self.columns[i]
            if (column.kind, column.style, column.unit) != (old.kind, old.style, old.unit):
                changed = True
            else:
                column.surprises.clear()
            self.columns[i] = column
        return not changed


def read_separated(data: bytes, encoding: Encoding, separator: str = "") -> SeparatedTable:
    """Read the head of the table. Raises ``NotATable`` if it has no columns."""
    separator, skipped = _layout(data, encoding, separator)
    head = list(islice(_records(data, encoding, separator, skipped), _SAMPLE_ROWS + 1))
    if not head:
        raise NotATable("it is empty")
    header, body, notes = _header(head)
    if skipped:
        notes.append(f"the table begins in line {skipped + 1}")
    names = distinct(header)
    width = len(names)
    if (long := sum(any(map(str.strip, row[width:])) for row in body)) and width:
        notes.append(
            f"{counted(long, 'row')} with more cells than the header: the extra cells are left out"
        )
    sample = [[row[i] for row in body if i < len(row)] for i in range(width)]
    columns = _decided(sample, separator)
    with_header = len(body) < len(head)

    def rows() -> Iterator[list[Cell]]:
        records = _records(data, encoding, separator, skipped)
        if with_header:
            next(records, None)
        readers = [column.reader() for column in table.columns]
        empty: list[Cell] = [None] * width
        for row in records:
            cells: list[Cell] = [read(text) for read, text in zip(readers, row, strict=False)]
            yield cells if len(cells) == width else cells + empty[len(cells) :]

    table = SeparatedTable(
        names=names,
        columns=columns,
        rows=rows,
        separator=separator,
        sample=sample,
        notes=notes,
        about_rows=max(0, data.count(b"\n") - skipped - with_header),
        row_count=_count(data, encoding, separator, skipped, with_header=with_header),
    )
    return table


def _decided(sample: Sequence[Sequence[str]], separator: str) -> list[Column]:
    """Decide each column; what one column tells of the file's decimal mark decides others."""
    columns = [decide(cells, separator=separator) for cells in sample]
    marks = {mark for column, cells in zip(columns, sample, strict=True) if (mark := _mark(column))}
    if len(marks) == 1 and any(column.rivals for column in columns):
        mark = marks.pop()
        columns = [
            decide(cells, separator=separator, mark=mark) if column.rivals else column
            for column, cells in zip(columns, sample, strict=True)
        ]
    return columns


def _mark(column: Column) -> Mark:
    """The decimal mark that a column of numbers proves."""
    if column.kind == "number":
        return column.style.decimal
    if column.kind == "integer" and column.style.group in (",", "."):
        return column.style.decimal
    return ""


def _text(data: bytes, encoding: Encoding) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BytesIO(data), encoding=encoding.name, errors=encoding.errors, newline=""
    )


def _records(data: bytes, encoding: Encoding, separator: str, skipped: int) -> Iterator[list[str]]:
    """The rows that are not empty, after the lines that are skipped."""
    lines = _text(data, encoding)
    for _ in range(skipped):
        lines.readline()
    return (row for row in csv.reader(lines, delimiter=separator) if row)


def _layout(data: bytes, encoding: Encoding, separator: str) -> tuple[str, int]:
    """Return the separator and how many lines stand before the table."""
    lines = _text(data, encoding)
    first = lines.readline(10_000)
    if declared := _SEP_LINE.fullmatch(first.lstrip("\ufeff")):
        return declared[1], 1
    head = [first, *(lines.readline(10_000) for _ in range(_SNIFFED_ROWS))]
    if separator:
        return separator, _title_lines(head, separator)
    widths = {mark: _widths(head, mark) for mark in _SEPARATORS}
    fitting = {
        mark: (Counter(found)[found[0]] / len(found), found[0])
        for mark, found in widths.items()
        if found and found[0] > 1
    }
    if fitting:
        best = max(fitting, key=lambda mark: fitting[mark])
        return best, 0
    for mark in _SEPARATORS:
        if skipped := _title_lines(head, mark):
            return mark, skipped
    # One column. A separator that is not in the header splits nothing that should be whole.
    unused = next(
        (mark for mark in _SEPARATORS if all(width == 1 for width in widths[mark])), "\x1f"
    )
    return unused, 0


def _widths(head: Sequence[str], separator: str) -> list[int]:
    try:
        return [len(row) for row in csv.reader(head, delimiter=separator) if row]
    except csv.Error:
        return []


def _title_lines(head: Sequence[str], separator: str) -> int:
    """How many lines of a title stand before the header; 0 if the table begins at once.

    Each of them has one cell, and the header and all rows after it have the same number of cells.
    """
    for start, line in enumerate(head[:_MAX_SKIPPED]):
        widths = _widths(head[start:], separator)
        if len(widths) < 2 or not line.strip():
            continue
        if widths[0] == 1:
            continue
        same = sum(width == widths[0] for width in widths)
        cells = next(csv.reader([line], delimiter=separator))
        if same < len(widths) or all(map(undress, filter(None, cells))):
            return 0
        return start
    return 0


def _header(head: list[list[str]]) -> tuple[list[str], list[list[str]], list[str]]:
    """Return the names of the columns, the rows after them, and notes."""
    first, *body = head
    filled = [cell.strip() for cell in first if cell.strip()]
    years = len(set(filled)) == len(filled) and all(map(_YEAR.fullmatch, filled))
    if filled and len(filled) == len(first) and not years and all(map(undress, filled)) and body:
        names = [f"column_{i + 1}" for i in range(len(first))]
        return names, head, ["there is no header line"]
    if len(first) > MAX_COLUMNS:
        raise NotATable(f"it has {len(first):,} columns, and {MAX_COLUMNS:,} are possible")
    if body and all(len(row) == len(first) + 1 and row[-1].strip() for row in body):
        return ["", *first], body, ["the first column has no name"]
    return first, body, []


def _count(
    data: bytes, encoding: Encoding, separator: str, skipped: int, *, with_header: bool
) -> int | None:
    if len(data) > _COUNTED_BYTES:
        return None
    return sum(1 for _ in _records(data, encoding, separator, skipped)) - with_header
