"""Reads the value of a parameter that stands between tags.

``dialects`` and ``named_elements`` use it.

Such a value has no quotes, so only the schema of the parameter tells ``7`` from the text ``7``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pyagent.errors import ProtocolError
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.protocol import Json
from pyagent.wire import parse_json

_MAX_NESTED = 16
"""How deep elements inside a value are read; deeper ones stay text."""
_UNIONS = ("anyOf", "oneOf", "allOf")
_CDATA = re.compile(r"\s*+<!\[CDATA\[(.*)\]\]>\s*+", re.S)
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_TAG = re.compile(r"<(?P<end>/)?(?P<name>[A-Za-z_][\w.-]{0,99})>")
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}


def typed_value(body: str, schema: Mapping[str, Any], *, is_text: bool | None = None) -> Json:
    """The value that ``body`` stands for, if the parameter has this JSON Schema.

    ``is_text`` is what the markup says of it, None if it says nothing. One newline after the first
    tag and one before the last belong to the markup; other white space of a text is kept.
    """
    text = _unwrapped(body)
    types = _types(schema)
    if is_text and (not types or "string" in types):
        return text
    if types == {"string"} and is_text is None:
        return text
    value = _parsed(text.strip(), types)
    if value is None and text.strip() not in ("null", "None"):
        value = _nested(text, schema, depth=0) if types & {"object", "array"} else None
        return text if value is None else value
    if "string" in types and not _fits(value, types):
        return text
    return value


def _unwrapped(body: str) -> str:
    if cdata := _CDATA.fullmatch(body):
        return cdata[1]
    return body[1:].removesuffix("\n") if body.startswith("\n") else body


def _types(schema: Mapping[str, Any], depth: int = 0) -> set[str]:
    """The types that a schema allows; empty if it does not say."""
    named = schema.get("type")
    types = {named} if isinstance(named, str) else set()
    if isinstance(named, list):
        types |= {one for one in named if isinstance(one, str)}
    if not types and isinstance(schema.get("enum"), list):
        types |= {_type_of(one) for one in schema["enum"]}
    for key in _UNIONS:
        options = schema.get(key)
        if isinstance(options, list) and depth < _MAX_NESTED:
            for option in options:
                types |= _types(option, depth + 1) if isinstance(option, Mapping) else set()
    return types | ({"null"} if types and schema.get("nullable") is True else set())


def _type_of(value: Json) -> str:
    return "null" if value is None else _TYPES.get(type(value), "array")


def _fits(value: Json, types: set[str]) -> bool:
    """Whether a schema that allows text allows this value too, so that it is not meant as text."""
    found = _type_of(value)
    return found != "string" and (found in types or (found == "integer" and "number" in types))


def _parsed(text: str, types: set[str]) -> Json:
    """The value of JSON, or of what is nearly JSON if the schema allows no text; else None."""
    try:
        return parse_json(text)
    except ProtocolError:
        pass
    if not types or "string" in types:
        return None
    if types & {"integer", "number"} and _INTEGER.fullmatch(text):
        return int(text)
    try:
        return parse_loose_json(text)
    except ProtocolError:
        return None


def _nested(text: str, schema: Mapping[str, Any], *, depth: int) -> Json:
    """The dict or list that elements in ``text`` make; None if there is other text around them."""
    children = _children(text) if depth < _MAX_NESTED else []
    if not children:
        return None
    is_list = "array" in _types(schema) or {name for name, _ in children} == {"item"}
    if is_list:
        return [_child(body, _schema_at(schema, "items"), depth) for _, body in children]
    properties = _schema_at(schema, "properties")
    several: dict[str, list[Json]] = {}
    for name, body in children:
        value = _child(body, _schema_at(properties, name), depth)
        several.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in several.items()}


def _child(body: str, schema: Mapping[str, Any], depth: int) -> Json:
    types = _types(schema)
    if not types or types & {"object", "array"}:
        nested = _nested(body, schema, depth=depth + 1)
        if nested is not None:
            return nested
    return typed_value(body, schema)


def _schema_at(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = schema.get(key)
    return found if isinstance(found, Mapping) else {}


def _children(text: str) -> list[tuple[str, str]]:
    """The names and contents of the outermost elements, if ``text`` holds nothing else."""
    children: list[tuple[str, str]] = []
    opened: list[str] = []
    start = position = 0
    for tag in _TAG.finditer(text):
        if not opened and text[position : tag.start()].strip():
            return []
        if not tag["end"]:
            start = start if opened else tag.end()
            opened.append(tag["name"])
        elif opened and tag["name"] == opened[-1]:
            opened.pop()
        elif tag["name"] in opened[:1]:
            opened.clear()  # what is inside is text with tags of its own
        else:
            continue
        if not opened:
            children.append((tag["name"], text[start : tag.start()]))
            position = tag.end()
    return [] if opened or text[position:].strip() else children
