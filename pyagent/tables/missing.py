"""The marks that stand for no value, and what is said of them."""

# ruff: noqa: RUF001 - dashes as people write them.
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from pyagent.texts import counted

_READ_BY_PANDAS = frozenset(
    (
        "#N/A",
        "#NA",
        "N/A",
        "NA",
        "n/a",
        "<NA>",
        "NULL",
        "null",
        "None",
        "NaN",
        "nan",
        "-nan",
        "-NaN",
    )
)
_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?")
MISSING = _READ_BY_PANDAS.union(
    ("Null", "null", "none", "NONE", "nil", "NIL", "NAN", "Nan", "na", "Na", "N/a", "N.A.", "n.a."),
    ("k.A.", "k. A.", "\\N", "-", "--", "---", "–", "—", "?", "??", ".", "..", "...", "…"),
    _ERRORS,
)
"""What stands for no value in a column of numbers. In a column of texts, all of these are texts."""

_MAX_MARKS = 5


def marks_in(cells: Iterable[str]) -> Counter[str]:
    """How often each mark is among the cells."""
    return Counter(mark for cell in cells if (mark := cell.strip()) in MISSING)


def numbers_note(marks: Mapping[str, int]) -> str:
    """``'NA' and '-' stand for no value (12 cells)``. Empty if there are none."""
    if not marks:
        return ""
    plural = "stands" if len(marks) == 1 else "stand"
    return f"{_named(marks)} {plural} for no value ({counted(sum(marks.values()), 'cell')})"


def texts_note(marks: Mapping[str, int]) -> str:
    """What is said of a column of texts, because pandas would take some for no value."""
    known = {mark: count for mark, count in marks.items() if mark in _READ_BY_PANDAS}
    if not known:
        return ""
    are = "is text" if len(known) == 1 else "are texts"
    return (
        f"{_named(known)} {are} here ({counted(sum(known.values()), 'cell')}); pandas takes it for "
        "no value unless keep_default_na=False"
    )


def _named(marks: Mapping[str, int]) -> str:
    names = [repr(mark) for mark in list(marks)[:_MAX_MARKS]]
    if len(marks) > _MAX_MARKS:
        names.append("others")
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
