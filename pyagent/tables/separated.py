"""Reads tables as text with separators: CSV and its relatives, as spreadsheets write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pyagent.tables.csv_layout import MAX_SKIPPED, find_layout
from pyagent.tables.csv_records import Records
from pyagent.tables.damage import is_total, naming_notes
from pyagent.tables.encodings import Encoding
from pyagent.tables.missing import MISSING
from pyagent.tables.number_styles import Mark, undress
from pyagent.tables.numbers import Cell, Column, decide
from pyagent.tables.table import MAX_COLUMNS, NotATable, Table, distinct

_SAMPLE_ROWS = 1_000
_COUNTED_BYTES = 4 * 1024 * 1024
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
            column.marks, column.looked_at = old.marks, old.looked_at
            self.columns[i] = column
        return not changed


def read_separated(data: bytes, encoding: Encoding, separator: str = "") -> SeparatedTable:
    """Read the head of the table. Raises ``NotATable`` if it has no columns."""
    separator, skipped = find_layout(data, encoding, separator)
    head, skipped = _head(data, encoding, separator, skipped)
    header, body, notes = _header(head)
    names = distinct(header)
    width = len(names)
    with_header = len(body) < len(head)
    if skipped:
        notes.append(f"the table begins in line {skipped + 1}")
    if with_header:
        notes += naming_notes(header, names)

    def records() -> Records:
        return Records(
            data,
            encoding,
            separator=separator,
            skipped=skipped,
            width=width,
            header=head[0] if with_header else (),
        )

    def rows() -> Iterator[list[Cell]]:
        readers = [column.reader() for column in table.columns]
        empty: list[Cell] = [None] * width
        for row in records():
            cells: list[Cell] = [read(text) for read, text in zip(readers, row, strict=False)]
            yield cells if len(cells) == width else cells + empty[len(cells) :]

    whole = len(data) <= _COUNTED_BYTES
    body = list(islice(records(), _SAMPLE_ROWS))
    sample = [[row[i] for row in body if i < len(row)] for i in range(width)]
    columns = _decided(sample, separator)
    count, told = _looked_through(records(), columns, whole=whole)
    notes += told
    if not whole and data.count(b'"') % 2:
        notes.append("the number of quotes in the file is odd: one may not be closed")
    table = SeparatedTable(
        names=names,
        columns=columns,
        rows=rows,
        separator=separator,
        sample=sample,
        notes=notes,
        about_rows=max(0, data.count(b"\n") - skipped - with_header),
        row_count=count if whole else None,
    )
    return table


def _head(
    data: bytes, encoding: Encoding, separator: str, skipped: int
) -> tuple[list[list[str]], int]:
    """The first rows from the header on, and how many lines stand before it."""
    records = Records(data, encoding, separator=separator, skipped=skipped)
    head, lines = [], []
    for row in islice(records, _SAMPLE_ROWS + 1):
        head.append(row)
        lines.append(records.line)
    if not head:
        raise NotATable("it is empty")
    start = _padded_titles(head)
    return head[start:], lines[start] - 1 if start else skipped


def _padded_titles(head: Sequence[Sequence[str]]) -> int:
    """How many rows before the header hold one cell, although they are as wide as the table."""
    filled = [sum(1 for cell in row if cell.strip()) for row in head[:MAX_SKIPPED]]
    width = len(head[0])
    if width < 2 or filled[0] > 1:
        return 0
    start = next((i for i, count in enumerate(filled) if count > 1), 0)
    likely = len(head[start]) == width and filled[start] * 2 > width
    return 0 if not likely or all(map(undress, filter(None, head[start]))) else start


def _looked_through(
    records: Records, columns: Sequence[Column], *, whole: bool
) -> tuple[int, list[str]]:
    """Count the rows, all or the first ones, and say what is wrong with them."""
    count, width, damage = 0, len(columns), records.damage
    marks = [Counter[str]() for _ in columns]
    row: list[str] = []
    for row in islice(records, None if whole else _SAMPLE_ROWS):
        count += 1
        if not MISSING.isdisjoint(row):
            for counter, cell in zip(marks, row, strict=False):
                if cell in MISSING:
                    counter[cell] += 1
        if len(row) == width:
            continue
        if len(row) < width:
            damage.short.append(records.line)
        elif any(map(str.strip, row[width:])):
            damage.long.append(records.line)
    notes = damage.notes()
    if not count:
        return 0, [*notes, "there are no rows"]
    if not whole and count == _SAMPLE_ROWS:
        notes = [f"in the first {count:,} rows: {note}" for note in notes]
    if count > _SAMPLE_ROWS:
        for column, counter in zip(columns, marks, strict=True):
            column.marks = counter
    for column in columns:
        column.looked_at = count if not whole else 0
    if whole and is_total(row):
        notes.append(f"the last row (line {records.line:,}) looks like a total")
    return count, notes


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
