"""Turns the tables of pandas, polars and pyarrow into rows, with the index of pandas kept.

``values.to_data`` and ``results.tables`` use this. It knows the packages by their names, because
none of them can be imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

_SCALARS = ("Interval", "Period")
"""The values of pandas that are best said as text."""


def table_data(value: Any) -> Any:
    """The table as rows or as a dict, of values that may need conversion too; None for others.

    A frame becomes a list of rows, and a series a list of values. An index of pandas that says more
    than the number of a row is kept: as the first columns of a frame, and as the keys of a series.
    A series whose labels are pairs, or are not unique as text, becomes rows instead.
    """
    for kind in type(value).__mro__:
        package = kind.__module__.partition(".")[0]
        if package == "pandas":
            if kind.__name__ == "DataFrame":
                return _frame_rows(value)
            if kind.__name__ == "Series":
                return _series_data(value)
            if kind.__name__ in _SCALARS:
                return str(value)
        elif package in ("polars", "pyarrow"):
            for method in ("to_dicts", "to_pylist"):
                if callable(rows := getattr(value, method, None)):
                    return rows()
    return None


def label_text(label: Any) -> str:
    """A label as text: a date in ISO form, the parts of a pair with spaces between them."""
    if isinstance(label, tuple):
        return " ".join(filter(None, map(label_text, label)))
    return label.isoformat() if isinstance(label, date | time) else str(label)


def without_index(frame: Any) -> Any:
    """A frame of pandas whose columns have different texts as names; its index is among them."""
    names = _unique(map(label_text, frame.columns))
    flat = frame.set_axis(names, axis=1)
    if _is_meaningful(frame.index):
        return flat.reset_index(names=index_names(frame.index, names))
    return flat


def _frame_rows(frame: Any) -> list[dict[str, Any]]:
    flat = without_index(frame)
    columns = [flat.iloc[:, number].tolist() for number in range(flat.shape[1])]
    return [dict(zip(flat.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _series_data(series: Any) -> Any:
    values = series.tolist()
    if not _is_meaningful(series.index):
        return values
    levels = _levels(series.index)
    if len(levels) == 1:
        keys = [label_text(label) for label in levels[0]]
        if len(set(keys)) == len(keys):
            return dict(zip(keys, values, strict=True))
    name = "value" if series.name is None else label_text(series.name)
    names = [*index_names(series.index, [name]), name]
    return [dict(zip(names, row, strict=True)) for row in zip(*levels, values, strict=True)]


def _is_meaningful(index: Any) -> bool:
    return type(index).__name__ != "RangeIndex" or index.name is not None


def _levels(index: Any) -> list[list[Any]]:
    return [index.get_level_values(number).tolist() for number in range(index.nlevels)]


def index_names(index: Any, taken: Sequence[str]) -> list[str]:
    """A name for each level of the index, none of them in ``taken``."""
    given = [None if name is None else label_text(name) for name in index.names]
    names: list[str] = []
    for number, name in enumerate(given):
        if name is None:
            name = "index" if len(given) == 1 and "index" not in taken else f"level_{number}"
        names.append(f"{name}_index" if name in taken else name)
    return _unique(names, taken)


def _unique(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The names, with a number after each one that comes again."""
    seen = set(taken)
    unique = []
    for name in names:
        number, other = 1, name
        while other in seen:
            number += 1
            other = f"{name}_{number}"
        seen.add(other)
        unique.append(other)
    return unique
