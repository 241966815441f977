"""Loads tables into a SQLite database, for ``SqlTool``."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Collection

from pyagent.errors import ToolError
from pyagent.tables.number_styles import Style
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
        self.meanings: dict[str, list[tuple[Style, ...]]] = {}
        """Table → for each undecided column, the styles in which its texts may be numbers."""

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
            self.meanings[name] = [column.meanings for column in table.columns if column.meanings]
        except (ValueError, OverflowError, csv.Error, sqlite3.Error) as error:
            reason = str(error).rstrip(".")
            raise ToolError(f"{file_name} cannot be read as a table: {reason}.") from error


def quoted(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
