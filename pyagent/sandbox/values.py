"""Turns values into JSON that may cross, and says why a value cannot.

``to_json`` is strict, for what must arrive as it was sent. ``to_data`` is the rule for results: of
tools, which run on the trusted side, and of the code's ``final_answer``.
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
from typing import Any, TypeAlias
from uuid import UUID

from pyagent.protocol.guest import Json
from pyagent.sandbox.tables import label_text, table_data
from pyagent.sandbox.texts import safe_repr, safe_text, short_repr

_MAX_KEY_CHARS = 1_000
_MAX_REPR_CHARS = 1_000
MAX_INTEGER_BITS = 10_000
"""Python refuses to write much longer integers as text, and no reader could use them."""
MAX_NESTING = 60
"""Well below ``wire.MAX_DEPTH``, which counts the message around the value too."""


class NotJson(Exception):
    """The value cannot cross. The text says which part of it and why."""


class TooMuch(NotJson):
    """The value is too large or too deep, whatever its parts are."""


def to_json(value: Any, depth: int = 0) -> Json:
    """``value`` as JSON can hold it. Tuples and numpy arrays become lists.

    Raises ``NotJson`` for NaN and infinities, keys that are not text, other types, deep nesting.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(f"JSON cannot represent the number {value}")
        return float(value)
    if depth >= MAX_NESTING:
        raise NotJson(f"it is nested deeper than {MAX_NESTING} levels")
    if isinstance(value, (list, tuple)):
        return [to_json(item, depth + 1) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise NotJson(f"the dict key {short_repr(key)} is not text")
        return {str(key): to_json(item, depth + 1) for key, item in value.items()}
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "tolist"):
        return to_json(value.tolist(), depth + 1)
    raise no_json_for(value)


def no_json_for(value: Any) -> NotJson:
    """The error about a value of a type that JSON does not have."""
    return NotJson(f"a value of type {type(value).__name__} cannot be converted to JSON")


def _integer(value: int) -> int:
    if value.bit_length() > MAX_INTEGER_BITS:
        raise NotJson("an integer has more than 3,010 digits")
    return int(value)


Replace: TypeAlias = Callable[[Any], Json | None]
"""Returns the JSON that stands for a value, or None if it has none for this value."""


def to_data(
    value: Any,
    *,
    max_chars: int,
    max_depth: int = MAX_NESTING,
    odd_parts_as_text: bool = False,
    before: Replace | None = None,
    after: Replace | None = None,
) -> Json:
    """``value`` as JSON that keeps what it says, if not its type.

    Dataclasses become dicts; tuples, sets and other iterables become lists; dates become text, and
    so do keys; a ``timedelta`` becomes its seconds. NaN and infinities become None. A set is
    sorted, so that its order is the same every time. Objects may convert themselves by
    ``model_dump`` (pydantic), ``tolist`` (numpy) or ``to_dict``. Tables become rows, and an index
    of pandas is kept: see ``tables.table_data``.

    Raises ``NotJson`` for a value that has no sensible JSON, such as a dict whose keys are the same
    as text, is nested deeper than ``max_depth``, or has more than ``max_chars`` characters of text;
    a number counts as 8. With ``odd_parts_as_text``, a part inside ``value`` that has no sensible
    JSON becomes its ``repr``.

    ``before`` and ``after`` add JSON for further types. ``before`` is asked first about each value
    that is not text, a number or None, ``after`` about a value that would be refused. What they
    return is not counted or checked, and what they raise comes out of here.
    """
    conversion = _Conversion(max_chars, max_depth, odd_parts_as_text, before=before, after=after)
    return conversion.convert(value, 0)


class _Conversion:
    """One conversion. It counts the characters it has converted."""

    def __init__(
        self,
        max_chars: int,
        max_depth: int,
        odd_parts_as_text: bool,
        *,
        before: Replace | None,
        after: Replace | None,
    ) -> None:
        self._chars = 0
        self._max_chars = max_chars
        self._max_depth = max_depth
        self._odd_parts_as_text = odd_parts_as_text
        self._before = before
        self._after = after

    def convert(self, value: Any, depth: int) -> Json:
        try:
            return self._convert(value, depth)
        except TooMuch:
            raise
        except Exception:  # also what a value's own methods raise
            if not self._odd_parts_as_text or depth == 0:
                raise
            return self._text(safe_repr(value, _MAX_REPR_CHARS))

    def _convert(self, value: Any, depth: int) -> Json:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, Enum):
            return self.convert(value.value, depth)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float):
            return self._number(value)
        if type(value).__name__ in ("NaTType", "NAType"):
            return None  # what pandas has for a missing date or value
        if depth >= self._max_depth:
            raise TooMuch(f"it is nested deeper than {self._max_depth} levels")
        return self._compound(value, depth + 1)

    def _compound(self, value: Any, depth: int) -> Json:
        if self._before is not None and (made := self._before(value)) is not None:
            return made
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
        if (table := table_data(value)) is not None:
            return self.convert(table, depth)
        for name in ("model_dump", "tolist", "to_dict"):
            method = getattr(value, name, None)
            if callable(method) and not isinstance(value, type):
                return self.convert(_call_conversion(name, method), depth)
        if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
            items = [self.convert(item, depth) for item in value]
            return in_order(items) if isinstance(value, set | frozenset) else items
        if self._after is not None and (made := self._after(value)) is not None:
            return made
        raise no_json_for(value)

    def _dict(self, value: Mapping[Any, Any], depth: int) -> Json:
        made: dict[str, Json] = {}
        for given, item in value.items():
            key = self._key(given)
            if key in made:
                if self._odd_parts_as_text:
                    return [self.convert(pair, depth) for pair in value.items()]
                raise NotJson(f"a dict has two keys that are written as '{key:.40}'")
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

    def _key(self, key: Any) -> str:
        if isinstance(key, Enum):
            return self._key(key.value)
        if isinstance(key, date | time):
            return self._text(label_text(key))
        return self._text(key if isinstance(key, str) else safe_text(str(key), _MAX_KEY_CHARS))

    def _text(self, text: str) -> str:
        self._count(len(text))
        return safe_text(text, len(text))

    def _number(self, number: int | float) -> int | float | None:
        if isinstance(number, float):
            self._count(8)
            # JSON has neither NaN nor infinities.
            return float(number) if math.isfinite(number) else None
        self._count(8 + number.bit_length() // 3)
        return _integer(number)

    def _count(self, chars: int) -> None:
        self._chars += chars + 2
        if self._chars > self._max_chars:
            raise TooMuch(f"it is larger than {self._max_chars:,} characters")


def in_order(items: list[Any]) -> list[Any]:
    """The items of a set in an order that is the same every time."""
    try:
        return sorted(items)
    except TypeError:  # of several types
        return sorted(items, key=_rank)


def _rank(item: Any) -> tuple[bool, float, str, str]:
    is_number = isinstance(item, int | float)
    return (not is_number, item if is_number else 0, type(item).__name__, safe_repr(item, 1_000))


def _is_near(number: float, value: Decimal | Fraction) -> bool:
    return math.isfinite(number) and bool(number) == bool(value)


def _call_conversion(name: str, method: Callable[..., Any]) -> Any:
    """Ask the ``to_dict`` of other frames for rows, not columns; most classes take no argument."""
    if name == "to_dict":
        try:
            return method(orient="records")
        except TypeError:
            return method()
    return method()
