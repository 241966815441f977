"""``open_file``: what a data file is, and its tables.

The preview of a task's files calls it, and ``query_db``. It reads only the head of a table; rows
are read when somebody asks for them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import PurePosixPath

from pyagent.tables.databases import read_parquet, read_sqlite
from pyagent.tables.encodings import Encoding, find_encoding, without_nulls
from pyagent.tables.records import read_json, read_json_lines
from pyagent.tables.separated import SeparatedTable, read_separated
from pyagent.tables.table import NotATable, Table
from pyagent.tables.workbooks import read_xls, read_xlsx, unpacked_bytes
from pyagent.texts import counted

_TEXT_READERS: dict[str, Callable[[bytes, Encoding], Table]] = {
    ".csv": read_separated,
    ".tsv": partial(read_separated, separator="\t"),
    ".tab": partial(read_separated, separator="\t"),
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}
_BINARY_READERS: dict[str, Callable[[bytes], list[Table]]] = {
    ".xlsx": read_xlsx,
    ".xlsm": read_xlsx,
    ".xls": read_xls,
    ".parquet": read_parquet,
    ".sqlite": read_sqlite,
    ".sqlite3": read_sqlite,
    ".db": read_sqlite,
}
_SIGNATURES = {
    b"PK\x03\x04": read_xlsx,
    b"\xd0\xcf\x11\xe0": read_xls,
    b"PAR1": read_parquet,
    b"SQLite format 3\x00": read_sqlite,
}
_LIBRARIES = {read_xlsx: "openpyxl", read_xls: "xlrd", read_parquet: "pyarrow"}
_WHOLE = {".json", ".jsonl", ".ndjson"}
_QUICK_BYTES = 2 * 1024 * 1024
_QUICK_WORKBOOK_BYTES = 16 * 1024 * 1024
_SEPARATORS = {";": "';'", "\t": "tab", "|": "'|'"}


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """What is known of a file."""

    encoding: Encoding | None = None
    """None for a file that is not text."""
    tables: list[Table] = field(default_factory=list)
    problem: str = ""
    """Why it has no tables, if it should have some."""
    deferred: bool = False
    """Whether the file has tables that were not looked for, because that takes seconds."""

    @property
    def separator(self) -> str:
        """What separates the cells, if it is not a comma and the file has more than one column."""
        return next(
            (
                table.separator
                for table in self.tables
                if isinstance(table, SeparatedTable) and table.separator in _SEPARATORS
            ),
            "",
        )

    def remarks(self) -> list[str]:
        """How the file differs from UTF-8 and commas, as short texts."""
        told = [] if self.encoding is None else self.encoding.remarks()
        if self.separator:
            told.append(f"separator {_SEPARATORS[self.separator]}")
        return told


def has_tables(file_name: str) -> bool:
    """Whether a file of this name is read as tables."""
    return _suffix(file_name) in _TEXT_READERS or _suffix(file_name) in _BINARY_READERS


def missing_reader(file_name: str, data: bytes) -> str:
    """The library that would read this file if it were installed; empty if none is missing."""
    if _suffix(file_name) not in _BINARY_READERS:
        return ""
    read = next((read for start, read in _SIGNATURES.items() if data.startswith(start)), None)
    library = _LIBRARIES.get(read, "") if read else ""
    return library if library and find_spec(library) is None else ""


def open_file(file_name: str, data: bytes, *, quick: bool = False) -> DataFile:
    """Find the encoding and the tables of a file. Raises nothing, whatever the file holds.

    ``quick`` leaves alone what takes seconds: large JSON, workbooks and databases.
    """
    suffix = _suffix(file_name)
    try:
        if suffix in _BINARY_READERS:
            if quick and max(len(data), unpacked_bytes(data)) > _QUICK_WORKBOOK_BYTES:
                return DataFile(deferred=True)
            return _open_binary(suffix, data)
        encoding = find_encoding(data)
        if suffix not in _TEXT_READERS:
            return DataFile(encoding=encoding)
        if encoding is None:
            raise NotATable("it is not text")
        if quick and len(data) > _QUICK_BYTES and suffix in _WHOLE:
            return DataFile(encoding=encoding, deferred=True)
    except NotATable as error:
        return DataFile(problem=str(error).rstrip("."))
    try:
        table = _read_text(_TEXT_READERS[suffix], data, encoding)
    except (NotATable, csv.Error, ValueError) as error:
        return DataFile(encoding=encoding, problem=str(error).rstrip("."))
    return DataFile(encoding=encoding, tables=[table])


def _read_text(read: Callable[[bytes, Encoding], Table], data: bytes, encoding: Encoding) -> Table:
    kept = without_nulls(data, encoding)
    table = read(kept, encoding)
    if len(kept) < len(data):
        line = data.count(b"\n", 0, data.index(0)) + 1
        count = counted(len(data) - len(kept), "NUL character")
        table.notes.append(f"{count} left out, the first in line {line:,}")
    return table


def _open_binary(suffix: str, data: bytes) -> DataFile:
    """Read what the first bytes say; programs call many a text ``.xls``."""
    for signature, read in _SIGNATURES.items():
        if data.startswith(signature):
            return DataFile(tables=read(data))
    encoding = find_encoding(data)
    if suffix != ".xls" or encoding is None:
        raise NotATable("its content is not what its name says")
    if data.lstrip()[:1] == b"<":
        return DataFile(encoding=encoding, problem="it is HTML or XML, and no Excel workbook")
    return DataFile(encoding=encoding, tables=[_read_text(read_separated, data, encoding)])


def _suffix(file_name: str) -> str:
    return PurePosixPath(file_name).suffix.lower()
