"""Finds what separates the cells of a text, and the line in which its table begins."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

from pyagent.tables.csv_records import text_of
from pyagent.tables.encodings import Encoding
from pyagent.tables.number_styles import undress

MAX_SKIPPED = 20
"""The most lines of a title before a table."""

_SEPARATORS = ",;\t|"
_SNIFFED_ROWS = 60
_MAX_LINE_CHARS = 10_000
_SEP_LINE = re.compile(r"sep=(.)\s*\r?\n?", re.IGNORECASE)


def find_layout(data: bytes, encoding: Encoding, separator: str) -> tuple[str, int]:
    """Return the separator and how many lines stand before the table."""
    lines = text_of(data, encoding)
    first = lines.readline(_MAX_LINE_CHARS)
    if declared := _SEP_LINE.fullmatch(first.lstrip("\ufeff")):
        return declared[1], 1
    head = [first, *(lines.readline(_MAX_LINE_CHARS) for _ in range(_SNIFFED_ROWS))]
    head = [line.replace("\x00", "") for line in head]
    if separator:
        return separator, _title_lines(_widths(head, separator), head, separator)
    found = {mark: _widths(head, mark) for mark in _SEPARATORS}
    fitting = []
    for order, (mark, records) in enumerate(found.items()):
        start = _title_lines(records, head, mark)
        inner = [width for line, width in records if line >= start]
        if inner and inner[0] > 1:
            share = Counter(inner)[inner[0]] / len(inner)
            at_once = start == 0 and share >= 0.9
            fitting.append(((at_once, share, inner[0], -order), mark, start))
    if fitting:
        return max(fitting)[1:]
    # One column. A separator that is not in the header splits nothing that should be whole.
    unused = (mark for mark, records in found.items() if all(width == 1 for _, width in records))
    return next(unused, "\x1f"), 0


def _widths(head: Sequence[str], separator: str) -> list[tuple[int, int]]:
    """For each record that is not empty: how many lines stand before it, and its width."""
    reader = csv.reader(head, delimiter=separator)
    found, line = [], 0
    try:
        for row in reader:
            if row:
                found.append((line, len(row)))
            line = reader.line_num
    except csv.Error:
        return []
    return found


def _title_lines(records: Sequence[tuple[int, int]], head: Sequence[str], separator: str) -> int:
    """How many lines of a title stand before the header; 0 if the table begins at once.

    Each of them has fewer cells than the header, and nearly all rows after it are as wide as it is.
    """
    for i, (line, width) in enumerate(records[:MAX_SKIPPED]):
        after = [other for _, other in records[i:]]
        if len(after) < 2 or width == 1 or after.count(width) < 0.9 * len(after):
            continue
        before = records[:i]
        if not before:
            return 0
        cells = next(csv.reader([head[line]], delimiter=separator), [])
        blank = before[-1][0] + 1 < line and not head[line - 1].strip()
        titles = all(own == 1 or own < width - 1 or (own < width and blank) for _, own in before)
        return line if titles and not all(map(undress, filter(None, cells))) else 0
    return 0
