"""Convert what a tool returned to JSON, within limits. Only ``Tool.call`` uses this.

Results cross to the sandbox as JSON text. Deep nesting crashes the parser there, so depth and size
are checked during the conversion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from uuid import UUID

from pyagent.errors import ToolError
from pyagent.protocol import Json

MAX_DEPTH = 50
MAX_CHARS = 4_000_000
"""Characters of text that one result may hold. A number counts as 8."""


def to_json(value: object) -> Json:
    """Convert ``value`` to JSON.

    Dataclasses become dicts; tuples, sets and other iterables become lists; dates become text.
    Objects may convert themselves by ``model_dump`` (pydantic), ``tolist`` (numpy) or ``to_dict``.
    Raises ``ToolError`` for a value that has no sensible JSON, is too large or too deep.
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
            return {self._key(key): self.convert(item, depth) for key, item in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: self.convert(getattr(value, field.name), depth)
                for field in fields(value)
            }
        if isinstance(value, date | time | UUID | PurePath):
            return self._text(value.isoformat() if isinstance(value, date | time) else str(value))
        if isinstance(value, Decimal | Fraction):
            return self._number(float(value))
        for name in ("model_dump", "tolist", "to_dict"):
            method = getattr(value, name, None)
            if callable(method):
                return self.convert(_call_conversion(name, method), depth)
        if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
            return [self.convert(item, depth) for item in value]
        raise ToolError(
            f"The result is a {type(value).__name__}, which cannot be sent to the code.",
            advice="Return text, numbers, lists, dicts or dataclasses.",
        )

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


def _call_conversion(name: str, method: Callable[..., object]) -> object:
    """Ask pandas' ``to_dict`` for rows, not columns; other classes take no argument."""
    if name == "to_dict":
        try:
            return method(orient="records")
        except TypeError:
            return method()
    return method()
