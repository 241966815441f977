"""Says what is wrong with a table and in which lines: quotes, cells, headers, totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pyagent.texts import counted

_MAX_LINES = 5
_TOTAL = re.compile(
    r"(?:grand |sub-?|in )?totals?\b|total général|sum\b|summe\b|suma\b|somma\b|somme\b|sammanlagt|"
    r"totaal|totale|gesamt|insgesamt|i alt\b|yhteensä|razem|celkem|spolu\b|összesen|ukupno|toplam|"
    r"итого|всего|разом|усього|общо|σύνολο|סה.כ|المجموع|الإجمالي|รวม|合[计計]|[总總][计計]|総計|합계|총계",
    re.IGNORECASE,
)


@dataclass(kw_only=True)
class Damage:
    """Numbers of lines, counted from 1, where a table is not as it should be."""

    unclosed: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    headers: list[int] = field(default_factory=list)

    def notes(self) -> list[str]:
        told = []
        if self.unclosed:
            told.append(
                f"{in_lines(self.unclosed)}: a quote opens and is not closed; read without it"
            )
        if self.long:
            told.append(
                f"{counted(len(self.long), 'row')} with more cells than the header: the extra "
                f"cells are left out ({in_lines(self.long)})"
            )
        if self.short:
            told.append(
                f"{counted(len(self.short), 'row')} with fewer cells than the header: the others "
                f"are NULL ({in_lines(self.short)})"
            )
        if self.marks:
            told.append(f"{in_lines(self.marks)}: a byte order mark is left out")
        if self.headers:
            told.append(f"{in_lines(self.headers)}: the header comes again and is left out")
        return told


def in_lines(lines: Sequence[int]) -> str:
    """``line 5``, ``lines 5 and 7``, ``lines 1, 2, 3, 4, 5 and 20 more``."""
    first = [f"{line:,}" for line in lines[:_MAX_LINES]]
    last = f"{len(lines) - _MAX_LINES:,} more" if len(lines) > _MAX_LINES else first.pop()
    return f"line{'s' * (len(lines) > 1)} {' and '.join(filter(None, [', '.join(first), last]))}"


def naming_notes(header: Sequence[str], names: Sequence[str]) -> list[str]:
    """What became of names that are empty or there twice."""
    empty = [name for told, name in zip(header, names, strict=False) if not told.strip()]
    again = [
        f"{told.strip()!r:.40} comes again and is called {name!r:.60}"
        for told, name in zip(header, names, strict=False)
        if told.strip() and told.strip() != name and name.startswith(told.strip())
    ]
    notes = []
    if empty:
        more = f" and {len(empty) - _MAX_LINES} more" if len(empty) > _MAX_LINES else ""
        plural = "columns have no name and are" if len(empty) > 1 else "column has no name and is"
        notes.append(f"{len(empty)} {plural} called {', '.join(empty[:_MAX_LINES])}{more}")
    if again:
        more = f"; {len(again) - _MAX_LINES} more columns too" if len(again) > _MAX_LINES else ""
        notes.append(f"the column {', the column '.join(again[:_MAX_LINES])}{more}")
    return notes


def is_total(row: Sequence[object]) -> bool:
    """Whether the first text of a row says that it holds totals."""
    first = next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")
    return bool(_TOTAL.match(first.strip())) and len(first) < 60
