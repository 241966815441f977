"""Kinds of arguments: how a type hint looks as JSON Schema, and how its values are built.

``hints`` reads hints into kinds. ``arguments`` builds what the body of a tool gets. Models send
JSON, so an ``Enum`` comes as its value, a date as text and a dataclass as an object.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyagent.protocol import Json
from pyagent.tools.fitting import Misfit, fitted, same, shown
from pyagent.tools.schema import Schema, python_type, union_of


@dataclass(kw_only=True)
class Kind(ABC):
    """One kind of argument."""

    schema: Schema

    @property
    def note(self) -> str:
        """What a model must know beside the schema, such as how a date is written."""
        return ""

    @property
    def hint(self) -> str:
        """The type as code sees it, as Python source. JSON has fewer types of keys."""
        return python_type(self.schema)

    @property
    def takes_images(self) -> bool:
        """Whether an image may be in a value. Its schema does not say what an image is."""
        return False

    @abstractmethod
    def build(self, value: Json) -> Any:
        """The value that the body of a tool gets. Raises ``Misfit``."""


@dataclass(kw_only=True)
class AnyKind(Kind):
    """Anything that JSON has, as it is."""

    schema: Schema = field(default_factory=dict)

    def build(self, value: Json) -> Any:
        return value


@dataclass(kw_only=True)
class PlainKind(Kind):
    """Text, a number, a truth value or None; ``cls`` may be a subclass of these types."""

    cls: type

    def build(self, value: Json) -> Any:
        value = fitted(value, self.schema)
        # As in Python, a whole number may stand where a float is declared.
        plain = self.cls is float or isinstance(value, self.cls)
        return value if plain else _call(self.cls, value)


@dataclass(kw_only=True)
class WrittenKind(Kind):
    """What JSON has only as text or as a number, such as a date."""

    read: Callable[[Any], Any]
    example: str

    @property
    def note(self) -> str:
        return f"As in {self.example}."

    def build(self, value: Json) -> Any:
        value = fitted(value, self.schema)
        try:
            return self.read(value)
        except (ArithmeticError, TypeError, ValueError):
            raise Misfit(f"{shown(value)} is not written as in {self.example}") from None


@dataclass(kw_only=True)
class ChoiceKind(Kind):
    """One of a few values, each with its form in JSON."""

    choices: Sequence[tuple[Json, Any]]

    def build(self, value: Json) -> Any:
        for written, choice in self.choices:
            if same(value, written):
                return choice
        known = ", ".join(repr(written) for written, _ in self.choices)
        raise Misfit(f"{shown(value)} is not one of {known}")


@dataclass(kw_only=True)
class ListKind(Kind):
    """A list, tuple, set or other collection, whose items are all of one kind."""

    item: Kind
    make: Callable[[Iterable[Any]], Any]

    @property
    def note(self) -> str:
        return self.item.note

    @property
    def hint(self) -> str:
        return f"list[{self.item.hint}]" if self.item.schema else "list"

    @property
    def takes_images(self) -> bool:
        return self.item.takes_images

    def build(self, value: Json) -> Any:
        items = fitted(value, self.schema)
        return _call(self.make, [_inside(i, self.item, item) for i, item in enumerate(items)])


@dataclass(kw_only=True)
class TupleKind(Kind):
    """A tuple with a kind for each of its items."""

    items: Sequence[Kind]
    make: Callable[[Iterable[Any]], Any] = tuple

    @property
    def note(self) -> str:
        return " ".join(dict.fromkeys(item.note for item in self.items if item.note))

    @property
    def hint(self) -> str:
        return f"tuple[{', '.join(item.hint for item in self.items) or '()'}]"

    @property
    def takes_images(self) -> bool:
        return any(item.takes_images for item in self.items)

    def build(self, value: Json) -> Any:
        given = fitted(value, self.schema)
        if len(given) != len(self.items):
            raise Misfit(f"{len(self.items)} items are needed, not {len(given)}")
        kinds = zip(self.items, given, strict=True)
        return self.make([_inside(i, kind, item) for i, (kind, item) in enumerate(kinds)])


@dataclass(kw_only=True)
class MapKind(Kind):
    """A dict whose keys are all of one kind, and whose values are too."""

    key: Kind
    value: Kind
    make: Callable[[Mapping[Any, Any]], Any] = dict

    @property
    def hint(self) -> str:
        key = "str" if self.key.hint == "Any" else self.key.hint
        is_open = key == "str" and not self.value.schema
        return "dict" if is_open else f"dict[{key}, {self.value.hint}]"

    @property
    def takes_images(self) -> bool:
        return self.value.takes_images

    def build(self, value: Json) -> Any:
        given = fitted(value, self.schema)
        return self.make(
            {self._key(name): _inside(name, self.value, item) for name, item in given.items()}
        )

    def _key(self, name: str) -> Any:
        """The key, which JSON has only as text. A number or None may be written in it."""
        for written in (name, *_written_in(name)):
            try:
                return self.key.build(written)
            except Misfit:
                continue
        raise Misfit(f"the key {shown(name)} has the wrong type")


@dataclass(kw_only=True)
class RecordKind(Kind):
    """A dataclass, a ``TypedDict`` or a ``NamedTuple``: keys by name, each of its own kind."""

    name: str
    make: Callable[..., Any]
    keys: dict[str, Kind] = field(default_factory=dict)
    required: Sequence[str] = ()
    open: bool = False
    """Whether there may be more keys, which stay as they are."""

    @property
    def takes_images(self) -> bool:
        return any(kind.takes_images for kind in self.keys.values())

    def build(self, value: Json) -> Any:
        given = fitted(value, self.schema)
        if isinstance(given, list | tuple):
            given = self._by_name(given)
        if missing := [name for name in self.required if name not in given]:
            raise Misfit(f"the key '{missing[0]}' is missing")
        if (more := [name for name in given if name not in self.keys]) and not self.open:
            raise Misfit(f"there is no key '{more[0]}'; there is: {', '.join(self.keys)}")
        built = {
            name: _inside(name, self.keys[name], item) if name in self.keys else item
            for name, item in given.items()
        }
        return _call(self.make, **built)

    def _by_name(self, items: Sequence[Json]) -> dict[str, Json]:
        if len(items) > len(self.keys):
            raise Misfit(f"{len(self.keys)} items are allowed, not {len(items)}")
        return dict(zip(self.keys, items, strict=False))


@dataclass(kw_only=True)
class AgainKind(Kind):
    """A record inside itself. Its schema is not written out again."""

    record: Kind

    def build(self, value: Json) -> Any:
        return self.record.build(value)


@dataclass(kw_only=True)
class UnionKind(Kind):
    """One of several kinds, the first that the value fits. Numbers rather keep their type."""

    options: Sequence[Kind]

    @property
    def note(self) -> str:
        return " ".join(filter(None, (option.note for option in self.options)))

    @property
    def hint(self) -> str:
        return union_of(option.hint for option in self.options)

    @property
    def takes_images(self) -> bool:
        return any(option.takes_images for option in self.options)

    def build(self, value: Json) -> Any:
        failure, found = Misfit(f"{shown(value)} is of no kind that is possible here"), []
        for option in self.options:
            try:
                found.append(option.build(value))
            except Misfit as misfit:
                if misfit.path:  # it fits on the outside, so this says most about it
                    failure = misfit
                continue
            if not isinstance(value, int | float) or type(found[-1]) is type(value):
                return found[-1]
        if not found:
            raise failure
        return found[0]


@dataclass(kw_only=True)
class CheckedKind(Kind):
    """What pydantic knows, such as a model: pydantic checks and builds it."""

    validate: Callable[[Json], Any]
    """Raises ``ValueError``."""

    def build(self, value: Json) -> Any:
        return _call(self.validate, value)


@dataclass(kw_only=True)
class DefaultKind(Kind):
    """``kind``, and beside it a default of another kind."""

    kind: Kind
    written: Json
    default: Any

    @property
    def takes_images(self) -> bool:
        return self.kind.takes_images

    def build(self, value: Json) -> Any:
        return self.default if same(value, self.written) else self.kind.build(value)


def _inside(key: str | int, kind: Kind, value: Json) -> Any:
    """Build a part of a value. A fault says where it was."""
    try:
        return kind.build(value)
    except Misfit as misfit:
        raise Misfit(misfit.reason, (key, *misfit.path)) from misfit.__cause__
    except RecursionError:
        raise Misfit("it is nested too deep") from None


def _call(make: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Make a value by the author's class, which may refuse it for reasons of its own."""
    try:
        return make(*args, **kwargs)
    except Misfit:
        raise
    except Exception as error:
        raise Misfit(_reason(error)) from error


def _reason(error: Exception) -> str:
    """What an error says, in one line. Errors of pydantic say where each fault is."""
    faults = getattr(error, "errors", None)
    if callable(faults):
        try:
            told = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults()]
        except (KeyError, TypeError):
            return " ".join(str(error).split())
        return "; ".join(text.removeprefix(": ") for text in told)
    return " ".join(str(error).split()) or type(error).__name__


def _written_in(name: str) -> list[Json]:
    """The values that a key of a JSON object may stand for, other than the text itself."""
    constants: dict[str, Json] = {"True": True, "true": True, "False": False, "false": False}
    constants |= {"None": None, "null": None}
    if name in constants:
        return [constants[name]]
    for read in (int, float):
        try:
            number = read(name)
        except ValueError:
            continue
        return [number] if math.isfinite(number) else []
    return []
