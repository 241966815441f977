"""JSON Schemas for tools: made from Python signatures, and written back as Python signatures.

Every tool keeps one JSON Schema of type ``object`` for its parameters. The text of its signature
is made from that schema, whether the tool came from a function, a class or another program.
``arguments`` checks calls against the schema.
"""

from __future__ import annotations

import inspect
import keyword
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, Literal, Union

from docstring_parser import Docstring, parse

from pyagent.protocol import Json

Schema = dict[str, Json]

_PLAIN: dict[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
    None: "null",
}
_PYTHON = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "array": "list",
    "object": "dict",
}
_HOLDS_NAMED = ("properties", "$defs", "definitions")
_HOLDS_SEVERAL = ("anyOf", "oneOf", "allOf", "prefixItems")
_HOLDS_ONE = ("items", "additionalProperties")
"""Keywords of JSON Schema that hold further schemas."""
_ARRAYS = (list, tuple, set, frozenset, Sequence, Iterable, AbstractSet)


def schema_of_type(hint: object) -> Schema | None:
    """The JSON Schema of a type hint, or None for a type that JSON cannot express."""
    if hint is Any or hint is object:
        return {}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    origin, arguments = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is typing.Annotated:
        return schema_of_type(arguments[0])
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        options = [schema_of_type(argument) for argument in arguments]
        return None if None in options else {"anyOf": options}
    if origin in _ARRAYS:
        items = _common_item(origin, arguments)
        return None if items is None else {"type": "array", "items": items}
    if origin in (dict, Mapping):
        values = schema_of_type(arguments[1]) if len(arguments) == 2 else {}
        if values is None:
            return None
        return {"type": "object", **({"additionalProperties": values} if values else {})}
    return _schema_of_class(hint)


def _common_item(origin: object, arguments: tuple[object, ...]) -> Schema | None:
    """The schema of an array's items, or ``{}`` if their types differ or are unknown."""
    kinds = [argument for argument in arguments if argument is not Ellipsis]
    if len(kinds) != 1 or (origin is tuple and Ellipsis not in arguments):
        return {}
    return schema_of_type(kinds[0])


def _schema_of_class(hint: object) -> Schema | None:
    if not isinstance(hint, type):
        return None
    if issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if typing.is_typeddict(hint):
        hints = typing.get_type_hints(hint)
        properties = {name: schema_of_type(kind) for name, kind in hints.items()}
        if None in properties.values():
            return None
        required = sorted(getattr(hint, "__required_keys__", ()))
        return {"type": "object", "properties": properties, "required": required}
    return None


def completed(schema: Mapping[str, Json]) -> Schema:
    """``schema`` in the form that providers accept, at every depth.

    Every array gets ``items``, if only ``{}``, because OpenAI requires it. A type that JSON lacks,
    such as smolagents' ``any`` and ``image``, is removed.
    """
    made = {name: _completed_inside(name, value) for name, value in schema.items()}
    given = schema.get("type")
    kinds = list(map(str, given if isinstance(given, list) else [given]))
    if given is not None and not all(kind in _PYTHON for kind in kinds):
        del made["type"]
    elif "array" in kinds and "prefixItems" not in schema:
        made.setdefault("items", {})
    return made


def _completed_inside(keyword: str, value: Json) -> Json:
    """Complete ``value`` only if ``keyword`` holds a schema: a property may be called ``type``."""
    if keyword in _HOLDS_NAMED and isinstance(value, dict):
        return {name: _completed_inside("items", inner) for name, inner in value.items()}
    if keyword in _HOLDS_SEVERAL and isinstance(value, list):
        return [_completed_inside("items", inner) for inner in value]
    return completed(value) if keyword in _HOLDS_ONE and isinstance(value, dict) else value


def python_type(schema: Mapping[str, Json]) -> str:
    """The type hint with the same meaning as ``schema``, as Python source."""
    if "enum" in schema:
        return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]"
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return _union(python_type(option) for option in options)
    kind = schema.get("type")
    if isinstance(kind, list):
        return _union(_PYTHON.get(name, "Any") for name in kind)
    if kind == "array" and schema.get("items"):
        return f"list[{python_type(schema['items'])}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"dict[str, {python_type(schema['additionalProperties'])}]"
    return _PYTHON.get(str(kind), "Any")


def _union(names: Iterable[str]) -> str:
    distinct = sorted(dict.fromkeys(names), key="None".__eq__)
    return "Any" if "Any" in distinct else " | ".join(distinct)


def identifier(name: str) -> str:
    """``name`` as a Python identifier: ``max-results`` → ``max_results``, ``from`` → ``from_``."""
    text = re.sub(r"\W", "_", name) or "_"
    if text[0].isdigit():
        text = f"_{text}"
    return f"{text}_" if keyword.iskeyword(text) else text


def parameters_of(function: Callable[..., object], faults: list[str]) -> Schema:
    """The schema of a function's parameters, with their descriptions from its docstring.

    Whatever is missing is added to ``faults``.
    """
    hints = resolve_hints(function, faults)
    documented = {item.arg_name: item.description or "" for item in read_docstring(function).params}
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            faults.append(f"'*{name}' is not possible: a model must see each parameter by name")
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            faults.append(f"parameter '{name}' cannot be given by name")
        schema = schema_of_type(hints[name]) if name in hints else None
        if name not in hints:
            faults.append(f"parameter '{name}' has no type hint")
        elif schema is None:
            faults.append(
                f"parameter '{name}' has the type {hints[name]!r}, which JSON does not have: use "
                "str, int, float, bool, list, dict, Literal, an Enum or a TypedDict"
            )
        if not documented.get(name):
            faults.append(f"the docstring does not describe '{name}' under 'Args:'")
        properties[name] = {**(schema or {}), "description": documented.get(name, "")}
        if parameter.default is parameter.empty:
            required.append(name)
        elif _is_json_scalar(parameter.default):
            properties[name]["default"] = parameter.default
    return {"type": "object", "properties": properties, "required": required}


def _is_json_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def resolve_hints(function: Callable[..., object], faults: list[str]) -> dict[str, Any]:
    """Type hints with names resolved. A name that does not exist is added to ``faults``."""
    try:
        return typing.get_type_hints(function)
    except NameError as error:
        fault = f"a type hint is unknown: {error}"
        if fault not in faults:
            faults.append(fault)
        return {}


def read_docstring(function: Callable[..., object]) -> Docstring:
    """The parsed docstring, Google style or any other that docstring-parser knows."""
    return parse(inspect.getdoc(function) or "")
