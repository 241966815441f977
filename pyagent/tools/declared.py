"""Reads what a function declares: parameters, type hints, docstring. ``Tool`` uses this.

Whatever is missing or cannot be used is added to a list of faults, so that one error tells all.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from docstring_parser import Docstring, parse

from pyagent.protocol import Json
from pyagent.tools.completing import Schema, json_value
from pyagent.tools.fitting import Misfit
from pyagent.tools.hints import description_in, kind_of
from pyagent.tools.images import any_image_kind
from pyagent.tools.kinds import DefaultKind, Kind, PlainKind, UnionKind
from pyagent.tools.schema import is_reserved

_NONE = PlainKind(schema={"type": "null"}, cls=type(None))
_TYPES = (
    "str, int, float, bool, list, dict, Literal, an Enum, a date, a dataclass, a TypedDict, a "
    "pydantic model or PIL.Image.Image"
)


@dataclass(kw_only=True)
class Declared:
    """The parameters of a function."""

    properties: dict[str, Schema] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    keyword_only: frozenset[str] = frozenset()
    kinds: dict[str, Kind] = field(default_factory=dict)
    """The kind of each parameter with a type hint that can be read."""

    @property
    def schema(self) -> Schema:
        return {"type": "object", "properties": self.properties, "required": self.required}


def declared_by(function: Callable[..., object], faults: list[str]) -> Declared:
    """The parameters of a function, with their descriptions from its docstring."""
    hints = resolve_hints(function, faults)
    documented = {item.arg_name: item.description or "" for item in read_docstring(function).params}
    parameters = usable_parameters(function, faults)
    declared = Declared(keyword_only=keyword_only(parameters))
    for name, parameter in parameters.items():
        text = documented.get(name) or description_in(hints.get(name))
        kind = kind_of(hints[name]) if name in hints else None
        if name not in hints:
            faults.append(f"parameter '{name}' has no type hint")
        elif kind is None:
            faults.append(
                f"parameter '{name}' has the type {hints[name]!r}, which JSON does not have: use "
                f"{_TYPES}"
            )
        if not text:
            faults.append(f"the docstring does not describe '{name}' under 'Args:'")
        schema: Schema = {}
        if kind is not None:
            declared.kinds[name] = kind = with_default(kind, parameter.default)
            schema, text = kind.schema, " ".join(filter(None, (text, kind.note)))
        declared.properties[name] = {**schema, "description": text}
        if parameter.default is parameter.empty:
            declared.required.append(name)
        elif (default := _shown_default(parameter.default)) is not _HIDDEN:
            declared.properties[name]["default"] = default
    return declared


def declared_in(inputs: Any, function: Callable[..., object], faults: list[str]) -> Declared:
    """The parameters of a function whose schemas are ``inputs``, as in smolagents."""
    parameters = usable_parameters(function, faults)
    declared = Declared(keyword_only=keyword_only(parameters))
    if set(parameters) != set(inputs):
        faults.append(
            f"inputs names {sorted(map(str, inputs))}, forward() takes {sorted(parameters)}"
        )
        return declared
    hints = resolve_hints(function, [])
    for name, parameter in parameters.items():
        schema = inputs[name] if isinstance(inputs[name], dict) else {}
        if not schema.get("description") or not (schema.get("type") or schema.get("anyOf")):
            faults.append(f"input '{name}' needs a 'type' and a 'description'")
        if parameter.default is None:
            schema = {**schema, "nullable": True}
        kind = kind_of(hints[name]) if name in hints else None
        if schema.get("type") == "image":
            kind = kind if kind is not None and kind.takes_images else any_image_kind()
            text = " ".join(filter(None, (str(schema.get("description", "")), kind.note)))
            schema = {**schema, "type": "string", "description": text}
        declared.properties[name] = schema
        if kind is not None and not isinstance(kind, PlainKind):  # what inputs says is enough
            if schema.get("nullable"):
                kind = UnionKind(schema={}, options=[kind, _NONE])
            declared.kinds[name] = with_default(kind, parameter.default)
        if parameter.default is parameter.empty:
            declared.required.append(name)
    return declared


def usable_parameters(
    function: Callable[..., object], faults: list[str]
) -> dict[str, inspect.Parameter]:
    """The parameters that a model can use. It must see each of them by name."""
    usable: dict[str, inspect.Parameter] = {}
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError) as error:
        faults.append(f"its signature cannot be read: {error}")
        return usable
    for name, parameter in parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            faults.append(f"'*{name}' is not possible: a model must see each parameter by name")
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            faults.append(f"parameter '{name}' cannot be given by name")
        if is_reserved(name):
            faults.append(f"Python keeps the name of parameter '{name}' for itself")
        usable[name] = parameter
    return usable


def not_taken_by(function: Callable[..., object], names: Iterable[str]) -> list[str]:
    """Those of ``names`` that cannot be passed to ``function`` by name."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # some functions in C do not say what they take
        return []
    kinds = {name: parameter.kind for name, parameter in parameters.items()}
    if inspect.Parameter.VAR_KEYWORD in kinds.values():
        return []
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [name for name in names if kinds.get(name) not in by_name]


def keyword_only(parameters: dict[str, inspect.Parameter]) -> frozenset[str]:
    """The names of the parameters that cannot be given by position."""
    return frozenset(name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY)


def with_default(kind: Kind, default: object) -> Kind:
    """``kind``, widened if the default is of another type: ``city: str = None`` takes None."""
    if default is inspect.Parameter.empty:
        return kind
    try:
        written = json_value(default)
        kind.build(written)
    except ValueError:  # what JSON does not have cannot be given either
        return kind
    except Misfit:
        if default is None:
            return UnionKind(schema={"anyOf": [kind.schema, _NONE.schema]}, options=[kind, _NONE])
        return DefaultKind(schema=kind.schema, kind=kind, written=written, default=default)
    return kind


_HIDDEN = object()


def _shown_default(default: object) -> Json:
    """A default as the model sees it, or ``_HIDDEN`` if it is no plain value."""
    try:
        written = json_value(default)
    except ValueError:
        return _HIDDEN
    return _HIDDEN if isinstance(written, list | dict) else written


def resolve_hints(function: Callable[..., object], faults: list[str]) -> dict[str, Any]:
    """Type hints with names resolved. A name that does not exist is added to ``faults``."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        fault = f"a type hint is unknown: {error}"
    except Exception as error:  # a hint is text that may hold anything
        fault = f"a type hint cannot be read: {error}"
    if fault not in faults:
        faults.append(fault)
    return {}


def read_docstring(function: Callable[..., object]) -> Docstring:
    """The parsed docstring, Google style or any other that docstring-parser knows."""
    return parse(inspect.getdoc(function) or "")
