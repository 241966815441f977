"""SQL functions that refuse texts in calculations, for the queries that ``strict_sql`` makes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Any

from pyagent.tables.number_styles import Style, readings
from pyagent.tools.builtin.strict_sql import AS_NUMBER, NO_TEXT

Rivals = Collection[Sequence[Style]]
_WHOLE_TEXT = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)
_MAX_DIGITS = 18


class NotANumber(Exception):
    """A text came into a calculation."""


def install(
    connection: sqlite3.Connection, rivals: Callable[[], Rivals], report: Callable[[str], None]
) -> None:
    """Create the functions. ``report`` gets the reason for a refusal.

    ``rivals`` gives the styles between which the columns of a query do not decide.
    """

    def refuse(reason: str) -> None:
        report(reason)
        raise NotANumber(reason)

    def no_text(value: Any) -> Any:
        if isinstance(value, str):
            refuse(f"A calculation came upon the text {value[:60]!r}, which is not a number")
        return value

    def as_number(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not _WHOLE_TEXT.fullmatch(value) or sum(map(str.isdigit, value)) > _MAX_DIGITS:
            no_text(value)
        for styles in rivals():
            found = readings(value.strip(), styles)
            if len(found) > 1:
                refuse(
                    f"A calculation came upon the text {value[:60]!r}, which could be "
                    f"{' or '.join(found[:2])}"
                )
        return value

    for name, function in ((AS_NUMBER, as_number), (NO_TEXT, no_text)):
        connection.create_function(name, 1, function, deterministic=True)
