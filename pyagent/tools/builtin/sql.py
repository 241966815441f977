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
from pyagent.tables.files import has_tables, open_file
from pyagent.tables.table import Table
from pyagent.tools.base import Tool
from pyagent.tools.builtin.strict_numbers import Rivals, install
from pyagent.tools.builtin.strict_sql import StrictSql, names, strict
from pyagent.tools.builtin.tables import Loader, quoted, table_name

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

    Without ``database``, each data file that comes with a task is a table, or several: CSV, TSV,
    JSON, JSON lines, Excel, Parquet, SQLite. With it, queries go to the SQLite file at that path,
    and the files of a task are ignored. A query that returns more than ``max_rows`` rows or takes
    longer than ``timeout_s`` seconds fails.
    """

    name = "query_db"
    side_effects = False
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
        self._loader: Loader | None = None
        self._waiting: dict[str, tuple[str, Table | bytes]] = {}
        self._tables: dict[tuple[str, str], str] = {}
        self._unread: dict[str, str] = {}
        self._stale: list[str] = []
        self._refused = ""
        self._asked_rivals: Rivals = ()

    def for_another(self) -> SqlTool:
        return SqlTool(self._database, max_rows=self._max_rows, timeout_s=self._timeout_s)

    def receive_files(self, files: Mapping[str, bytes]) -> str:
        """Make data files into tables. Their rows are read at the next query."""
        if self._database is not None:
            return ""
        named, told = [], []
        for file_name, data in files.items():
            if not has_tables(file_name):
                continue
            file = open_file(file_name, data, quick=True)
            self._forget(file_name)
            self._unread.pop(file_name, None)
            if file.problem:
                self._unread[file_name] = f"{file_name} cannot be read as a table: {file.problem}."
                told.append(self._unread[file_name])
            if file.deferred:
                name = self._named(file_name)
                self._waiting[name] = (file_name, data)
                named.append(f"{name} ({file_name})")
            for table in file.tables:
                name = self._named(file_name, table.title if len(file.tables) > 1 else "")
                self._waiting[name] = (file_name, table)
                named.append(f"{name} ({file_name})")
                if remarks := table.remarks():
                    told.append(f"{name}: {'; '.join(remarks)}.")
        if named:
            told.insert(0, f"Tables for {self.name}: {', '.join(named)}")
        return "\n".join(told)

    def _forget(self, file_name: str) -> None:
        """Take away the tables of an earlier file of this name. A new one gets their names."""
        for key in [key for key in self._tables if key[0] == file_name]:
            name = self._tables.pop(key)
            self._waiting.pop(name, None)
            self._stale.append(name)

    def _named(self, file_name: str, title: str = "") -> str:
        key = (file_name, title)
        if key not in self._tables:
            stem = PurePosixPath(file_name).stem
            name = table_name(f"{stem}_{title}" if title else stem, self._tables.values())
            self._tables[key] = name
        return self._tables[key]

    def reset(self) -> None:
        """Forget the tables of the conversation."""
        with self._lock:
            self._waiting.clear()
            self._tables.clear()
            self._unread.clear()
            self._stale.clear()
            self._loader = None
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
            query = strict(sql, comparisons=self._database is None)
            asked = names(sql)
            self._asked_rivals = {
                styles
                for table, found in (self._loader.meanings if self._loader else {}).items()
                if table in asked
                for styles in found
            }
            try:
                cursor = self._executed(connection, sql, query)
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
        columns = [query.original(column[0]) for column in cursor.description]
        return [dict(zip(columns, map(_readable, row), strict=True)) for row in rows]

    def _executed(
        self, connection: sqlite3.Connection, sql: str, query: StrictSql
    ) -> sqlite3.Cursor:
        try:
            return connection.execute(query.text)
        except sqlite3.Error as error:
            if self._refused or str(error) == "interrupted":
                raise
            return connection.execute(sql)  # the error is the query's own, so it names its own text

    def _ready_connection(self) -> sqlite3.Connection:
        """Return the connection, with every file loaded that came since the last query."""
        if self._connection is None:
            self._connection = self._connect()
        while self._stale:
            self._connection.execute(f"DROP TABLE IF EXISTS {quoted(self._stale.pop())}")
        while self._waiting:
            name, (file_name, source) = self._waiting.popitem()
            try:
                self._load(self._connection, name, file_name, source)
            except ToolError as error:  # the other tables can still be asked
                self._unread[file_name] = error.message
                self._tables = {key: n for key, n in self._tables.items() if n != name}
        if self._unread and not self._tables:
            raise ToolError(" ".join(self._unread.values()), advice="Read the file by code.")
        return self._connection

    def _load(
        self, connection: sqlite3.Connection, name: str, file_name: str, source: Table | bytes
    ) -> None:
        if self._loader is None:
            self._loader = Loader(connection)
        if isinstance(source, bytes):
            file = open_file(file_name, source)
            if file.problem:
                raise ToolError(f"{file_name} cannot be read as a table: {file.problem}.")
            if len(file.tables) > 1:
                self._tables.pop((file_name, ""), None)
            for table in file.tables:
                own = self._named(file_name, table.title) if len(file.tables) > 1 else name
                with connection:
                    self._loader.load(own, table, file_name)
        else:
            with connection:
                self._loader.load(name, source, file_name)

    def _refuse(self, reason: str) -> None:
        self._refused = reason

    def _rivals(self) -> Rivals:
        return self._asked_rivals

    def _connect(self) -> sqlite3.Connection:
        connection = self._opened()
        install(connection, self._rivals, self._refuse)
        return connection

    def _opened(self) -> sqlite3.Connection:
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
        if self._refused:
            refused, self._refused = self._refused, ""
            return ToolError(
                f"{refused}.",
                advice="Leave such cells out. Or find out what its commas and points mean, and "
                "compute with numbers: in code, or on REPLACE(column, …) cast to REAL.",
            )
        if text == "interrupted":
            return ToolError(
                f"The query took longer than {self._timeout_s:g} s.", advice="Make it simpler."
            )
        if "not authorized" in text or "prohibited" in text:
            return ToolError("Only reading is possible here.", advice="Use one SELECT.")
        if "one statement" in text:
            return ToolError("Give one statement at a time.")
        tables = ", ".join(self._tables.values())
        advice = [f"The tables are: {tables}."] if tables else []
        return ToolError(f"SQL error: {text}.", advice=" ".join([*advice, *self._unread.values()]))


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and second in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _readable(value: Json | bytes) -> Json:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else value
