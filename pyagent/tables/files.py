"""``open_file``: what a data file is, and its tables.

The preview of a task's files calls it, and ``query_db``. It reads only the head of a table; rows
are read when somebody asks for them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from pyagent.tables.encodings import Encoding, find_encoding
from pyagent.tables.records import read_json, read_json_lines
from pyagent.tables.separated import SeparatedTable, read_separated
from pyagent.tables.table import NotATable, Table

_TEXT_READERS: dict[str, Callable[[bytes, Encoding], Table]] = {
    ".csv": read_separated,
    ".tsv": partial(read_separated, separator="\t"),
    ".tab": partial(read_separated, separator="\t"),
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}
_WHOLE = {".json", ".jsonl", ".ndjson"}
_QUICK_BYTES = 2 * 1024 * 1024
_SEPARATORS = {";": "';'", "\t": "tab", "|": "'|'"}


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """What is known of a file."""

    encoding: Encoding | None = None
    """None for a file that is not text."""
    tables: list[Table] = field(default_factory=list)
    problem: str = ""
    """Why it has no tables, if it should have some."""
    is_workbook: bool = False
    """Whether its bytes are not a text of lines."""
    deferred: bool = False
    """Whether the file has tables that were not looked for, because that takes seconds."""

    def remarks(self) -> list[str]:
        """How the file differs from UTF-8 and commas, as short texts."""
        told = []
        if self.encoding is not None and self.encoding.name != "utf-8":
            likely = "" if self.encoding.certain else "probably "
            told.append(f"encoding {likely}{self.encoding.name}")
        if self.encoding is not None and self.encoding.errors == "replace":
            told.append(f"some bytes are not {self.encoding.name} and read as �")
        for table in self.tables:
            if isinstance(table, SeparatedTable) and table.separator in _SEPARATORS:
                told.append(f"separator {_SEPARATORS[table.separator]}")
        return told


def has_tables(file_name: str) -> bool:
    """Whether a file of this name is read as tables."""
    return _suffix(file_name) in _TEXT_READERS


def open_file(file_name: str, data: bytes, *, quick: bool = False) -> DataFile:
    """Find the encoding and the tables of a file. Raises nothing, whatever the file holds.

    ``quick`` leaves large JSON alone, which must be read to its end before anything is known of it.
    """
    encoding = find_encoding(data)
    if not has_tables(file_name):
        return DataFile(encoding=encoding)
    if encoding is None:
        return DataFile(problem="it is not text")
    if quick and len(data) > _QUICK_BYTES and _suffix(file_name) in _WHOLE:
        return DataFile(encoding=encoding, deferred=True)
    try:
        table = _TEXT_READERS[_suffix(file_name)](data, encoding)
    except (NotATable, csv.Error, ValueError) as error:
        return DataFile(encoding=encoding, problem=str(error).rstrip("."))
    return DataFile(encoding=encoding, tables=[table])


def _suffix(file_name: str) -> str:
    return PurePosixPath(file_name).suffix.lower()
