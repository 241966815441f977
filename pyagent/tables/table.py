"""What every reader of this room returns: a ``Table``, and the limits that hold for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyagent.tables.numbers import Cell, Column
from pyagent.texts import counted

MAX_COLUMNS = 2_000
"""The most columns of a table, which is also SQLite's limit."""

_MAX_NAMED = 30
_MAX_NOTES = 20
_MAX_NAME_CHARS = 60


class NotATable(ValueError):
    """The file cannot be read as a table. Its text is the end of ``x.csv cannot be read: …``."""


class Rows(Protocol):
    """Reads a table from its start, as often as needed."""

    def __call__(self) -> Iterator[list[Cell]]: ...


@dataclass(kw_only=True)
class Table:
    """Columns and rows. Cells are read when rows are: a table itself holds next to nothing."""

    names: list[str]
    columns: list[Column]
    rows: Rows
    title: str = ""
    """The name of a sheet, or of a table in a database."""
    row_count: int | None = None
    """None if the rows were not counted, because there are many."""
    about_rows: int | None = None
    """How many rows there are about, if they were not counted."""
    notes: list[str] = field(default_factory=list)

    def settle(self) -> bool:
        """Whether the rows that were just read are right. If not, read them again."""
        return True

    def described(self) -> str:
        """``12 rows; columns: month text, amount number``."""
        count = "many rows" if self.about_rows is None else f"about {self.about_rows:,} rows"
        if self.row_count is not None:
            count = counted(self.row_count, "row")
        named = [
            f"{_short(name)} {column.kind}"
            for name, column in zip(self.names[:_MAX_NAMED], self.columns, strict=False)
        ]
        more = len(self.names) - len(named)
        if more > 0:
            named.append(f"and {more:,} more")
        return f"{count}; columns: {', '.join(named)}"

    def remarks(self) -> list[str]:
        """What is special about the columns and the rows, as sentences without their full stop."""
        told = [
            f"{_short(name)}: {remark}"
            for name, column in zip(self.names, self.columns, strict=True)
            if (remark := column.remark)
        ]
        more = len(told) - _MAX_NOTES
        if more > 0:
            told = [*told[:_MAX_NOTES], f"{more:,} more columns are special"]
        return [*self.notes, *told]


def distinct(columns: Sequence[str]) -> list[str]:
    """Make column names unique, ignoring case as SQLite does. Empty names get a number."""
    if len(columns) > MAX_COLUMNS:
        raise NotATable(f"it has {len(columns):,} columns, and {MAX_COLUMNS:,} are possible")
    seen: set[str] = set()
    names = []
    for i, column in enumerate(columns):
        name = base = column.strip().replace("\x00", "") or f"column_{i + 1}"
        number = 2
        while name.lower() in seen:
            name, number = f"{base}_{number}", number + 1
        seen.add(name.lower())
        names.append(name)
    return names


def _short(name: str) -> str:
    plain = " ".join(name.split())
    return plain if len(plain) <= _MAX_NAME_CHARS else plain[: _MAX_NAME_CHARS - 1] + "…"
