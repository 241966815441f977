"""Check a call's arguments against a tool's JSON Schema, and bind them to its parameters.

``Tool.call`` and the call of a managed agent use this. Model-written code calls tools by position
or by name, with any values; the error for a wrong call must tell the model how to correct it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyagent.errors import ToolError
from pyagent.protocol import Json
from pyagent.tools.schema import Schema, python_type

_CHECKS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
    "null": (type(None),),
}


def bind(
    tool_name: str, parameters: Schema, args: Sequence[Json], kwargs: Mapping[str, Json]
) -> dict[str, Any]:
    """Return the arguments by name.

    Raises ``ToolError`` that says which argument is wrong and why.
    """
    properties: dict[str, Schema] = parameters["properties"]
    names = list(properties)
    if len(args) > len(names):
        raise ToolError(
            f"{tool_name}() takes {len(names)} argument(s) {_listed(names)}, not {len(args)}."
        )
    bound = dict(zip(names, args, strict=False))
    for name, value in kwargs.items():
        if name not in properties:
            raise ToolError(f"{tool_name}() has no argument '{name}'; it takes {_listed(names)}.")
        if name in bound:
            raise ToolError(f"{tool_name}() got argument '{name}' twice.")
        bound[name] = value
    missing = [name for name in parameters.get("required", ()) if name not in bound]
    if missing:
        raise ToolError(f"{tool_name}() needs the argument(s) {_listed(missing)}.")
    return {
        name: _checked(tool_name, name, value, properties[name]) for name, value in bound.items()
    }


def _checked(tool_name: str, name: str, value: Json, schema: Schema) -> Json:
    """Check the outermost type only: the tool itself knows best what belongs inside."""
    if schema.get("type") == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if not _fits(value, schema):
        raise ToolError(
            f"{tool_name}() wants '{name}' as {python_type(schema)}, "
            f"not {type(value).__name__} {_short(value)}."
        )
    return value


def _fits(value: Json, schema: Schema) -> bool:
    if schema.get("nullable") and value is None:
        return True
    if "enum" in schema:
        return value in schema["enum"]
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return any(_fits(value, option) for option in options)
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(_is_kind(value, kind) for kind in kinds)


def _is_kind(value: Json, kind: object) -> bool:
    types = _CHECKS.get(str(kind))
    if types is None:
        return True
    return isinstance(value, types) and (kind == "boolean" or not isinstance(value, bool))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "(none)"


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
