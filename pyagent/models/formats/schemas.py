"""JSON Schemas in the form that providers want for structured output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Whether every object in ``schema`` closes its properties and requires all of them.

    Only such a schema may be sent as ``strict``, and only then does the API guarantee it.
    """
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(properties):
            return False
    elif schema.get("type") == "object":
        return False
    return all(is_strict(inner) for inner in _inner(schema))


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """``schema`` with ``additionalProperties`` false in every object that does not set it.

    Anthropic accepts no other.
    """
    made = {key: _closed_inside(value) for key, value in schema.items()}
    if schema.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def _closed_inside(value: Any) -> Any:
    """Applies ``closed`` inside a value. A property named ``type`` has no text as its value."""
    if isinstance(value, Mapping):
        return closed(value)
    return list(map(_closed_inside, value)) if isinstance(value, list) else value


def _inner(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Any] = [schema.get("items"), *schema.get("anyOf", ())]
    for key in ("properties", "$defs"):
        found += (schema.get(key) or {}).values()
    return [inner for inner in found if isinstance(inner, Mapping)]
