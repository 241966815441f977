"""Turns values that are tables into ``application/vnd.dataresource+json``."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from typing import Any

from pyagent.protocol.guest import Json
from pyagent.sandbox.tables import without_index
from pyagent.sandbox.texts import safe_str, safe_text

TABLE_TYPE = "application/vnd.dataresource+json"

MAX_ROWS = 200
"""The most rows that cross; ``total_rows`` says how many there are."""

_MAX_COLUMNS = 100
_MAX_CELL_CHARS = 1_000
_SAMPLE_ROWS = 1_000
"""How many rows are looked at to decide whether a value is a table."""


def to_table(value: Any) -> Json | None:
    """A table, or None when ``value`` is not one.

    Tables are data frames, lists of dicts, lists of equally long tuples (rows of sqlite3) or
    lists (rows of csv, the first being the header), and dicts of equally long lists.
    """
    if type(value).__module__.partition(".")[0] in ("pandas", "polars"):
        return _frame_table(value)
    if isinstance(value, dict):
        return _columns_table(value)
    if not isinstance(value, (list, tuple)) or not value:
        return None
    sample = value[:_SAMPLE_ROWS]
    if all(isinstance(row, dict) and row for row in sample):
        names = list(dict.fromkeys(str(key) for row in sample for key in row))
        rows = [{str(k): v for k, v in row.items()} for row in value[:MAX_ROWS]]
        return _table(names, [[row.get(name) for name in names] for row in rows], len(value))
    if type(value[0]).__name__ == "Row" and hasattr(value[0], "keys"):
        return _table(list(value[0].keys()), [list(r) for r in value[:MAX_ROWS]], len(value))
    return _rows_table(value, sample)


def _rows_table(value: Sequence[Any], sample: Sequence[Any]) -> Json | None:
    first = value[0]
    width = len(first) if isinstance(first, (list, tuple)) else 0
    same = all(isinstance(row, type(first)) and len(row) == width for row in sample)
    if len(value) < 2 or width < 2 or not same or not _scalars(itertools.chain(*sample)):
        return None
    if hasattr(first, "_fields"):  # a named tuple
        return _table(list(first._fields), value[:MAX_ROWS], len(value))
    if isinstance(first, list) and len(set(first)) == width and _all_text(first):
        return _table(first, value[1 : MAX_ROWS + 1], len(value) - 1)
    return _table([str(i) for i in range(width)], value[:MAX_ROWS], len(value))


def _columns_table(value: dict[Any, Any]) -> Json | None:
    columns = list(value.values())
    if len(columns) < 2 or not all(isinstance(c, (list, tuple)) for c in columns):
        return None
    length = len(columns[0])
    cells = itertools.chain(*(column[:_SAMPLE_ROWS] for column in columns))
    if length < 2 or any(len(c) != length for c in columns) or not _scalars(cells):
        return None
    rows = list(zip(*(column[:MAX_ROWS] for column in columns), strict=True))
    return _table([str(name) for name in value], rows, length)


def _frame_table(value: Any) -> Json | None:
    """A frame of pandas or polars, known by its attributes: neither can be imported here."""
    if not hasattr(value, "columns"):
        return None
    head, total = value.head(MAX_ROWS), len(value)
    if hasattr(value, "to_dicts"):
        rows = [list(row.values()) for row in head.to_dicts()]
        return _table([str(name) for name in value.columns], rows, total)
    text = without_index(head).to_json(orient="split", date_format="iso", default_handler=str)
    split = json.loads(text)
    return _table(split["columns"], split["data"], total)


def _table(names: Sequence[Any], rows: Sequence[Sequence[Any]], total: int) -> Json:
    names = [str(name) for name in names[:_MAX_COLUMNS]]
    cells = [[_cell(value) for value in row[: len(names)]] for row in rows]
    return {
        "schema": {
            "fields": [
                {"name": name, "type": _type([row[i] for row in cells if i < len(row)])}
                for i, name in enumerate(names)
            ]
        },
        "data": [dict(zip(names, row, strict=False)) for row in cells],
        "total_rows": total,
    }


def _cell(value: Any) -> Json:
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return safe_text(safe_str(value), _MAX_CELL_CHARS)


def _type(cells: Sequence[Json]) -> str:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else "string"


def _scalars(cells: Any) -> bool:
    return all(not isinstance(cell, (list, tuple, dict, set)) for cell in cells)


def _all_text(row: Sequence[Any]) -> bool:
    return all(isinstance(cell, str) for cell in row)
