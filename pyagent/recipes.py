"""Recipes: how a model or a tool was made, as data (class and arguments), and making it again.

A metaclass records the arguments; saving an agent writes recipes, and loading it uses them. The
data is JSON; a dict with the key ``$`` stands for values that JSON does not have. Keys and
passwords are never in it. Making an object again imports the modules that the data names, calls
only classes that the caller allows, and never runs source text, which is there for people.
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
from types import FrameType
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
"""The option that permits code which comes with a model. A person sets it, never a file."""
_SCALARS = (bool, int, float, str, type(None))


class _Hidden(tuple[Any, ...]):
    """A tuple whose representation shows nothing, because there may be keys in it."""

    def __repr__(self) -> str:
        return "_Hidden()"


class SignedByInit(ABCMeta):
    """A metaclass with its own ``__call__``, whose classes still show what they take."""

    @property
    def __signature__(cls) -> inspect.Signature:
        """The arguments that the class takes; ``inspect`` would find our ``__call__`` instead."""
        init: Any = cls.__init__  # type: ignore[misc]
        if init is object.__init__:
            return inspect.Signature()
        _, *parameters = inspect.signature(init).parameters.values()
        return inspect.Signature(parameters)


class Recorded(SignedByInit):
    """Records the arguments that each object of a class was made with."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__call__(*args, **kwargs)
        attributes = vars(made)
        known = {name: attributes[name] for name in argument_names(cls) if name in attributes}
        attributes["_made_with"] = _Hidden((args, kwargs, known))
        return made


# --- writing -------------------------------------------------------------------------------------


def to_recipe(value: Any) -> Json:
    """``value`` as data. ``missing_parts`` finds in the data what could not be written."""
    if isinstance(type(value), Recorded):
        return _object_recipe(value, _arguments(value))
    if is_dataclass(value) and not isinstance(value, type) and _is_ours(type(value)):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return _object_recipe(value, named)
    if isinstance(value, str) and _PASSWORD_IN_URL.search(value):
        return _missing("an address with a password")
    if type(value) is float and not math.isfinite(value):
        return {"$": "float", "text": str(value)}
    if type(value) in _SCALARS:
        return value
    if isinstance(value, list):
        return [to_recipe(item) for item in value]
    if isinstance(value, tuple):
        return {"$": "tuple", "items": [to_recipe(item) for item in value]}
    if isinstance(value, bytes):
        return {"$": "bytes", "base64": b64encode(value).decode()}
    if isinstance(value, PurePath):
        return {"$": "path", "text": str(value)}
    if isinstance(value, Mapping) and all(type(key) is str for key in value):
        items = {key: _recipe_unless_secret(key, item) for key, item in value.items()}
        return {"$": "dict", "items": items} if "$" in value else items
    if inspect.isfunction(value) and (name := _reference(value)):
        return {"$": "function", "name": name, **_source(value)}
    return {**_missing(_description(value)), **_source(value)}


def missing_parts(data: Json, path: str = "") -> Iterator[str]:
    """The parts that must be given again because a recipe cannot hold them: where, and what."""
    inner = data
    if isinstance(data, dict) and "$" in data:
        if data["$"] == "missing":
            yield f"{path} ({data.get('what')})"
        inner = data.get("options", data.get("items"))
    if isinstance(inner, dict):
        for key, item in inner.items():
            yield from missing_parts(item, f"{path}.{key}" if path else key)
    elif isinstance(inner, list):
        for i, item in enumerate(inner):
            yield from missing_parts(item, f"{path}[{i}]")


def _object_recipe(value: Any, arguments: Mapping[str, Any] | None) -> Json:
    name = _reference(type(value))
    if name is None or arguments is None:
        return _missing(_description(value))
    # A key comes from the environment, or with an object that replaces this one.
    options = {
        key: _recipe_unless_secret(key, item)
        for key, item in arguments.items()
        if not (item and is_secret(key))
    }
    return {"$": "object", "class": name, "options": options, **_source(type(value))}


