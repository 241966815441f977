"""Loads tables into a SQLite database, for ``SqlTool``."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Collection

from pyagent.errors import ToolError
from pyagent.tables.table import Table

_MAX_READINGS = 4
"""How often a table is read at most until its cells do not change how they are read."""


def table_name(title: str, taken: Collection[str]) -> str:
    """Return a free name that SQL accepts without quotes: ``Sales 2024`` → ``sales_2024``."""
    name = re.sub(r"\W+", "_", title.lower()).strip("_")[:60] or "data"
    name = f"t_{name}" if name[0].isdigit() else name
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


class Loader:
    """Copies tables into a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.has_number_like_text = False
        """Whether a text was loaded that SQLite would silently read as a number."""

    def load(self, name: str, table: Table, file_name: str) -> None:
        """Create the table ``name``. Raises ``ToolError`` if the file cannot be read to its end."""
        names = ", ".join(map(quoted, table.names))
        marks = ", ".join("?" * len(table.names))
        try:
            for _ in range(_MAX_READINGS):
                self._connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
                self._connection.execute(f"CREATE TABLE {quoted(name)} ({names})")
                self._connection.executemany(
                    f"INSERT INTO {quoted(name)} VALUES ({marks})", table.rows()
                )
                if table.settle():
                    break
            if not self.has_number_like_text:
                self.has_number_like_text = self._has_number_like_text(name, table)
        except (ValueError, OverflowError, csv.Error, sqlite3.Error) as error:
            reason = str(error).rstrip(".")
            raise ToolError(f"{file_name} cannot be read as a table: {reason}.") from error

    def _has_number_like_text(self, name: str, table: Table) -> bool:
        """Whether a text of the table begins like a number, asked in SQL because it is faster."""
        conditions = [
            f"typeof({column}) = 'text' AND ({column} GLOB '[0-9]*' "
            f"OR {column} GLOB '[-+.,($€£¥ ]*[0-9]*')"
            if kind == "text"
            else f"typeof({column}) = 'text'"
            for column, kind in zip(
                map(quoted, table.names), (column.kind for column in table.columns), strict=True
            )
            if kind not in ("date", "empty")
        ]
        return any(
            self._connection.execute(
                f"SELECT EXISTS (SELECT 1 FROM {quoted(name)} WHERE {condition})"
            ).fetchone()[0]
            for condition in conditions
        )


def quoted(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
