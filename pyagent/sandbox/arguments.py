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
from pyagent.sandbox.results.images import image_argument, image_file
from pyagent.sandbox.values import MAX_NESTING, NotJson, in_order, no_json_for, to_json

_NAMES = {list: "list|tuple", dict: "dict", str: "str", int: "int", float: "float"}
_OPEN = "Any|Literal"
"""What in a hint takes values of any type."""
_ODD_KEYS = re.compile(r"dict\[(int|float|bool|None|Literal)\b")
"""What in a hint takes dicts whose keys JSON does not have. They are written as text."""
_MAX_ITEMS = 1_000_000
"""The most items that are taken from an iterator, which may have no end."""
_IMAGE = re.compile(r"\bImage\b")
"""What in a hint takes images."""
_VIEWS = (KeysView, ItemsView, ValuesView)
"""The views of a dict, whose order is the dict's."""
_LISTS = (list, tuple, deque, range, *_VIEWS)
_AS_TEXT = (("decimal", "Decimal"), ("uuid", "UUID"))


def to_argument(value: Any, hint: str = "Any") -> Json:
    """``value`` as the JSON that crosses, for a parameter with the type ``hint``.

    Sets, iterators and other collections become lists, dataclasses dicts, an ``Enum`` its value,
    and dates, paths and decimals text. Images become MIME bundles; where ``hint`` takes images, so
    do the names of image files. Raises ``NotJson``.
    """
    takes_images = _IMAGE.search(hint) is not None
    plain = _Plain(
        odd_keys=_ODD_KEYS.search(hint) is not None,
        file_names=takes_images and not re.search(r"\bstr\b", hint),
    ).of(value, 0)
    if type(plain) is not type(value) and not isinstance(value, Enum | str | int | float | tuple):
        name = _NAMES.get(type(plain))
        if name and not takes_images and not re.search(rf"\b({name}|{_OPEN})\b", hint):
            raise no_json_for(value)
    return to_json(plain)


class _Plain:
    """Brings values out of types that ``to_json`` does not take.

    ``odd_keys`` allows keys that are not text. ``file_names`` makes images of the names of files.
    """

    def __init__(self, *, odd_keys: bool, file_names: bool) -> None:
        self._odd_keys = odd_keys
        self._file_names = file_names

    def of(self, value: Any, depth: int) -> Any:
        """``value`` out of types that ``to_json`` takes, or with what it will refuse."""
        if isinstance(value, Enum):
            return self.of(value.value, depth)
        if self._file_names and isinstance(value, str | PurePath):
            return _from_file(value)
        if value is None or isinstance(value, str | int | float) or depth > MAX_NESTING:
            return value
        if isinstance(value, Mapping):
            made = {self._key(key): self.of(item, depth + 1) for key, item in value.items()}
            if len(made) < len(value):
                raise NotJson("a dict has two keys that are the same as text")
            return made
        if isinstance(value, AbstractSet) and not isinstance(value, _VIEWS):
            return in_order([self.of(item, depth + 1) for item in value])
        if isinstance(value, Iterator) and not isinstance(value, IOBase):
            value = _taken(value)
        if isinstance(value, _LISTS) or _is_one(value, "array", "array"):
            return [self.of(item, depth + 1) for item in value]
        return self._of_object(value, depth)

    def _of_object(self, value: Any, depth: int) -> Any:
        try:
            image = image_argument(value)
        except ValueError as error:
            raise NotJson(str(error)) from None
        if image is not None:
            return image
        if is_dataclass(value) and not isinstance(value, type):
            members = [field for field in fields(value) if field.init]
            return {field.name: self.of(getattr(value, field.name), depth + 1) for field in members}
        if _is_one(value, "datetime", "date", "time"):
            return value.isoformat()
        if _is_one(value, "datetime", "timedelta"):
            return value.total_seconds()
        if isinstance(value, PurePath) or any(_is_one(value, *known) for known in _AS_TEXT):
            return str(value)
        if callable(dump := getattr(value, "model_dump", None)) and not isinstance(value, type):
            return self.of(dump(), depth + 1)  # of pydantic
        return value

    def _key(self, key: Any) -> Any:
        if type(key) is str:
            return key
        plain = _Plain(odd_keys=False, file_names=False).of(key, 0)
        if isinstance(plain, str):
            return plain
        is_odd = plain is None or isinstance(plain, int | float)
        return str(plain) if self._odd_keys and is_odd else key


def _from_file(path: str | PurePath) -> Any:
    """The image in a file of the work folder, or the path as text if there is none."""
    try:
        return image_file(path) or str(path)
    except ValueError as error:
        raise NotJson(str(error)) from None


def _taken(items: Iterator[Any]) -> list[Any]:
    taken = list(islice(items, _MAX_ITEMS + 1))
    if len(taken) > _MAX_ITEMS:
        raise NotJson(f"it has more than {_MAX_ITEMS:,} items")
    return taken


def _is_one(value: Any, module: str, *names: str) -> bool:
    """Whether ``value`` is of such a class, if code imported its module: a guest starts often."""
    found = sys.modules.get(module)
    return any(isinstance(value, getattr(found, name, ())) for name in names)
