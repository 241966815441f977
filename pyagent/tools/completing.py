"""Completes a JSON Schema that anyone may have written, so that providers and we can read it.

``Tool`` uses it when a tool is made. The result holds only JSON, has no references, and is bounded
in depth and size. What cannot be read is left out, which makes the schema wider and never narrower.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from pyagent.protocol import Json
from pyagent.sandbox.values import MAX_INTEGER_BITS

Schema = dict[str, Json]

TYPES = ("string", "integer", "number", "boolean", "null", "array", "object")
"""The types of JSON Schema."""
MAX_DEPTH = 40
"""The deepest nesting of schemas and of values in them. Anything may stand in deeper places."""
MAX_SCHEMAS = 5_000
"""Schemas within a schema. References may repeat, so that a short text could become a huge one."""

_TEXTS = ("description", "title", "format", "pattern")
_DEFINITIONS = ("$defs", "definitions")
_LISTS_OF_SCHEMAS = ("anyOf", "oneOf", "prefixItems")
_READ_APART = {"type", "properties", "required", "enum", "items", "allOf", "$ref", *_DEFINITIONS}


def completed(schema: Mapping[str, Json]) -> Schema:
    """``schema`` in the form that providers accept, at every depth.

    Every array gets ``items``, if only ``{}``, because OpenAI requires it. References within the
    schema are replaced by what they mean, because a parameter's schema leaves its document. A type
    that JSON lacks, such as smolagents' ``any`` and ``audio``, is removed.
    """
    return _Completion(schema).complete(schema, (), 0)


def describes_object(schema: object) -> bool:
    """Whether ``schema`` is one of an object, as the parameters of a tool must be."""
    if not isinstance(schema, Mapping):
        return False
    given, properties = schema.get("type"), schema.get("properties")
    kinds = given if isinstance(given, list) else [given]
    return (given is None or "object" in kinds) and isinstance(properties, Mapping | None)


def with_alternatives(schema: Schema) -> Schema:
    """A complete schema of an object, with the properties of all its ``anyOf`` and ``oneOf``.

    A function has one list of parameters. What only some alternatives require is optional in it.
    """
    made = dict(schema)
    for options in (made.pop("anyOf", None), made.pop("oneOf", None)):
        required = [set(option.get("required", ())) for option in options or ()]
        always = set.intersection(*required) if required else set()
        for option in options or ():
            part = {name: option[name] for name in ("properties",) if name in option}
            merge(made, part | {"required": [n for n in option.get("required", ()) if n in always]})
    return made


def json_value(value: object, depth: int = 0) -> Json:
    """``value`` as plain JSON. Raises ``ValueError`` if JSON does not have it."""
    if isinstance(value, Enum):
        return json_value(value.value, depth)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, int) and value.bit_length() <= MAX_INTEGER_BITS:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if depth < MAX_DEPTH:
        if isinstance(value, list | tuple):
            return [json_value(item, depth + 1) for item in value]
        if isinstance(value, Mapping):
            return {str(key): json_value(item, depth + 1) for key, item in value.items()}
    raise ValueError(f"JSON does not have a {type(value).__name__} of this kind")


def json_values(values: Iterable[object]) -> list[Json]:
    """Those of ``values`` that JSON has."""
    kept = []
    for value in values:
        try:
            kept.append(json_value(value))
        except ValueError:
            continue
    return kept


def plain_text(value: str) -> str:
    """``value`` without halves of surrogate pairs, which no request can carry."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Completion:
    """The completion of one document, to which its references lead."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self._document = document
        self._left = MAX_SCHEMAS

    def complete(self, given: object, refs: tuple[str, ...], depth: int) -> Schema:
        self._left -= 1
        if not isinstance(given, Mapping) or depth > MAX_DEPTH or self._left < 0:
            return {}
        given, refs = self._followed(given, refs)
        made: Schema = {}
        for name, value in given.items():
            if isinstance(name, str) and name not in _READ_APART:
                made.update(self._other(name, value, refs, depth + 1))
        self._add_values(made, given)
        self._add_parts(made, given, refs, depth + 1)
        self._add_type(made, given.get("type"))
        return {name: made[name] for name in given if name in made} | made

    def _followed(
        self, given: Mapping[str, Json], refs: tuple[str, ...]
    ) -> tuple[Mapping[str, Json], tuple[str, ...]]:
        """``given`` with what its references mean. One that leads into itself ends there."""
        while isinstance(ref := given.get("$ref"), str):
            beside = {name: value for name, value in given.items() if name != "$ref"}
            target = self._target(ref)
            if ref in refs or len(refs) > MAX_DEPTH:
                kept = ("type", "title", "description")
                return {name: target[name] for name in kept if name in target} | beside, refs
            given, refs = {**target, **beside}, (*refs, ref)
        return given, refs

    def _target(self, ref: str) -> Mapping[str, Json]:
        """What a JSON pointer in this document leads to; nothing for any other reference."""
        if not ref.startswith("#"):
            return {}
        found: Any = self._document
        for part in ref[1:].split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def _other(self, name: str, value: Json, refs: tuple[str, ...], depth: int) -> Schema:
        """A keyword that is not read apart, with its value; nothing if that cannot be read."""
        if name in _TEXTS:
            return {name: plain_text(value)} if isinstance(value, str) else {}
        if name in _LISTS_OF_SCHEMAS:
            inner = self._several(value, refs, depth)
            return {name: inner} if inner else {}
        if name == "additionalProperties" and isinstance(value, Mapping):
            return {name: self.complete(value, refs, depth)}
        try:
            written = json_value(value)
        except ValueError:
            return {}
        if isinstance(written, list | dict) and '"$ref"' in json.dumps(written):
            return {}  # such as "not" or "if": it would lead nowhere
        return {name: written}

    def _several(self, value: object, refs: tuple[str, ...], depth: int) -> list[Json]:
        inner = value if isinstance(value, list | tuple) else ()
        return [self.complete(i, refs, depth) for i in inner if i is True or _is_schema(i)]

    def _add_values(self, made: Schema, given: Mapping[str, Json]) -> None:
        enum, required = given.get("enum"), given.get("required")
        if isinstance(enum, list | tuple) and (kept := json_values(enum)):
            made["enum"] = kept
        if isinstance(required, list | tuple):
            made["required"] = [name for name in required if isinstance(name, str)]

    def _add_parts(
        self, made: Schema, given: Mapping[str, Json], refs: tuple[str, ...], depth: int
    ) -> None:
        properties, items = given.get("properties"), given.get("items")
        if isinstance(properties, Mapping):
            made["properties"] = {
                plain_text(str(name)): self.complete(inner, refs, depth)
                for name, inner in properties.items()
                if inner is not False
            }
        if isinstance(items, list | tuple):  # as in drafts before 2020
            made.setdefault("prefixItems", self._several(items, refs, depth))
        elif _is_schema(items):
            made["items"] = self.complete(items, refs, depth)
        for part in self._several(given.get("allOf"), refs, depth):
            merge(made, part)

    def _add_type(self, made: Schema, given: object) -> None:
        kinds = list(map(str, given if isinstance(given, list | tuple) else [given]))
        if given is None or not kinds:
            kinds = _implied(made)
        elif not all(kind in TYPES for kind in kinds):
            made.pop("type", None)  # of a part of allOf
            kinds = []
        else:
            made["type"] = list(kinds) if isinstance(given, list | tuple) else kinds[0]
        if "array" in kinds and "prefixItems" not in made:
            made.setdefault("items", {})


def merge(schema: Schema, part: Schema) -> None:
    """Add what ``part`` demands to ``schema``. Where both say something, ``schema`` holds."""
    known = schema.get("properties", {})
    properties = {**known, **part.get("properties", {}), **known}
    required = dict.fromkeys([*schema.get("required", ()), *part.get("required", ())])
    for name, value in part.items():
        schema.setdefault(name, value)
    if properties:
        schema["properties"] = properties
    if required:
        schema["required"] = list(required)


def _implied(made: Schema) -> list[str]:
    """The type that a schema without one means. Writes it down."""
    if "type" not in made and {"anyOf", "oneOf", "enum", "const"}.isdisjoint(made):
        if "properties" in made:
            made["type"] = "object"
        elif "items" in made or "prefixItems" in made:
            made["type"] = "array"
    kind = made.get("type")
    return [kind] if isinstance(kind, str) else list(kind or ())


def _is_schema(value: object) -> bool:
    return isinstance(value, Mapping)
