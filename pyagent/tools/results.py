"""Convert what a tool returned to JSON, within limits. Only ``Tool.call`` uses this.

Results cross to the sandbox as JSON text. Deep nesting crashes the parser there, so depth and size
are checked during the conversion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

from pyagent.errors import ToolError
from pyagent.protocol import Json

MAX_DEPTH = 50
MAX_CHARS = 4_000_000
"""Characters of text that one result may hold. A number counts as 8."""


def to_json(value: object) -> Json:
    """Convert ``value`` to JSON.

    Dataclasses become dicts; tuples, sets and other iterables become lists; dates become text, a
    ``timedelta`` its seconds. A set is sorted, so that its order is the same every time. Objects
    may convert themselves by ``model_dump`` (pydantic), ``tolist`` (numpy) or ``to_dict``. Raises
    ``ToolError`` for a value that has no sensible JSON, is too large or too deep.
    """
    return _Conversion().convert(value, 0)


class _Conversion:
    """One conversion. It counts the characters it has converted."""

    def __init__(self) -> None:
        self._chars = 0

    def convert(self, value: object, depth: int) -> Json:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Enum):
            return self.convert(value.value, depth)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float):
            return self._number(value)
        if depth >= MAX_DEPTH:
            raise ToolError(
                f"The result is nested deeper than {MAX_DEPTH} levels.", advice="Return less."
            )
        return self._compound(value, depth + 1)

    def _compound(self, value: object, depth: int) -> Json:
        if isinstance(value, Mapping):
            return self._dict(value, depth)
        if is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: self.convert(getattr(value, field.name), depth)
                for field in fields(value)
            }
        if isinstance(value, date | time | UUID | PurePath):
            return self._text(value.isoformat() if isinstance(value, date | time) else str(value))
        if isinstance(value, timedelta):
            return self._number(value.total_seconds())
        if isinstance(value, Decimal | Fraction):
            return self._ratio(value)
        for name in ("model_dump", "tolist", "to_dict"):
            method = getattr(value, name, None)
            if callable(method):
                return self.convert(_call_conversion(name, method), depth)
        if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
            items = [self.convert(item, depth) for item in value]
            return _in_order(items) if isinstance(value, set | frozenset) else items
        raise ToolError(
            f"The result is a {type(value).__name__}, which cannot be sent to the code.",
            advice="Return text, numbers, lists, dicts or dataclasses.",
        )

    def _dict(self, value: Mapping[Any, object], depth: int) -> Json:
        made: dict[str, Json] = {}
        for given, item in value.items():
            key = self._key(given)
            if key in made:
                raise ToolError(
                    f"The result has a dict with two keys that are written as '{key:.40}'.",
                    advice="Return keys that differ as text.",
                )
            made[key] = self.convert(item, depth)
        return made

    def _ratio(self, value: Decimal | Fraction) -> Json:
        """The number as a float, or as text if no float is near it."""
        if isinstance(value, Decimal) and not value.is_finite():
            return self._number(math.nan)
        try:
            number = float(value)
        except OverflowError:
            return self._text(str(value))
        return self._number(number) if _is_near(number, value) else self._text(str(value))

    def _key(self, key: object) -> str:
        if isinstance(key, Enum):
            return self._key(key.value)
        return self._text(key if isinstance(key, str) else str(key))

    def _text(self, text: str) -> str:
        self._count(len(text))
        return text

    def _number(self, number: int | float) -> int | float | None:
        self._count(8 if isinstance(number, float) else 8 + number.bit_length() // 3)
        if isinstance(number, float):
            # JSON has neither NaN nor infinities.
            return float(number) if math.isfinite(number) else None
        return int(number)

    def _count(self, chars: int) -> None:
        self._chars += chars + 2
        if self._chars > MAX_CHARS:
            raise ToolError(
                f"The result is larger than {MAX_CHARS:,} characters.",
                advice="Ask for less at once.",
            )


def _in_order(items: list[Any]) -> list[Any]:
    """The items of a set in an order that is the same every time."""
    try:
        return sorted(items)
    except TypeError:  # of several types
        return sorted(items, key=_rank)


def _rank(item: Json) -> tuple[bool, float, str, str]:
    is_number = isinstance(item, int | float)
    return (not is_number, item if is_number else 0, type(item).__name__, repr(item))


def _is_near(number: float, value: Decimal | Fraction) -> bool:
    return math.isfinite(number) and bool(number) == bool(value)


def _call_conversion(name: str, method: Callable[..., object]) -> object:
    """Ask pandas' ``to_dict`` for rows, not columns; other classes take no argument."""
    if name == "to_dict":
        try:
            return method(orient="records")
        except TypeError:
            return method()
    return method()
