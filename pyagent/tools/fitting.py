"""Whether a JSON value fits a JSON Schema, looking at the outside only.

``arguments`` and ``kinds`` use this. What is inside a value of a tool from a schema is for the tool
itself to check, which knows best.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyagent.protocol import Json
from pyagent.tools.schema import python_type

_CHECKS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
    "null": (type(None),),
}
_SHOWN_CHARS = 60


class Misfit(Exception):
    """A value does not fit. ``path`` leads to the part that does not."""

    def __init__(self, reason: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        where = "".join(f"[{key!r}]" for key in self.path)
        return f"at {where}, {self.reason}" if where else self.reason


def fitted(value: Json, schema: Mapping[str, Json]) -> Json:
    """``value`` if it fits ``schema``; a float such as 2.0 becomes an int where it must be one.

    Raises ``Misfit``.
    """
    if fits(value, schema):
        return value
    if isinstance(value, float) and value.is_integer() and fits(int(value), schema):
        return int(value)
    raise Misfit(f"{python_type(schema)} is needed, not {type(value).__name__} {shown(value)}")


def fits(value: Json, schema: Mapping[str, Json]) -> bool:
    """Whether ``value`` is of the type that ``schema`` says, or one of its values."""
    if schema.get("nullable") and value is None:
        return True
    if "enum" in schema:
        return any(same(value, choice) for choice in schema["enum"])
    if "const" in schema:
        return same(value, schema["const"])
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return any(fits(value, option) for option in options)
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(_is_kind(value, kind) for kind in kinds)


def same(one: Json, other: Json) -> bool:
    """Whether two values are the same in JSON, where True is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def shown(value: Json) -> str:
    """The start of a value's text, for a message."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 3]}..."


def _is_kind(value: Json, kind: object) -> bool:
    types = _CHECKS.get(str(kind))
    if types is None:
        return True
    return isinstance(value, types) and (kind == "boolean" or not isinstance(value, bool))
