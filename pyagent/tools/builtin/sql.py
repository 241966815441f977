"""``query_db``: SQL over the data files of a task, or over your own SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from threading import Lock
from time import monotonic
from typing import Any

from pyagent.errors import ToolError
from pyagent.protocol import Json
from pyagent.tools.base import Tool
from pyagent.tools.builtin.tables import SUFFIXES, load_table, table_name

_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_FORBIDDEN_FUNCTIONS = {"load_extension"}
_STEPS_BETWEEN_CHECKS = 20_000


class SqlTool(Tool):
    """Runs SQL that only reads.

    Without ``database``, each CSV, TSV, JSON or JSON-lines file that comes with a task is a table.
    With it, queries go to the SQLite file at that path, and the files of a task are ignored. A
    query that returns more than ``max_rows`` rows or takes longer than ``timeout_s`` seconds fails.
    """

    name = "query_db"
    description = (
        "Run one SQL SELECT (SQLite dialect) over the tables named in the task. Returns the rows "
        "as a list of dicts, column name to value. The table sqlite_master lists all tables."
    )

    def __init__(
        self,
        database: str | Path | None = None,
        *,
        max_rows: int = 10_000,
        timeout_s: float = 10.0,
    ) -> None:
        self._database = database
        self._max_rows = max_rows
        self._timeout_s = timeout_s
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._waiting: dict[str, tuple[str, bytes]] = {}
        self._tables: dict[str, str] = {}

    def for_another(self) -> SqlTool:
        return SqlTool(self._database, max_rows=self._max_rows, timeout_s=self._timeout_s)

    def receive_files(self, files: Mapping[str, bytes]) -> str:
        """Make data files into tables. They are parsed at the next query."""
        if self._database is not None:
            return ""
        for file_name, data in files.items():
            if PurePosixPath(file_name).suffix.lower() in SUFFIXES:
                table = self._tables.get(file_name) or table_name(file_name, self._tables.values())
                self._tables[file_name] = table
                self._waiting[table] = (file_name, data)
        named = [f"{table} ({name})" for name, table in self._tables.items() if name in files]
        return f"Tables for {self.name}: {', '.join(named)}" if named else ""

    def reset(self) -> None:
        """Forget the tables of the conversation."""
        with self._lock:
            self._waiting.clear()
            self._tables.clear()
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def forward(self, sql: str) -> list[dict[str, Any]]:
        """Run a query.

        Args:
            sql: One SELECT statement.
        """
        with self._lock:
            connection = self._ready_connection()
            deadline = monotonic() + self._timeout_s
            connection.set_authorizer(_authorize)
            connection.set_progress_handler(
                lambda: int(monotonic() > deadline), _STEPS_BETWEEN_CHECKS
            )
            try:
                cursor = connection.execute(sql)
                rows = cursor.fetchmany(self._max_rows + 1)
            except (sqlite3.Error, sqlite3.Warning) as error:
                raise self._explained(error) from error
            finally:
                connection.set_authorizer(None)
                connection.set_progress_handler(None, 0)
        if len(rows) > self._max_rows:
            raise ToolError(
                f"The query gives more than {self._max_rows:,} rows.",
                advice="Aggregate in SQL, or add a LIMIT.",
            )
        if cursor.description is None:
            raise ToolError("That gives no rows.", advice="Give one SELECT statement.")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, map(_readable, row), strict=True)) for row in rows]

    def _ready_connection(self) -> sqlite3.Connection:
        """Return the connection, with every file loaded that came since the last query."""
        if self._connection is None:
            self._connection = self._connect()
        while self._waiting:
            table, (file_name, data) = self._waiting.popitem()
            with self._connection:
                self._connection.execute(f'DROP TABLE IF EXISTS "{table}"')
                load_table(self._connection, table, file_name, data)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        # Tools run in any thread; the lock lets one query run at a time.
        if self._database is None:
            return sqlite3.connect(":memory:", check_same_thread=False)
        uri = f"{Path(self._database).resolve().as_uri()}?mode=ro"
        try:
            return sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise ToolError(f"The database {self._database} cannot be opened: {error}.") from error

    def _explained(self, error: Exception) -> ToolError:
        text = str(error)
        if text == "interrupted":
            return ToolError(
                f"The query took longer than {self._timeout_s:g} s.", advice="Make it simpler."
            )
        if "not authorized" in text or "prohibited" in text:
            return ToolError("Only reading is possible here.", advice="Use one SELECT.")
        if "one statement" in text:
            return ToolError("Give one statement at a time.")
        tables = ", ".join(self._tables.values())
        return ToolError(
            f"SQL error: {text}.", advice=f"The tables are: {tables}." if tables else ""
        )


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and second in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _readable(value: Json | bytes) -> Json:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else value
