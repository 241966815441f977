"""Turns values that are tables into ``application/vnd.dataresource+json``."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from typing import Any

from pyagent.protocol.guest import Json
from pyagent.sandbox.asking import Secret
from pyagent.sandbox.tables import index_names, without_index
from pyagent.sandbox.texts import safe_str, safe_text

TABLE_TYPE = "application/vnd.dataresource+json"

MAX_ROWS = 1_000
"""The most rows that cross; ``total_rows`` says how many there are."""

_MAX_COLUMNS = 100
_MAX_CELLS = 20_000
"""A table of more than 20 columns has fewer rows, so that drawing and sending it stays quick."""
_MAX_CHARS = 2_000_000
"""The most characters in all cells. Rows beyond that do not cross."""
_MAX_CELL_CHARS = 1_000
_SAMPLE_ROWS = 1_000
"""How many rows are looked at to decide whether a value is a table."""


def to_table(value: Any) -> Json | None:
    """A table, or None when ``value`` is not one.

    Tables are what pandas, polars and numpy have: frames, series, indexes, and arrays of two
    dimensions or with named fields. So are lists of dicts, lists of equally long tuples (rows of
    sqlite3) or lists (rows of csv, the first being the header), and dicts of equally long lists.
    """
    package = type(value).__module__.partition(".")[0]
    if package in ("pandas", "polars"):
        return _table_of_package(value)
    if package == "numpy":
        return _array_table(value)
    if isinstance(value, dict):
        return _columns_table(value)
    if not isinstance(value, (list, tuple)) or not value:
        return None
    sample = value[:_SAMPLE_ROWS]
    if all(isinstance(row, dict) and row for row in sample):
        names = list(dict.fromkeys(str(key) for row in sample for key in row))
        rows = [{str(k): v for k, v in row.items()} for row in value[: _most_rows(len(names))]]
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


def _table_of_package(value: Any) -> Json | None:
    """What pandas and polars have, by the names of the classes: neither can be imported here."""
    kinds = {kind.__name__ for kind in type(value).__mro__}
    if "DataFrame" in kinds:
        return _frame_table(value)
    if "Series" in kinds:
        return _series_table(value)
    # An index that only counts has nothing to show.
    return _index_table(value) if "Index" in kinds and "RangeIndex" not in kinds else None


def _frame_table(value: Any) -> Json:
    head, total = value.head(_most_rows(len(value.columns))), len(value)
    if hasattr(value, "to_dicts"):
        rows = [list(row.values()) for row in head.to_dicts()]
        return _table([str(name) for name in value.columns], rows, total)
    return _pandas_table(without_index(head), total)


def _series_table(value: Any) -> Json:
    head, name = value.head(MAX_ROWS), "value" if value.name is None else value.name
    if not hasattr(value, "index"):  # of polars
        return _table([name], [[cell] for cell in head.to_list()], len(value))
    return _pandas_table(without_index(head.to_frame(name)), len(value))


def _index_table(value: Any) -> Json:
    names = index_names(value, [])
    name = names if value.nlevels > 1 else names[0]
    return _pandas_table(value[:MAX_ROWS].to_frame(index=False, name=name), len(value))


def _pandas_table(flat: Any, total: int) -> Json:
    options = {"date_format": "iso", "double_precision": 15, "default_handler": str}
    text = flat.to_json(orient="split", **options)
    split = json.loads(text)
    return _table(split["columns"], split["data"], total)


def _array_table(value: Any) -> Json | None:
    """An array of numpy with two dimensions, or one whose items have named fields."""
    fields = getattr(getattr(value, "dtype", None), "names", None)
    if fields and value.ndim == 1 and len(value):
        rows = [[_plain(cell) for cell in row] for row in value[: _most_rows(len(fields))]]
        return _table(list(fields), rows, len(value))
    if getattr(value, "ndim", 0) != 2 or not value.size:
        return None
    total, width = value.shape
    shown = _plain(value[: _most_rows(width), :_MAX_COLUMNS])
    return _table(
        [str(number) for number in range(min(width, _MAX_COLUMNS))], shown.tolist(), total
    )


def _plain(cells: Any) -> Any:
    """Times of numpy as text: in nanoseconds, ``tolist`` and ``item`` make integers of them."""
    kind = getattr(getattr(cells, "dtype", None), "kind", "")
    return cells.astype(str) if kind and kind in "mM" else cells


def _most_rows(columns: int) -> int:
    """The most rows that cross of a table with so many columns."""
    return min(MAX_ROWS, _MAX_CELLS // max(min(columns, _MAX_COLUMNS), 1))


def _table(names: Sequence[Any], rows: Sequence[Sequence[Any]], total: int) -> Json:
    names = [str(name) for name in names[:_MAX_COLUMNS]]
    cells: list[list[Json]] = []
    left = _MAX_CHARS
    for row in rows[: _most_rows(len(names))]:
        made = [_cell(value) for value in row[: len(names)]]
        left -= sum(len(cell) for cell in made if type(cell) is str)
        if left < 0 and cells:
            break
        cells.append(made)
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
    if isinstance(value, Secret):
        return repr(value)
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
