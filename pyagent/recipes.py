"""How models and tools were made, as data: their class and arguments; and making them again.

Their metaclass notes the arguments; saving and loading an agent reads and uses them. The data is
JSON; a dict with the key ``$`` stands for what JSON has no word for. Keys and passwords are never
in it. Making again imports the modules that the data names, calls only classes that the caller
allows, and never runs source text: that is there for people.
"""

from __future__ import annotations

import inspect
import math
import re
import sys
from abc import ABCMeta
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any

from pyagent.errors import LoadError
from pyagent.protocol import Json

_SECRET = re.compile(
    r"api[-_]?key|access[-_]?key|secret|passw|authorization|credential|cookie"
    r"|(^|[-_])(?<!cache[-_])(key|token|auth)$",
    re.IGNORECASE,
)
_PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]+@")
_TRUST = "trust_remote_code"
"""Leave to run code that comes with a model: a person gives it, never a file."""
_SCALARS = (bool, int, float, str, type(None))


class _Hidden(tuple[Any, ...]):
    """A tuple whose representation holds nothing: there may be keys in it."""

    def __repr__(self) -> str:
        return "_Hidden()"


class Recorded(ABCMeta):
    """Notes what each object of a class was made with."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__call__(*args, **kwargs)
        attributes = vars(made)
        known = {name: attributes[name] for name in _names(cls) if name in attributes}
        attributes["_made_with"] = _Hidden((args, kwargs, known))
        return made

    @property
    def __signature__(cls) -> inspect.Signature:
        """What the class takes; ``inspect`` would find our ``__call__`` instead."""
        init: Any = cls.__init__  # type: ignore[misc]
        if init is object.__init__:
            return inspect.Signature()
        _, *parameters = inspect.signature(init).parameters.values()
        return inspect.Signature(parameters)


# --- writing -------------------------------------------------------------------------------------


def describe(value: Any) -> Json:
    """``value`` as data; see ``lacks`` for what becomes of things that cannot be described."""
    if isinstance(type(value), Recorded):
        return _described_object(value, _arguments(value))
    if is_dataclass(value) and not isinstance(value, type) and _is_ours(type(value)):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return _described_object(value, named)
    if isinstance(value, str) and _PASSWORD_IN_URL.search(value):
        return _missing("an address with a password")
    if type(value) is float and not math.isfinite(value):
        return {"$": "float", "text": str(value)}
    if type(value) in _SCALARS:
        return value
    if isinstance(value, list):
        return [describe(item) for item in value]
    if isinstance(value, tuple):
        return {"$": "tuple", "items": [describe(item) for item in value]}
    if isinstance(value, bytes):
        return {"$": "bytes", "base64": b64encode(value).decode()}
    if isinstance(value, PurePath):
        return {"$": "path", "text": str(value)}
    if isinstance(value, Mapping) and all(type(key) is str for key in value):
        items = {key: _unless_secret(key, item) for key, item in value.items()}
        return {"$": "dict", "items": items} if "$" in value else items
    if inspect.isfunction(value) and (name := _reference(value)):
        return {"$": "function", "name": name, **_source(value)}
    return {**_missing(_in_words(value)), **_source(value)}


def lacks(data: Json, path: str = "") -> Iterator[str]:
    """What must be given again because it could not be described: where, and what it was."""
    inner = data
    if isinstance(data, dict) and "$" in data:
        if data["$"] == "missing":
            yield f"{path} ({data.get('what')})"
        inner = data.get("options", data.get("items"))
    if isinstance(inner, dict):
        for key, item in inner.items():
            yield from lacks(item, f"{path}.{key}" if path else key)
    elif isinstance(inner, list):
        for i, item in enumerate(inner):
            yield from lacks(item, f"{path}[{i}]")


def _described_object(value: Any, arguments: Mapping[str, Any] | None) -> Json:
    name = _reference(type(value))
    if name is None or arguments is None:
        return _missing(_in_words(value))
    # A key comes from the environment, or with the object that replaces this one.
    options = {
        key: _unless_secret(key, item)
        for key, item in arguments.items()
        if not (item and _is_secret(key))
    }
    return {"$": "object", "class": name, "options": options, **_source(type(value))}


def _arguments(made: Any) -> dict[str, Any] | None:
    """By name what ``made`` was made with, as far as it is not the default; None if unknown.

    An attribute of the same name that was changed since counts as the argument.
    """
    args, kwargs, known = vars(made).get("_made_with", ((), None, {}))
    if kwargs is None:
        return None
    signature = inspect.signature(type(made))
    given: dict[str, Any] = {}
    for name, value in signature.bind(*args, **kwargs).arguments.items():
        kind = signature.parameters[name].kind
        if kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
            return None
        given.update(value if kind is inspect.Parameter.VAR_KEYWORD else {name: value})
    now = vars(made)
    changed = {name for name, value in known.items() if now.get(name, value) is not value}
    return given | {name: now[name] for name in changed}


@cache
def _names(cls: type) -> frozenset[str]:
    """The arguments that a class takes, those included that it only passes on."""
    names: set[str] = set()
    for part in cls.__mro__:
        if inspect.isfunction(init := vars(part).get("__init__")):
            names.update(inspect.signature(init).parameters)
    return frozenset(names)


def _unless_secret(key: str, value: Any) -> Json:
    if value and key == _TRUST:
        return _missing("leave to run code that comes with the model")
    return _missing("a secret") if value and _is_secret(key) else describe(value)


def _is_secret(name: str) -> bool:
    return bool(_SECRET.search(name))


def _missing(what: str) -> dict[str, Json]:
    return {"$": "missing", "what": what}


def _in_words(value: Any) -> str:
    if not callable(value) or isinstance(type(value), Recorded):
        return f"a {type(value).__qualname__}"
    name = getattr(value, "__qualname__", type(value).__qualname__)
    return f"the function {name}, which cannot be imported by its name"


def _source(value: Any) -> dict[str, str]:
    """For people; nothing ever runs it."""
    try:
        return {} if _is_ours(value) else {"source": inspect.getsource(value)}
    except (OSError, TypeError):
        return {}


def _is_ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).split(".")[0] == "pyagent"


def _reference(value: Any) -> str | None:
    """``module:name`` from which ``value`` can be had again, else None."""
    module, name = value.__module__, value.__qualname__
    public = vars(sys.modules["pyagent"])
    if _is_ours(value) and name in public["__all__"]:
        module = "pyagent"
    try:
        return f"{module}:{name}" if _found(f"{module}:{name}") is value else None
    except LoadError:
        return None


# --- making again --------------------------------------------------------------------------------


def remake(data: Json, allowed: tuple[type, ...]) -> Any:
    """What ``describe`` described. Raises ``LoadError``.

    Classes must be subclasses of ``allowed``, or dataclasses of pyagent; functions must be Python
    functions. Nothing is of the standard library, so that data alone reaches no ``shutil.rmtree``.
    """
    if isinstance(data, list):
        return [remake(item, allowed) for item in data]
    if not isinstance(data, dict):
        return data
    kind = data.get("$")
    if kind is None:
        return _remade_items(data, allowed)
    try:
        return _remade(kind, data, allowed)
    except (KeyError, TypeError, ValueError) as error:
        raise LoadError(f"A part of kind {kind!r} cannot be made: {error}.") from error


def _remade(kind: str, data: Mapping[str, Json], allowed: tuple[type, ...]) -> Any:
    if kind == "object":
        cls = class_named(data["class"], allowed)
        return cls(**_remade_items(data["options"], allowed))
    if kind == "function":
        return _function_named(data["name"])
    if kind == "tuple":
        return tuple(remake(item, allowed) for item in data["items"])
    if kind == "dict":
        return _remade_items(data["items"], allowed)
    if kind == "bytes":
        return b64decode(data["base64"], validate=True)
    if kind == "path":
        return Path(data["text"])
    if kind == "float":
        return float(data["text"])
    raise LoadError(f"There is no part of kind {kind!r}; a newer pyagent may know it.")


def _remade_items(items: Mapping[str, Json], allowed: tuple[type, ...]) -> dict[str, Any]:
    if items.get(_TRUST):
        raise LoadError(
            "What was saved wants code that comes with a model to be run.",
            advice="Give that model again, as in load(folder, model=...), if you trust it.",
        )
    return {key: remake(item, allowed) for key, item in items.items()}


def class_named(name: str, allowed: tuple[type, ...]) -> Any:
    """The class at ``module:name``. Raises ``LoadError`` when it is not one of the allowed."""
    found = _found(name)
    if isinstance(found, type) and (
        issubclass(found, allowed) or (_is_ours(found) and is_dataclass(found))
    ):
        return found
    kinds = ", ".join(cls.__name__ for cls in allowed)
    raise LoadError(f"{name} is none of what a saved agent may use: {kinds}.")


def reference_to(cls: type) -> str:
    """``module:name`` of a class. Raises ``LoadError`` when it cannot be imported by it."""
    name = _reference(cls)
    if name is None:
        raise LoadError(
            f"The class {cls.__qualname__} cannot be imported by its name.",
            advice="Move it to the top level of a module.",
        )
    return name


def _function_named(name: str) -> Any:
    found = _found(name)
    if not inspect.isfunction(found):
        raise LoadError(f"{name} is no function that a saved agent may use.")
    return found


def _found(name: str) -> Any:
    """The object at ``module:name``; of a tool made with ``@tool``, its function.

    Nothing of the standard library, also not by way of a module that imports it; some of its
    modules do things already when they are imported.
    """
    module, _, path = name.partition(":")
    _refuse_stdlib(module, name)
    try:
        found: Any = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise LoadError(
            f"{name} is not there: {error}.",
            advice="Install or import what the agent was made with, or give the part again.",
        ) from error
    found = found.forward if isinstance(type(found), Recorded) else found
    _refuse_stdlib(str(getattr(found, "__module__", "")), name)
    return found


def _refuse_stdlib(module: str, name: str) -> None:
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise LoadError(
            f"{name} is part of the standard library, and nothing of that may be used.",
            advice="Write a function of your own that calls it.",
        )
