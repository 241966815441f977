"""Decides how the numbers of a text column are written, and reads them.

A column is a number only if all its cells can be read in one style, and no other style gives other
values. What can mean two things stays text, and the column says so in its note.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pyagent.tables.missing import MISSING, marks_in, numbers_note, texts_note
from pyagent.tables.number_styles import (
    SPACES,
    STYLES,
    Mark,
    Style,
    looks_like_number,
    readings,
    undress,
)

Kind = Literal["integer", "number", "text", "date", "empty"]
Cell = str | int | float | bytes | None

_MAX_INTEGER_DIGITS = 18
_MAX_REAL_DIGITS = 15
_ISO_DATE = re.compile(r"[12][0-9]{3}-[01]?[0-9]-[0-3]?[0-9](?:[T ].*)?")
_DATE = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2(?:[0-9]{2}|[0-9]{4})(?:[T ].*)?")
_IP = re.compile(
    r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
)


@dataclass(kw_only=True)
class Column:
    """How the cells of one column are read. ``read`` notes the cells that do not fit in."""

    kind: Kind
    style: Style = STYLES[0]
    unit: str = ""
    note: str = ""
    doubtful: bool = False
    """Whether its texts look like numbers."""
    rivals: tuple[Style, ...] = ()
    """The styles between which its cells do not decide."""
    meanings: tuple[Style, ...] = ()
    """The styles that may be meant where its texts look like numbers."""
    marks: Mapping[str, int] = field(default_factory=dict)
    """How often each mark for no value is among its cells."""
    looked_at: int = 0
    """In how many of the first rows the marks were counted. 0 if in all."""
    surprises: list[str] = field(default_factory=list)
    """Cells that change how the column has to be read."""
    strays: int = 0
    """How many cells of a column of numbers are not numbers."""
    stray: str = ""

    @property
    def has_decimal_comma(self) -> bool:
        """Whether its numbers are written with a decimal comma."""
        return self.kind == "number" and self.style.decimal == ","

    @property
    def is_numeric(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind in ("integer", "number")

    @property
    def remark(self) -> str:
        """What is special about it. Empty if nothing is."""
        about = numbers_note(self.marks) if self.is_numeric else texts_note(self.marks)
        if about and self.looked_at:
            about = f"in the first {self.looked_at:,} rows {about}"
        note = self.note or (self.kind if about and self.is_numeric else "")
        return ", ".join(filter(None, [note, about]))

    def reader(self) -> Callable[[str], Cell]:
        """``read`` for very many cells: what is common is decided without a call in Python."""
        if self.kind in ("text", "date") and not self.rivals:
            return _text_or_none
        known: dict[str, Cell] = {}
        fits, integer, read = self.style.fits, self.kind == "integer", self.read
        comma = self.style.decimal == ","

        def read_fast(text: str) -> Cell:
            if fits(text):
                if text.isdigit():
                    if len(text) <= _MAX_INTEGER_DIGITS:
                        return int(text) if integer else float(text)
                elif not integer:
                    return float(text.replace(",", ".") if comma else text)
            elif text in known:
                return known[text]
            value = read(text)
            if not self.surprises and len(known) < _MAX_KNOWN:
                known[text] = value
            return value

        return read if self.rivals else read_fast

    def read(self, text: str) -> Cell:
        """The value of a cell."""
        if not text or text.isspace():
            return None
        if self.kind in ("integer", "number"):
            return self._number(text)
        if self.rivals and len(self.surprises) < _MAX_SURPRISES:
            plain = undress(text)
            core = plain.core.lstrip("+-") if plain else ""
            if plain is None or core in self._seen_shapes:
                return text
            self._seen_shapes.add(core)
            self.surprises.append(text)
        return text

    @cached_property
    def _seen_shapes(self) -> set[str]:
        return set()

    def _number(self, text: str) -> Cell:
        core = text.strip()
        plain = self.style.plain(core)
        if plain is None and core in MISSING:
            return None
        if plain is None and (undressed := undress(core)) is not None:
            if undressed.unit in ("", self.unit):
                plain = self.style.plain(undressed.core)
            if plain is None:
                self._surprise(text)
                return text
        if plain is None:
            self.strays += 1
            self.stray = self.stray or text
            return text
        return self._value(plain, text)

    def _value(self, plain: str, text: str) -> Cell:
        whole = plain.lstrip("+-").partition(".")[0]
        if plain.lstrip("+-").isdigit():
            if len(whole) <= _MAX_INTEGER_DIGITS:
                return int(plain) if self.kind == "integer" else float(plain)
            self._surprise(text)
            return text
        if self.kind == "integer":
            self._surprise(text)
        value = float(plain)
        return value if math.isfinite(value) else text

    def _surprise(self, text: str) -> None:
        if len(self.surprises) < _MAX_SURPRISES:
            self.surprises.append(text)


_MAX_SURPRISES = 200
_MAX_KNOWN = 100_000


def _text_or_none(text: str) -> Cell:
    return None if not text or text.isspace() else text


def decide(cells: Sequence[str], *, separator: str = ",", mark: Mark = "") -> Column:
    """Decide how a column is read, from some of its cells.

    ``mark`` is the decimal mark that the rest of the file uses, if that is known.
    """
    column = _decided(cells, separator=separator, mark=mark)
    column.marks = marks_in(cells)
    return column


def _decided(cells: Sequence[str], *, separator: str, mark: Mark) -> Column:
    filled = [text.strip() for text in cells if text.strip()]
    cleaned = [text for text in filled if text not in MISSING]
    if not cleaned:
        return Column(kind="text" if filled else "empty")
    numbers = [undress(text) for text in cleaned]
    found = [number for number in numbers if number is not None]
    if len(found) < len(cleaned):
        column = _text_column(cleaned)
        if separator == ";" and any(len(readings(number.core, STYLES)) > 1 for number in found):
            column.meanings = STYLES
        return column
    units = {number.unit for number in found}
    named = sorted(units - {""})
    if len(named) > 1 or (units & {"%", "‰"} and len(units) > 1):
        return _doubtful(f"text; it mixes {' and '.join(u or 'no sign' for u in sorted(units))}")
    money = bool(units - {"", "%", "‰"})
    column = _styled(
        [number.core for number in found], cleaned, separator=separator, mark=mark, money=money
    )
    if column.kind in ("integer", "number") and named:
        column.unit = named[0]
    column.note = _described(column)
    return column


def _styled(
    cores: list[str], cells: list[str], *, separator: str, mark: Mark, money: bool
) -> Column:
    found: dict[tuple[str, ...], Style] = {}
    for style in STYLES:
        values = [style.plain(core) for core in cores]
        if all(value is not None for value in values):
            found.setdefault(tuple(map(_canonical, values)), style)
    if not found:
        return _unreadable(cores, cells)
    if len(found) == 1:
        ((only, style),) = found.items()
        if style.group == "." and all(map(_IP.fullmatch, cores)):
            return Column(kind="text")
        if style.group == SPACES and _look_like_phones(cores):
            return Column(kind="text", doubtful=True)
        return _number_column(only, style)
    chosen = _preferred(cores, found, separator=separator, mark=mark, money=money)
    if chosen is None:
        rivals = tuple(found.values())
        return _doubtful(f"text; {_two_meanings(cores, cells, rivals)}", rivals)
    return _number_column(chosen, found[chosen])


def _canonical(plain: str | None) -> str:
    return (plain or "").lstrip("+")


def _number_column(values: Sequence[str], style: Style) -> Column:
    bare = [value.lstrip("-") for value in values]
    if all(value.isdigit() for value in bare):
        if max(map(len, bare)) > _MAX_INTEGER_DIGITS:
            return _doubtful(f"text; some have more than {_MAX_INTEGER_DIGITS} digits")
        return Column(kind="integer", style=style)
    if max(len(re.split("[.eE]", value)[0]) for value in bare) > _MAX_REAL_DIGITS:
        return _doubtful(f"text; some have more than {_MAX_REAL_DIGITS} digits before the point")
    return Column(kind="number", style=style)


def _preferred(
    cores: list[str],
    found: dict[tuple[str, ...], Style],
    *,
    separator: str,
    mark: Mark,
    money: bool,
) -> tuple[str, ...] | None:
    """The likely one of several readings of a column, or None if it cannot be told."""
    by_mark = {style.decimal: values for values, style in found.items()}
    if mark and mark in by_mark:
        return by_mark[mark]
    # Each cell with a mark has just three digits after it: "1,234" or "1.234".
    char = "," if any("," in core for core in cores) else "."
    if char == "." and separator != ";" and not money:
        return by_mark.get(".")  # decimal points are the rule where commas do not need them
    grouped = {core.lstrip("+-") for core in cores if char in core}
    bare = {core.lstrip("+-") for core in cores if char not in core}
    if any(len(core) > 3 for core in bare):
        return None
    lengths = {core.index(char) for core in grouped}
    small = bool(bare) and len(grouped) > 1
    if small or (char == "," and separator != ";" and len(lengths) > 1):
        return by_mark["." if char == "," else ","]
    return None


def _look_like_phones(cores: list[str]) -> bool:
    """Whether the digits between plain spaces look like telephone numbers: long, of one length."""
    lengths = {len(core) for core in cores}
    return len(lengths) == 1 and min(lengths) >= 11 and all(" " in core for core in cores)


def _unreadable(cores: list[str], cells: list[str]) -> Column:
    """Numbers that no single style reads, or names made of digits."""
    good = [
        (cell, styles)
        for core, cell in zip(cores, cells, strict=True)
        if (styles := {style for style in STYLES if style.plain(core) is not None})
    ]
    if len(good) < len(cells):
        return _text_column(cells)
    first, styles = good[0]
    other = next((cell for cell, those in good if not styles & those), "")
    if not other:
        first, other = _conflict(good)
    return _doubtful(f"text; it holds both {first!r} and {other!r}", meanings=STYLES)


def _conflict(good: list[tuple[str, set[Style]]]) -> tuple[str, str]:
    left, first = set(STYLES), good[0][0]
    for cell, styles in good:
        if not left & styles:
            return first, cell
        if left - styles:
            first = cell
        left &= styles
    return first, good[-1][0]


def _two_meanings(cores: list[str], cells: list[str], rivals: Sequence[Style]) -> str:
    for core, cell in zip(cores, cells, strict=True):
        values = readings(core, rivals)
        if len(values) > 1:
            return f"{cell!r} could be {' or '.join(values[:2])}"
    return "its numbers could mean two things"


def _doubtful(
    note: str, rivals: tuple[Style, ...] = (), *, meanings: tuple[Style, ...] = ()
) -> Column:
    return Column(kind="text", note=note, doubtful=True, rivals=rivals, meanings=meanings or rivals)


def _text_column(cells: list[str]) -> Column:
    if all(map(_ISO_DATE.fullmatch, cells)):
        return Column(kind="date")
    dates = [_DATE.fullmatch(cell) for cell in cells]
    if all(dates):
        return Column(kind="date", note=_date_note(cells, [m for m in dates if m]))
    return Column(kind="text", doubtful=any(map(looks_like_number, cells)))


def _date_note(cells: list[str], dates: list[re.Match[str]]) -> str:
    day_first = any(int(date[1]) > 12 for date in dates)
    month_first = any(int(date[3]) > 12 for date in dates)
    if day_first and not month_first:
        return "date, day first"
    if month_first and not day_first:
        return "date, month first"
    if day_first:
        return "date, some with the day first and some with the month first"
    return f"date; {cells[0]!r} may begin with the day or the month"


def _described(column: Column) -> str:
    if column.kind not in ("integer", "number"):
        return column.note
    marks = []
    if column.style.decimal == "," and column.kind == "number":
        marks.append("decimal comma")
    if column.style.group:
        group = "space" if " " in column.style.group else repr(column.style.group[0])
        marks.append(f"{group} groups thousands")
    if column.unit in ("%", "‰"):
        marks.append(f"5 stands for 5{column.unit}")
    elif column.unit:
        marks.append(f"in {column.unit}")
    return ", ".join([column.kind, *marks]) if marks else ""
