"""JSON Schemas as OpenAI's structured outputs want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Whether every object in ``schema`` closes its properties and requires all of them.

    Only such a schema may be sent as ``strict``, and only then the API holds to it.
    """
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        closed = schema.get("additionalProperties") is False
        if not closed or set(schema.get("required", ())) != set(properties):
            return False
    elif schema.get("type") == "object":
        return False
    return all(is_strict(inner) for inner in _inner(schema))


def _inner(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Any] = [schema.get("items"), *schema.get("anyOf", ())]
    for key in ("properties", "$defs"):
        found += (schema.get(key) or {}).values()
    return [inner for inner in found if isinstance(inner, Mapping)]
