"""Reads JSON and JSON lines as tables. Size and depth are checked before anything is parsed."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pyagent.errors import ProtocolError
from pyagent.protocol import Json
from pyagent.tables.damage import in_lines
from pyagent.tables.encodings import Encoding
from pyagent.tables.missing import MISSING
from pyagent.tables.numbers import Cell
from pyagent.tables.table import MAX_COLUMNS, NotATable, Table, distinct
from pyagent.tables.typed import column_of, without_marks
from pyagent.wire import parse_json

MAX_JSON_CHARS = 32 * 1024 * 1024
"""The longest JSON text that is read at once; its values take some ten times as much memory."""

_MAX_SQL_INTEGER = 2**63
_AROUND = " \t\r\n\x1e\ufeff"
_Record = Mapping[str, Json]


def read_json(data: bytes, encoding: Encoding) -> Table:
    """A list of objects, or an object with just one list of them. Raises ``NotATable``."""
    value = _parsed(data.decode(encoding.name, encoding.errors))
    notes = []
    if isinstance(value, dict):
        lists = {key: item for key, item in value.items() if _is_list_of_objects(item)}
        if len(lists) == 1:
            ((key, value),) = lists.items()
            notes.append(f"the table is the list {key!r:.60}")
        else:
            value = [value]
    if not _is_list_of_objects(value):
        raise NotATable("it holds no list of objects")
    return _table(lambda: iter(value), notes)


def read_json_lines(data: bytes, encoding: Encoding) -> Table:
    """One object a line, read line by line. Lines that hold none are left out and told.

    Raises ``NotATable`` if most lines are such.
    """
    bad: dict[int, str] = {}
    table = _table(partial(_lines, data, encoding, bad), [])
    if len(bad) > (table.row_count or 0):
        raise NotATable(next(iter(bad.values())))
    if bad:
        more = (
            f", and so {'are' if len(bad) > 2 else 'is'} {in_lines(list(bad)[1:])}"
            if len(bad) > 1
            else ""
        )
        table.notes.append(f"{next(iter(bad.values()))}; the line is left out{more}")
    return table


def _lines(data: bytes, encoding: Encoding, bad: dict[int, str]) -> Iterator[_Record]:
    """The objects. ``bad`` gets the lines that hold none, and why."""
    # A text file's lines end at CR and LF only, unlike those of str.splitlines: U+2028 and the
    # like may stand inside a JSON string.
    text = io.TextIOWrapper(io.BytesIO(data), encoding=encoding.name, errors=encoding.errors)
    good = 0
    for number, line in enumerate(text, start=1):
        if not (stripped := line.strip(_AROUND)):
            continue
        try:
            record = _parsed(stripped)
        except NotATable as error:
            bad[number] = f"line {number:,}: {error}"
            continue
        if isinstance(record, dict):
            good += 1
            yield record
        else:
            bad[number] = f"line {number:,} holds no object"
    if bad and not good:
        raise NotATable(next(iter(bad.values())))


def _parsed(text: str) -> Json:
    try:
        return parse_json(text.strip(_AROUND), max_chars=MAX_JSON_CHARS, with_nan=True)
    except ProtocolError as error:
        raise NotATable(error.message.rstrip(".").replace("A message", "it", 1)) from error


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _table(records: Any, notes: list[str]) -> Table:
    kinds: dict[str, set[str]] = {}
    marks: dict[str, Counter[str]] = {}
    count = 0
    for record in records():
        count += 1
        for key, value in record.items():
            kinds.setdefault(key, set()).add(_type(value))
            if isinstance(value, str) and value.strip() in MISSING:
                marks.setdefault(key, Counter())[value.strip()] += 1
        if len(kinds) > MAX_COLUMNS:
            raise NotATable(f"its objects have more than {MAX_COLUMNS:,} different keys")
    if not kinds:
        raise NotATable("it has no columns")
    columns = [column_of(types, marks=marks.get(key)) for key, types in kinds.items()]
    return Table(
        names=distinct(list(kinds)),
        columns=columns,
        rows=lambda: without_marks(_rows(records(), list(kinds)), columns),
        row_count=count,
        notes=notes,
    )


def _rows(records: Iterable[_Record], keys: Sequence[str]) -> Iterator[list[Cell]]:
    return ([_cell(record.get(key)) for key in keys] for record in records)


def _cell(value: Json) -> Cell:
    if isinstance(value, int) and abs(value) >= _MAX_SQL_INTEGER:
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _type(value: Json) -> str:
    if type(value) is int and abs(value) >= _MAX_SQL_INTEGER:
        return "huge"
    return "mark" if isinstance(value, str) and value.strip() in MISSING else type(value).__name__
