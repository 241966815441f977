"""Turns the arguments of a tool call into JSON: what Python has and JSON has not, in writing.

The host builds the values again if the tool declares their types. A value that would become
something else than the parameter takes is refused here, so that no call crosses.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from io import IOBase
from itertools import islice
from pathlib import PurePath
from typing import Any

from pyagent.protocol.guest import Json
from pyagent.sandbox.values import MAX_NESTING, NotJson, in_order, no_json_for, to_json

_NAMES = {list: "list|tuple", dict: "dict", str: "str", int: "int", float: "float"}
_OPEN = "Any|Literal"
"""What in a hint takes values of any type."""
_ODD_KEYS = re.compile(r"dict\[(int|float|bool|None|Literal)\b")
"""What in a hint takes dicts whose keys JSON does not have. They are written as text."""
_MAX_ITEMS = 1_000_000
"""The most items that are taken from an iterator, which may have no end."""
_VIEWS = (KeysView, ItemsView, ValuesView)
"""The views of a dict, whose order is the dict's."""
_AS_TEXT = (("decimal", "Decimal"), ("uuid", "UUID"))


def to_argument(value: Any, hint: str = "Any") -> Json:
    """``value`` as the JSON that crosses, for a parameter with the type ``hint``.

    Sets, iterators and other collections become lists, dataclasses dicts, an ``Enum`` its value,
    and dates, paths and decimals text. Raises ``NotJson``.
    """
    plain = _plain(value, 0, odd_keys=_ODD_KEYS.search(hint) is not None)
    if type(plain) is not type(value) and not isinstance(value, Enum | str | int | float | tuple):
        name = _NAMES.get(type(plain))
        if name and not re.search(rf"\b({name}|{_OPEN})\b", hint):
            raise no_json_for(value)
    return to_json(plain)


def _plain(value: Any, depth: int, *, odd_keys: bool) -> Any:
    """``value`` out of types that ``to_json`` takes, or with what it will refuse."""
    if isinstance(value, Enum):
        return _plain(value.value, depth, odd_keys=odd_keys)
    if value is None or isinstance(value, str | int | float) or depth > MAX_NESTING:
        return value
    if isinstance(value, Mapping):
        made = {
            _key(key, odd_keys=odd_keys): _plain(item, depth + 1, odd_keys=odd_keys)
            for key, item in value.items()
        }
        if len(made) < len(value):
            raise NotJson("a dict has two keys that are the same as text")
        return made
    if isinstance(value, AbstractSet) and not isinstance(value, _VIEWS):
        return in_order([_plain(item, depth + 1, odd_keys=odd_keys) for item in value])
    if isinstance(value, Iterator) and not isinstance(value, IOBase):
        value = _taken(value)
    if isinstance(value, (list, tuple, deque, range, *_VIEWS)) or _is_one(value, "array", "array"):
        return [_plain(item, depth + 1, odd_keys=odd_keys) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        members = [field for field in fields(value) if field.init]
        return {
            field.name: _plain(getattr(value, field.name), depth + 1, odd_keys=odd_keys)
            for field in members
        }
    if _is_one(value, "datetime", "date", "time"):
        return value.isoformat()
    if _is_one(value, "datetime", "timedelta"):
        return value.total_seconds()
    if isinstance(value, PurePath) or any(_is_one(value, *known) for known in _AS_TEXT):
        return str(value)
    if callable(dump := getattr(value, "model_dump", None)) and not isinstance(value, type):
        return _plain(dump(), depth + 1, odd_keys=odd_keys)  # of pydantic
    return value


def _taken(items: Iterator[Any]) -> list[Any]:
    taken = list(islice(items, _MAX_ITEMS + 1))
    if len(taken) > _MAX_ITEMS:
        raise NotJson(f"it has more than {_MAX_ITEMS:,} items")
    return taken


def _is_one(value: Any, module: str, *names: str) -> bool:
    """Whether ``value`` is of such a class, if code imported its module: a guest starts often."""
    found = sys.modules.get(module)
    return any(isinstance(value, getattr(found, name, ())) for name in names)


def _key(key: Any, *, odd_keys: bool) -> Any:
    plain = _plain(key, 0, odd_keys=False)
    if isinstance(plain, str):
        return plain
    return str(plain) if odd_keys and (plain is None or isinstance(plain, int | float)) else key
