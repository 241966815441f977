"""Integers that JavaScript cannot hold: a page would read another number in their place."""

from __future__ import annotations

from collections.abc import Mapping

from pyagent.errors import ToolError
from pyagent.protocol import Json
from pyagent.tools.completing import Schema


def exact_for_page(
    tool_name: str, arguments: Mapping[str, Json], schema: Schema
) -> dict[str, Json]:
    """Return ``arguments`` with each long integer as text, where the tool's schema allows text.

    Raises ``ToolError`` where it does not.
    """
    properties = schema.get("properties", {})
    return {
        name: _exact(value, properties.get(name, {}), where=f"{tool_name}() argument '{name}'")
        for name, value in arguments.items()
    }


def _exact(value: Json, schema: Schema, *, where: str) -> Json:
    if isinstance(value, list):
        items = schema.get("items") or {}
        return [_exact(item, items, where=f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        rest = others if isinstance(others, dict) else {}
        return {
            name: _exact(item, properties.get(name, rest), where=f"{where}[{name!r}]")
            for name, item in value.items()
        }
    if not isinstance(value, int) or _is_exact(value):
        return value
    if _names_text(schema):
        return str(value)
    raise ToolError(
        f"{where} is {value}, which JavaScript cannot hold exactly.",
        advice="Use an integer below 2**53.",
    )


def _is_exact(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _names_text(schema: Schema) -> bool:
    """Whether ``schema`` says that a value may be text."""
    kinds = schema.get("type")
    options = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    listed = kinds if isinstance(kinds, list) else [kinds]
    return "string" in listed or any(map(_names_text, options))
