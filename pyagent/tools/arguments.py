"""Check a call's arguments against a tool's JSON Schema, and bind them to its parameters.

``Tool.call`` and the call of a managed agent use this. Model-written code calls tools by position
or by name, with any values; the error for a wrong call must tell the model how to correct it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pyagent.errors import ToolError
from pyagent.protocol import Json
from pyagent.tools.fitting import Misfit, fits, fitted, same, shown
from pyagent.tools.kinds import Kind
from pyagent.tools.schema import Schema, python_type


def bind(
    tool_name: str,
    parameters: Schema,
    args: Sequence[Json],
    kwargs: Mapping[str, Json],
    *,
    keyword_only: Collection[str] = (),
    unchecked: Collection[str] = (),
) -> dict[str, Any]:
    """Return the arguments by name. Those in ``unchecked`` are checked when they are built.

    Raises ``ToolError`` that says which argument is wrong and why.
    """
    properties: dict[str, Schema] = parameters["properties"]
    names = [name for name in properties if name not in keyword_only]
    if len(args) > len(names):
        by_name = " by position" if keyword_only else ""
        raise ToolError(
            f"{tool_name}() takes {len(names)} argument(s){by_name} {_listed(names)}, "
            f"not {len(args)}."
        )
    bound = dict(zip(names, args, strict=False))
    more = parameters.get("additionalProperties")
    for name, value in kwargs.items():
        if name not in properties and more is not True and not isinstance(more, dict):
            known = _listed(list(properties))
            raise ToolError(f"{tool_name}() has no argument '{name}'; it takes {known}.")
        if name in bound:
            raise ToolError(f"{tool_name}() got argument '{name}' twice.")
        bound[name] = value
    required = parameters.get("required", ())
    for name in [name for name in bound if name in properties and name not in required]:
        if _means_left_out(bound[name], properties[name]):
            del bound[name]
    missing = [name for name in required if name not in bound]
    if missing:
        raise ToolError(f"{tool_name}() needs the argument(s) {_listed(missing)}.")
    others = more if isinstance(more, dict) else {}
    return {
        name: value
        if name in unchecked
        else _checked(tool_name, name, value, properties.get(name, others))
        for name, value in bound.items()
    }


def build(
    tool_name: str, parameters: Schema, kinds: Mapping[str, Kind], bound: Mapping[str, Json]
) -> dict[str, Any]:
    """Return ``bound`` as the body of the tool declares its arguments. Raises ``ToolError``."""
    built = dict(bound)
    for name in kinds.keys() & bound.keys():
        try:
            built[name] = kinds[name].build(bound[name])
        except Misfit as misfit:
            kind = kinds[name]
            hint = kind.hint if kind.takes_images else python_type(parameters["properties"][name])
            raise ToolError(f"{tool_name}() wants '{name}' as {hint}: {misfit}.") from misfit
    return built


def _means_left_out(value: Json, schema: Schema) -> bool:
    """Whether an optional argument is None where its schema has neither None nor a default.

    Code sees ``...`` as the default of such a parameter, which nobody can pass.
    """
    return value is None and "default" not in schema and not fits(None, schema)


def _checked(tool_name: str, name: str, value: Json, schema: Schema) -> Json:
    """Check the outermost type only. A default is always allowed."""
    if "default" in schema and same(value, schema["default"]):
        return value
    try:
        return fitted(value, schema)
    except Misfit:
        raise ToolError(
            f"{tool_name}() wants '{name}' as {python_type(schema)}, "
            f"not {type(value).__name__} {shown(value)}."
        ) from None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "(none)"
