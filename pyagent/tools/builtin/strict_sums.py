"""``sum``, ``total`` and ``avg`` for SQLite that refuse text instead of reading its first digits.

SQLite adds the text ``1,234`` as 1, and ``1.000`` of a column that may mean a thousand as 1.0.
``SqlTool`` installs these functions when a table holds texts that look like numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable


class TextInSum(Exception):
    """A text came into a sum. ``text`` is that text."""

    def __init__(self, function: str, text: str) -> None:
        super().__init__(f"{function}() came upon the text {text[:60]!r}, which is not a number")


def install(connection: sqlite3.Connection, report: Callable[[str], None]) -> None:
    """Replace the three functions. ``report`` gets the reason for a refusal."""
    for name in ("sum", "total", "avg"):
        connection.create_window_function(name, 1, _aggregate(name, report))


def _aggregate(name: str, report: Callable[[str], None]) -> type:
    class Sum:
        """Adds numbers, in a window too."""

        def __init__(self) -> None:
            self.count = 0
            self.whole = 0
            self.floats = 0
            self.real = 0.0

        def step(self, value: object) -> None:
            self._add(value, 1)

        def inverse(self, value: object) -> None:
            self._add(value, -1)

        def _add(self, value: object, sign: int) -> None:
            if value is None:
                return
            self.count += sign
            number = self._number(value)
            if isinstance(number, int):
                self.whole += sign * number
            else:
                self.floats += sign
                self.real += sign * number

        def _number(self, value: object) -> int | float:
            if isinstance(value, int | float):
                return value
            error = TextInSum(name, str(value))
            report(str(error))
            raise error

        def value(self) -> int | float | None:
            if name == "total":
                return self.real + self.whole
            if not self.count:
                return None
            if name == "avg":
                return (self.real + self.whole) / self.count
            return self.real + self.whole if self.floats else self.whole

        finalize = value

    return Sum
