"""Reads the tables of SQLite files and of Parquet files."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from time import monotonic
from typing import Any

from pyagent.tables.table import NotATable, Table
from pyagent.tables.typed import MAX_CELLS, typed_table
from pyagent.tables.workbooks import reader_of

_MAX_TABLES = 100
_MAX_VALUE_BYTES = 16 * 1024 * 1024
_MAX_SECONDS = 30.0
_BATCH_ROWS = 1_000
_HEADER_BYTES = 100
_WRITE_AHEAD_BYTES = slice(18, 20)


def read_sqlite(data: bytes) -> list[Table]:
    """The tables of a SQLite file. Its views are left out: their SQL would run here."""
    try:
        connection = _opened(data)
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' "
                "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT ?",
                [_MAX_TABLES],
            )
        ]
        tables = [_sqlite_table(connection, name) for name in names]
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise NotATable(f"it is no SQLite database that can be read: {error}") from error
    if not tables:
        raise NotATable("it has no tables")
    return tables


def _opened(data: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    if len(data) > _HEADER_BYTES:
        # A database in memory has no write-ahead log: 1 says that none is used.
        head = bytearray(data[:_HEADER_BYTES])
        head[_WRITE_AHEAD_BYTES] = b"\x01\x01"
        data = bytes(head) + data[_HEADER_BYTES:]
    connection.deserialize(data)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection


def _sqlite_table(connection: sqlite3.Connection, name: str) -> Table:
    quoted = '"' + name.replace('"', '""') + '"'
    # Generated columns are left out: their SQL would run here.
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted})")]
    columns = ", ".join('"' + column.replace('"', '""') + '"' for column in names)
    (count,) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()
    rows = partial(_sqlite_rows, connection, f"SELECT {columns} FROM {quoted}")
    return typed_table(names, rows, title=name, row_count=count)


def _sqlite_rows(connection: sqlite3.Connection, sql: str) -> Iterator[Sequence[Any]]:
    deadline = monotonic() + _MAX_SECONDS
    connection.set_progress_handler(lambda: int(monotonic() > deadline), 20_000)
    try:
        yield from connection.execute(sql)
    except sqlite3.Error as error:
        raise NotATable(f"its rows cannot be read: {error}") from error


def read_parquet(data: bytes) -> list[Table]:
    """The one table of a Parquet file. Raises ``NotATable``."""
    parquet = reader_of("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        count, names = file.metadata.num_rows, file.schema_arrow.names
    except Exception as error:  # pyarrow raises many kinds, some of its own
        raise NotATable(f"it is no Parquet file that can be read: {error}") from error
    if count * max(1, len(names)) > MAX_CELLS:
        raise NotATable(f"it has {count:,} rows, and {MAX_CELLS:,} cells are possible")
    return [typed_table(names, partial(_parquet_rows, parquet, data), row_count=count)]


def _parquet_rows(parquet: Any, data: bytes) -> Iterator[Sequence[Any]]:
    for batch in parquet.ParquetFile(io.BytesIO(data)).iter_batches(batch_size=_BATCH_ROWS):
        columns = [column.to_pylist() for column in batch.columns]
        yield from zip(*columns, strict=True)
