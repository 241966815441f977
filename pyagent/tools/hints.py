"""Reads type hints of Python into ``kinds``, which say what models see and what a body gets."""

from __future__ import annotations

import collections
import typing
from collections import abc
from collections.abc import Callable, Mapping
from dataclasses import MISSING, InitVar, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from pathlib import Path, PurePath, PurePosixPath
from types import NoneType, UnionType
from typing import Any, Literal, NewType, TypeVar, Union
from uuid import UUID

from docstring_parser import parse

from pyagent.protocol import Json
from pyagent.tools.checked_models import checked_kind
from pyagent.tools.completing import Schema, json_value
from pyagent.tools.images import image_kind
from pyagent.tools.kinds import (
    AgainKind,
    AnyKind,
    ChoiceKind,
    Kind,
    ListKind,
    MapKind,
    PlainKind,
    RecordKind,
    TupleKind,
    UnionKind,
    WrittenKind,
)

_MAX_DEPTH = 40

_PLAIN: dict[Any, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    NoneType: "null",
}
_LISTS: dict[Any, Callable[..., Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.deque: collections.deque,
    abc.Set: set,
    abc.MutableSet: set,
    abc.Iterator: iter,
    **dict.fromkeys(
        (abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable, abc.Reversible), list
    ),
}
"""Collections → what makes them of a list."""
_MAPS: dict[Any, Callable[..., Any]] = {
    dict: dict,
    abc.Mapping: dict,
    abc.MutableMapping: dict,
    collections.OrderedDict: collections.OrderedDict,
    collections.Counter: collections.Counter,
}
_WRAPPERS = ("Annotated", "Required", "NotRequired", "ReadOnly", "Final", "ClassVar")
"""What stands around a hint without another meaning for its values."""


def _read_date(text: str) -> date:
    moment = datetime.fromisoformat(text)
    if moment.time() != time.min:
        raise ValueError("a date has no time of day")
    return moment.date()


def _read_decimal(value: float | str) -> Decimal:
    return Decimal(str(value))


def _written(cls: type) -> Kind | None:
    """The kind of a class of the standard library that JSON has only in writing."""
    text: Schema = {"type": "string"}
    if cls is datetime:
        return WrittenKind(
            schema=text | {"format": "date-time"},
            read=datetime.fromisoformat,
            example="2026-11-22T18:30:00",
        )
    if cls is date:
        return WrittenKind(schema=text | {"format": "date"}, read=_read_date, example="2026-11-22")
    if cls is time:
        return WrittenKind(
            schema=text | {"format": "time"}, read=time.fromisoformat, example="18:30:00"
        )
    if cls is timedelta:
        return WrittenKind(schema={"type": "number"}, read=_read_seconds, example="90 (seconds)")
    if cls is Decimal:
        number = {"type": ["number", "string"]}
        return WrittenKind(schema=number, read=_read_decimal, example="12.50")
    if cls is UUID:
        example = "12345678-1234-5678-1234-567812345678"
        return WrittenKind(schema=text | {"format": "uuid"}, read=UUID, example=example)
    if cls in (Path, PurePath, PurePosixPath):
        return WrittenKind(schema=text, read=cls, example="folder/file.txt")
    return None


def _read_seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def kind_of(hint: object) -> Kind | None:
    """The kind of a type hint, or None for a type that JSON cannot express."""
    try:
        return _Reading().read(hint, 0)
    except TypeError:  # a hint holds what hints cannot, such as a list
        return None


def description_in(hint: object) -> str:
    """The description in ``Annotated[…, "description"]``, or an empty text."""
    if typing.get_origin(hint) is not typing.Annotated:
        return ""
    for note in typing.get_args(hint)[1:]:
        text = note if isinstance(note, str) else None
        for name in ("description", "documentation"):  # of pydantic's Field, of typing's Doc
            text = text or getattr(note, name, None)
        if isinstance(text, str):
            return text
    return ""


class _Reading:
    """One reading of a hint. It keeps the records that it is inside: one may hold itself."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, tuple[Any, ...]], RecordKind] = {}
        self._variables: dict[object, Any] = {}
        """The meaning of the type variables in a generic class that is being read."""

    def read(self, hint: object, depth: int) -> Kind | None:
        if hint is Any or hint is object:
            return AnyKind()
        if depth > _MAX_DEPTH:
            return None
        if hint is None or hint is typing.LiteralString:
            hint = NoneType if hint is None else str
        if isinstance(hint, NewType):
            return self.read(hint.__supertype__, depth + 1)
        if isinstance(hint, TypeVar):
            return self._of_variable(hint, depth)
        if hasattr(hint, "__value__") and type(hint).__name__ == "TypeAliasType":
            return self.read(hint.__value__, depth + 1)
        origin, arguments = typing.get_origin(hint) or hint, typing.get_args(hint)
        if getattr(origin, "__name__", getattr(origin, "_name", "")) in _WRAPPERS and arguments:
            return self._wrapped(hint, arguments, depth)
        if origin is Literal:
            return self._choice([(argument, argument) for argument in arguments])
        if origin in (Union, UnionType):
            return self._union([self.read(argument, depth + 1) for argument in arguments])
        if origin is tuple and arguments and Ellipsis not in arguments:
            return self._tuple(() if arguments == ((),) else arguments, depth)
        if hint == tuple[()]:
            return self._tuple((), depth)
        if _is_in(origin, _LISTS):
            item = self.read(arguments[0] if arguments else Any, depth + 1)
            made: Schema = {"type": "array", "items": item.schema if item else {}}
            return item and ListKind(schema=made, item=item, make=_LISTS[origin])
        if _is_in(origin, _MAPS):
            return self._map(origin, arguments, depth)
        if kind := image_kind(hint):
            return kind
        return self._of_class(origin, hint, depth) if isinstance(origin, type) else None

    def _wrapped(self, hint: object, arguments: tuple[Any, ...], depth: int) -> Kind | None:
        checked = checked_kind(hint, only_if_noted=True)
        kind = checked or self.read(arguments[0], depth + 1)
        if kind is not None and (text := description_in(hint)):
            kind.schema = {**kind.schema, "description": text}
        return kind

    def _of_variable(self, variable: TypeVar, depth: int) -> Kind | None:
        if variable in self._variables:
            return self.read(self._variables[variable], depth + 1)
        if variable.__constraints__:
            return self.read(Union[variable.__constraints__], depth + 1)  # noqa: UP007
        return self.read(variable.__bound__ or Any, depth + 1)

    def _union(self, options: list[Kind | None]) -> Kind | None:
        kinds = [option for option in options if option is not None]
        if len(kinds) < len(options):
            return None
        return UnionKind(schema={"anyOf": [kind.schema for kind in kinds]}, options=kinds)

    def _choice(self, choices: list[tuple[object, Any]]) -> Kind | None:
        try:
            written = [(json_value(value), choice) for value, choice in choices]
        except ValueError:
            return None
        if not written:
            return None
        return ChoiceKind(schema={"enum": [value for value, _ in written]}, choices=written)

    def _tuple(self, arguments: tuple[Any, ...], depth: int) -> Kind | None:
        kinds = [self.read(argument, depth + 1) for argument in arguments]
        if None in kinds:
            return None
        items = [kind for kind in kinds if kind is not None]
        return TupleKind(schema=_schema_of_tuple([kind.schema for kind in items]), items=items)

    def _map(self, origin: Any, arguments: tuple[Any, ...], depth: int) -> Kind | None:
        key_hint: Any = Any
        value_hint: Any = Any
        if origin is collections.Counter:
            key_hint, value_hint = (*arguments, Any)[0], int
        elif len(arguments) == 2:
            key_hint, value_hint = arguments
        key, value = self.read(key_hint, depth + 1), self.read(value_hint, depth + 1)
        if key is None or value is None:
            return None
        schema: Schema = {"type": "object"}
        if value.schema:
            schema["additionalProperties"] = value.schema
        return MapKind(schema=schema, key=key, value=value, make=_MAPS[origin])

    def _of_class(self, cls: type, hint: object, depth: int) -> Kind | None:
        if cls in _PLAIN:
            return PlainKind(schema={"type": _PLAIN[cls]}, cls=cls)
        if issubclass(cls, Enum):
            return self._enum(cls)
        if kind := _written(cls) or checked_kind(hint):
            return kind
        if typing.is_typeddict(cls) or is_dataclass(cls) or hasattr(cls, "_field_defaults"):
            return self._record(cls, hint, depth)
        base: Any
        for base in (int, float, str):
            if issubclass(cls, base):
                return PlainKind(schema={"type": _PLAIN[base]}, cls=cls)
        return None

    def _enum(self, cls: type[Enum]) -> Kind | None:
        if issubclass(cls, Flag):  # any combination of its members
            return WrittenKind(schema={"type": "integer"}, read=cls, example="the sum of its flags")
        by_value = self._choice([(member.value, member) for member in cls])
        scalar = by_value and not any(isinstance(v, list | dict) for v in by_value.schema["enum"])
        return by_value if scalar else self._choice([(member.name, member) for member in cls])

    def _record(self, cls: Any, hint: object, depth: int) -> Kind | None:
        outside = self._variables
        arguments = tuple(outside.get(given, given) for given in typing.get_args(hint))
        if record := self._open.get((cls, arguments)):
            return AgainKind(schema={"type": "object"}, record=record)
        record = RecordKind(schema={"type": "object"}, name=cls.__name__, make=cls)
        self._open[cls, arguments] = record
        variables = getattr(cls, "__parameters__", ())
        self._variables = dict(zip(variables, arguments, strict=False))
        try:
            hints = typing.get_type_hints(cls, include_extras=True)
            record.required, record.open, names = _members(cls, hints)
            for name in names:
                kind = self.read(_in_init(hints.get(name, Any)), depth + 1)
                if kind is None:
                    return None
                record.keys[name] = kind
        except (AttributeError, NameError, SyntaxError, TypeError):
            return None  # a hint in the class that cannot be read
        finally:
            del self._open[cls, arguments]
            self._variables = outside
        record.schema = _schema_of(cls, record)
        return record


def _schema_of_tuple(items: list[Schema]) -> Schema:
    """The schema of a tuple. Not every reader knows ``prefixItems``, so ``items`` says it too."""
    size = {"minItems": len(items), "maxItems": len(items)}
    if not items:
        return {"type": "array", "items": {}, **size}
    distinct = [item for i, item in enumerate(items) if item not in items[:i]]
    either = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
    return {"type": "array", "prefixItems": items, "items": either, **size}


def _is_in(origin: object, table: Mapping[Any, object]) -> bool:
    return isinstance(origin, abc.Hashable) and origin in table


def _in_init(hint: object) -> object:
    return hint.type if isinstance(hint, InitVar) else hint


def _members(cls: Any, hints: Mapping[str, Any]) -> tuple[list[str], bool, list[str]]:
    """The keys that are required, whether there may be more, and all keys."""
    if typing.is_typeddict(cls):
        return [name for name in hints if _is_required(cls, name, hints[name])], True, list(hints)
    if not is_dataclass(cls):
        names = list(cls._fields)
        return [name for name in names if name not in cls._field_defaults], False, names
    made = [field for field in fields(cls) if field.init]
    needed = [f.name for f in made if f.default is MISSING and f.default_factory is MISSING]
    names = [field.name for field in made]
    for name, hint in hints.items():
        if isinstance(hint, InitVar):
            names.append(name)
            if not hasattr(cls, name):
                needed.append(name)
    return needed, False, names


def _is_required(cls: Any, name: str, hint: object) -> bool:
    """Whether a ``TypedDict`` needs a key. It does not know itself if its hints are text."""
    while arguments := typing.get_args(hint):
        wrapper = getattr(typing.get_origin(hint), "_name", "")
        if wrapper in ("Required", "NotRequired"):
            return bool(wrapper == "Required")
        if wrapper not in _WRAPPERS and typing.get_origin(hint) is not typing.Annotated:
            break
        hint = arguments[0]
    return name in cls.__required_keys__


def _schema_of(cls: Any, record: RecordKind) -> Schema:
    """The schema of a record, with descriptions from the docstring of its class."""
    described = {item.arg_name: item.description for item in parse(_own_doc(cls)).params}
    properties: dict[str, Json] = {}
    for name, kind in record.keys.items():
        written = described.get(name) or kind.schema.get("description", "")
        text = " ".join(filter(None, (written, kind.note)))
        properties[name] = {**kind.schema, **({"description": text} if text else {})}
    schema: Schema = {"type": "object", "properties": properties, "required": list(record.required)}
    # A NamedTuple is a tuple too, and code may send it as such.
    return {"anyOf": [schema, {"type": "array"}]} if issubclass(cls, tuple) else schema


def _own_doc(cls: Any) -> str:
    """The docstring that a person wrote. Dataclasses and NamedTuples get one anyway."""
    doc = cls.__doc__ or ""
    return "" if doc.startswith(f"{cls.__name__}(") else doc
