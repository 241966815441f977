"""JSON Schemas for tools, written as Python: types, names and the keys of dicts.

Every tool keeps one JSON Schema of type ``object`` for its parameters. The text of its signature
is made from that schema, whether the tool came from a function, a class or another program.
``arguments`` checks calls against the schema.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from pyagent.protocol import Json
from pyagent.tools.completing import Schema as Schema

_PYTHON = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "array": "list",
    "object": "dict",
}
_KEYS_INDENT = "    "
_MAX_KEY_LINES = 100
_MAX_KEY_DEPTH = 8


def python_type(schema: Mapping[str, Json]) -> str:
    """The type hint with the same meaning as ``schema``, as Python source."""
    if "enum" in schema:
        return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]"
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return union_of(python_type(option) for option in options)
    kind = schema.get("type")
    if isinstance(kind, list):
        return union_of(_PYTHON.get(name, "Any") for name in kind)
    if kind == "array" and schema.get("items"):
        return f"list[{python_type(schema['items'])}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"dict[str, {python_type(schema['additionalProperties'])}]"
    return _PYTHON.get(str(kind), "Any")


def union_of(names: Iterable[str]) -> str:
    """The union of types, as Python source."""
    distinct = sorted(dict.fromkeys(names), key="None".__eq__)
    return "Any" if "Any" in distinct else " | ".join(distinct)


def identifier(name: str) -> str:
    """``name`` as a Python identifier: ``max-results`` → ``max_results``, ``from`` → ``from_``.

    Names such as ``__import__``, by which Python itself works, lose their underscores. The
    identifier is in the form in which Python reads it in code.
    """
    text = unicodedata.normalize("NFKC", name)
    text = "".join(char if f"_{char}".isidentifier() else "_" for char in text) or "_"
    if is_reserved(text) and not keyword.iskeyword(text):
        text = text.strip("_") or "_"
    if not text.isidentifier():
        text = f"_{text}"
    return f"{text}_" if keyword.iskeyword(text) else text


def is_reserved(name: str) -> bool:
    """Whether Python keeps ``name`` for itself: keywords, and names such as ``__import__``."""
    return keyword.iskeyword(name) or re.fullmatch(r"__\w*__", name) is not None


def description_of(schema: Mapping[str, Json]) -> str:
    """The description in ``schema``, in one line."""
    return " ".join(str(schema.get("description", "")).split())


def key_lines(schema: Mapping[str, Json], indent: str) -> list[str]:
    """Lines that say which keys the dicts in ``schema`` have, one key a line."""
    lines: list[str] = []
    for line in _keys(schema, indent + _KEYS_INDENT, 0):
        if len(lines) == _MAX_KEY_LINES:
            return [*lines, f"{indent}{_KEYS_INDENT}…"]
        lines.append(line)
    return lines


def _keys(schema: Mapping[str, Json], indent: str, depth: int) -> Iterator[str]:
    if depth == _MAX_KEY_DEPTH:
        return
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        optional = "" if name in required else ", optional"
        text = description_of(inner)
        yield f"{indent}{name!r}: {python_type(inner)}{optional}{f'. {text}' if text else ''}"
        yield from _keys(inner, indent + _KEYS_INDENT, depth + 1)
    for inner in _parts(schema):
        yield from _keys(inner, indent, depth + 1)


def _parts(schema: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """The schemas of what a value holds without a name, and of what it may be instead."""
    first = schema.get("prefixItems", ())
    has_rest = not first or schema.get("maxItems") != len(first)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict) and (name != "items" or has_rest):
            yield schema[name]
    yield from (item for i, item in enumerate(first) if item not in first[:i])
    for name in ("anyOf", "oneOf"):
        yield from schema.get(name, ())