def _arguments(made: Any) -> dict[str, Any] | None:
    """The arguments that ``made`` was made with, by name and without defaults; None if unknown.

    If an attribute of the same name was changed since, its value counts as the argument.
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
def argument_names(cls: type) -> frozenset[str]:
    """The arguments that a class takes, including those that it only passes on."""
    names: set[str] = set()
    for part in cls.__mro__:
        if inspect.isfunction(init := vars(part).get("__init__")):
            names.update(inspect.signature(init).parameters)
    return frozenset(names)


def _recipe_unless_secret(key: str, value: Any) -> Json:
    if value and key == _TRUST:
        return _missing("permission to run code that comes with the model")
    return _missing("a secret") if value and is_secret(key) else to_recipe(value)


def is_secret(name: str) -> bool:
    """Whether an option of this name holds a key or a password."""
    return bool(_SECRET.search(name))


def _missing(what: str) -> dict[str, Json]:
    return {"$": "missing", "what": what}


def _description(value: Any) -> str:
    if not callable(value) or isinstance(type(value), Recorded):
        return f"a {type(value).__qualname__}"
    name = getattr(value, "__qualname__", type(value).__qualname__)
    return f"the function {name}, which cannot be imported by its name"


def _source(value: Any) -> dict[str, str]:
    """The source of ``value``, for people to read; nothing ever runs it."""
    try:
        return {} if _is_ours(value) else {"source": inspect.getsource(value)}
    except (OSError, TypeError):
        return {}


def _is_ours(value: Any) -> bool:
    return _is_our_module(getattr(value, "__module__", ""))


def _reference(value: Any) -> str | None:
    """The ``module:name`` that imports ``value``; None if there is none."""
    module, name = value.__module__, value.__qualname__
    public = vars(sys.modules["pyagent"])
    if _is_ours(value) and name in public["__all__"]:
        module = "pyagent"
    try:
        return f"{module}:{name}" if _import_object(f"{module}:{name}") is value else None
    except LoadError:
        return None


# --- making again --------------------------------------------------------------------------------


def remake(data: Json, allowed: tuple[type, ...]) -> Any:
    """Make the value of a recipe again. Raises ``LoadError``.

    Classes must be subclasses of ``allowed``, or dataclasses of pyagent; functions must be Python
    functions. Neither may belong to the standard library, so data cannot reach ``shutil.rmtree``.
    """
    if isinstance(data, list):
        return [remake(item, allowed) for item in data]
    if not isinstance(data, dict):
        return data
    kind = data.get("$")
    if kind is None:
        return _remake_items(data, allowed)
    try:
        return _remake_kind(kind, data, allowed)
    except (KeyError, TypeError, ValueError) as error:
        raise LoadError(f"A part of kind {kind!r} cannot be made: {error}.") from error


def _remake_kind(kind: str, data: Mapping[str, Json], allowed: tuple[type, ...]) -> Any:
    if kind == "object":
        cls = class_named(data["class"], allowed)
        return cls(**_remake_items(data["options"], allowed))
    if kind == "function":
        return _function_named(data["name"])
    if kind == "tuple":
        return tuple(remake(item, allowed) for item in data["items"])
    if kind == "dict":
        return _remake_items(data["items"], allowed)
    if kind == "bytes":
        return b64decode(data["base64"], validate=True)
    if kind == "path":
        return Path(data["text"])
    if kind == "float":
        return float(data["text"])
    raise LoadError(f"Parts of kind {kind!r} are unknown; a newer pyagent may know them.")


def _remake_items(items: Mapping[str, Json], allowed: tuple[type, ...]) -> dict[str, Any]:
    if items.get(_TRUST):
        raise LoadError(
            "The saved agent would run code that comes with a model.",
            advice="Give that model again, as in load(folder, model=...), if you trust it.",
        )
    return {key: remake(item, allowed) for key, item in items.items()}


def class_named(name: str, allowed: tuple[type, ...]) -> Any:
    """The class at ``module:name``. Raises ``LoadError`` unless it is one of those allowed."""
    found = _import_object(name)
    if isinstance(found, type) and (
        issubclass(found, allowed) or (_is_ours(found) and is_dataclass(found))
    ):
        return found
    kinds = ", ".join(cls.__name__ for cls in allowed)
    raise LoadError(f"A saved agent may not use {name}; it may use only: {kinds}.")


def reference_to(cls: type) -> str:
    """The ``module:name`` of a class. Raises ``LoadError`` if it does not import the class."""
    name = _reference(cls)
    if name is None:
        raise LoadError(
            f"The class {cls.__qualname__} cannot be imported by its name.",
            advice="Move it to the top level of a module.",
        )
    return name


def _function_named(name: str) -> Any:
    found = _import_object(name)
    if not inspect.isfunction(found):
        raise LoadError(f"{name} is not a function that a saved agent may use.")
    return found


def _import_object(name: str) -> Any:
    """The object at ``module:name``, where ``__main__`` is the script that runs now.

    Refuses everything in the standard library, even through another module that imports it:
    importing some of its modules already does something.
    """
    module, _, path = name.partition(":")
    _refuse_stdlib(module, name)
    if module == "__main__":
        return _checked(_from_script(path), name)
    try:
        found: Any = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise LoadError(
            f"{name} cannot be found: {error}.",
            advice="Install or import what the agent was made with, or give the part again.",
        ) from error
    return _checked(found, name)


def _from_script(path: str) -> Any:
    """What the script that runs defines or imports as ``path``, or else the module that called us.

    A script that loads an agent is not ``__main__`` when something else runs it, as a test does.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None and _is_our_module(frame.f_globals.get("__name__")):
        frame = frame.f_back
    for names in (vars(sys.modules["__main__"]), frame.f_globals if frame is not None else {}):
        first, *rest = path.split(".")
        found = names.get(first)
        for part in rest:
            found = getattr(found, part, None)
        if found is not None:
            return found
    raise LoadError(
        f"{path} was defined in the script that saved the agent, and this script does not have it.",
        advice=f"Define or import {path} here at the top level before you load the agent, or give "
        "the part again, as in load(folder, tools=[...]).",
    )


def _is_our_module(name: object) -> bool:
    return str(name).partition(".")[0] == "pyagent"


def _checked(found: Any, name: str) -> Any:
    """What a saved agent may use under ``name``. For a tool made with ``@tool``, its function."""
    found = found.forward if isinstance(type(found), Recorded) else found
    _refuse_stdlib(str(getattr(found, "__module__", "")), name)
    return found


def _refuse_stdlib(module: str, name: str) -> None:
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise LoadError(
            f"{name} is part of the standard library, which a saved agent may not use.",
            advice="Write a function of your own that calls it.",
        )
