"""Splits a text into records, as the ``csv`` module does, and copes with damaged quotes.

A quote that is not closed would swallow the lines after it. The ``csv`` module notices at the next
quote, at a record of the wrong width, or at the end. Then the first line of the record is read on
its own, and reading goes on with the line after it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from pyagent.tables.damage import Damage
from pyagent.tables.encodings import Encoding


class Records:
    """The records of a file that are not empty, from the line after ``skipped`` lines.

    ``width`` is how many cells they should have, if that is known. ``header`` is left out wherever
    it stands.
    """

    def __init__(
        self,
        data: bytes,
        encoding: Encoding,
        *,
        separator: str,
        skipped: int,
        width: int = 0,
        header: Sequence[str] = (),
    ) -> None:
        self._data, self._encoding, self._separator = data, encoding, separator
        self._skipped, self._width, self._header = skipped, width, list(header)
        self.line = skipped
        """The line, counted from 1, in which the last record began."""
        self.damage = Damage()
        self._header_seen = False

    def __iter__(self) -> Iterator[list[str]]:
        reader = csv.reader(self._lines(self._skipped), delimiter=self._separator, strict=True)
        header, width, done = self._header, self._width, self._skipped
        try:
            for row in reader:
                end = self._skipped + reader.line_num
                if end > done + 1 and 0 < width != len(row):
                    break  # it may have swallowed lines
                self.line = done + 1
                done = end
                if row and ((row[0][:1] != "\ufeff" and row != header) or self._admits(row)):
                    yield row
            else:
                return
        except csv.Error:
            pass
        for row in self._careful(done):
            if row and self._admits(row):
                yield row

    def _admits(self, row: list[str]) -> bool:
        """Whether a row belongs to the table. Takes a byte order mark away."""
        if row[0][:1] == "\ufeff":
            row[0] = row[0].lstrip("\ufeff")
            if self.line > 1:
                self.damage.marks.append(self.line)
            if not any(row):
                return False
        if row != self._header:
            return True
        if self._header_seen:
            self.damage.headers.append(self.line)
        self._header_seen = True
        return False

    def _lines(self, skipped: int) -> Iterator[str]:
        return islice(text_of(self._data, self._encoding), skipped, None)

    def _careful(self, done: int) -> Iterator[list[str]]:
        """Read on after ``done`` lines, and keep the lines of each record until it is whole."""
        lines, again, taken = self._lines(done), deque[str](), list[str]()

        def feed() -> Iterator[str]:
            while True:
                line = again.popleft() if again else next(lines, None)
                if line is None:
                    return
                taken.append(line)
                yield line

        reader = csv.reader(feed(), delimiter=self._separator, strict=True)
        while True:
            taken.clear()
            self.line = done + 1
            try:
                row = next(reader)
                damaged = len(taken) > 1 and 0 < self._width != len(row)
            except StopIteration:
                return
            except csv.Error:
                damaged = True
            if damaged:
                row, used = self._mended(taken)
                again.extendleft(reversed(taken[used:]))
                reader = csv.reader(feed(), delimiter=self._separator, strict=True)
                done += used
            else:
                done += len(taken)
            yield row

    def _mended(self, taken: list[str]) -> tuple[list[str], int]:
        """The record at the start of some lines, and how many of them it has."""
        mark = re.escape(self._separator)
        width = self._width
        loose = next(csv.reader(taken, delimiter=self._separator), [])
        if re.search(rf'"[ \t]+(?:{mark}|\r?\n|$)', taken[-1]) and len(loose) == width:
            return loose, len(taken)  # blanks after the closing quote
        first = taken[0].rstrip("\r\n")
        loose = next(csv.reader([first], delimiter=self._separator), [])
        if len(taken) == 1 and first.count('"') % 2 == 0:
            return loose, 1  # a quote within a quoted cell that is not doubled
        self.damage.unclosed.append(self.line)
        plain = next(csv.reader([first], delimiter=self._separator, quoting=csv.QUOTE_NONE), [])
        plain = [cell.removeprefix('"') for cell in plain]
        return (plain if len(plain) == width or len(loose) != width else loose), 1


def text_of(data: bytes, encoding: Encoding) -> io.TextIOWrapper:
    """A stream of the text. Lines keep their ends."""
    return io.TextIOWrapper(
        io.BytesIO(data), encoding=encoding.name, errors=encoding.errors, newline=""
    )
