"""Checks options against their declared types: those of agents, models, batches and runs.

``@checked`` does it for an ``__init__``, ``fitted`` for one value. The annotations are the only
list of options; what an annotation cannot say, such as a smallest number, is checked elsewhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache, wraps
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from pyagent.recipes import is_secret

F = TypeVar("F", bound=Callable[..., None])

_READ_ELSEWHERE = {"approve", "files", "images", "additional_args", "choose"}
"""Options with a reader of their own, which takes more than they declare and explains the rest."""
_PASSED_ON = object()
"""The default of an option that another ``__init__`` has."""
_KINDS: Mapping[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    NoneType: "None",
    Mapping: "a dict",
    Callable: "a function",
}
_MANY: Mapping[Any, str] = {str: "texts", Callable: "functions"}


def checked(init: F) -> F:
    """Let an ``__init__`` take keyword-only options only if they fit their types.

    One thing is taken where a list of such things is declared, and None where the default is
    empty. A text that may come by position, such as a model's name, must fit too. Raises
    ``TypeError`` that names the option, what was given and what to write. The class method
    ``explain_option``, if the class has one, says where an option goes that it does not take.
    """

    @wraps(init)
    def checking(self: Any, *args: Any, **given: Any) -> None:
        taken, has_more = _options_of(checking)
        caller = getattr(self, "called_as", type(self).__name__)
        for place, name in _texts_of(checking):
            if place < len(args) or name in given:
                value = args[place] if place < len(args) else given[name]
                fitted(value, str, name=name, caller=caller)
        for name, value in given.items():
            if name not in taken:
                if not has_more and name not in _parameters(init):
                    raise _unknown_to(type(self), name, value, caller)
            elif value is None and taken[name][1] is _PASSED_ON:
                continue  # whoever has the default knows what None means
            elif value is None and taken[name][1] in ("", ()):
                given[name] = taken[name][1]
            else:
                given[name] = fitted(value, taken[name][0], name=name, caller=caller)
        init(self, *args, **given)

    return cast(F, checking)


def fitted(value: Any, hint: Any, *, name: str, caller: str) -> Any:
    """``value`` as ``hint`` declares it. Raises ``TypeError`` that says what to write instead."""
    if name in _READ_ELSEWHERE:
        return value
    try:
        return _fitted(value, hint)
    except _Misfit as misfit:
        advice = misfit.advice or _advice(name, value, hint)
        where = f"{name}{misfit.where}"
        found = misfit.found if not is_secret(name) or value is None else _kind(value)
        raise TypeError(
            f"{where} of {caller} must be {misfit.wanted}, not {found}."
            f"{f' Write {advice}' if advice else ''}"
        ) from None


def check_options(given: Mapping[str, Any], declared: type, *, caller: str) -> dict[str, Any]:
    """The options of a call, which ``declared``, a ``TypedDict``, has. Raises ``TypeError``."""
    for name in given:
        if name not in _hints(declared):
            raise unknown(name, caller, _hints(declared))
    return fit_known(given, declared, caller=caller)


def fit_known(given: Mapping[str, Any], declared: type, *, caller: str) -> dict[str, Any]:
    """The options, of which those that ``declared`` has must fit. Raises ``TypeError``."""
    hints = _hints(declared)
    return {
        name: fitted(value, hints.get(name, Any), name=name, caller=caller)
        for name, value in given.items()
    }


def unknown(name: str, caller: str, known: Iterable[str], *, advice: str = "") -> TypeError:
    """The error about an option that ``caller`` does not take; ``advice`` is what to do instead."""
    if advice:
        return TypeError(f"{caller} takes no option {name!r}. {advice}")
    names = list(dict.fromkeys(known))
    close = get_close_matches(name, names, 1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return TypeError(
        f"{caller} takes no option {name!r}.{meant} Its options are: {', '.join(names)}."
    )


def _unknown_to(cls: type, name: str, value: Any, caller: str) -> TypeError:
    """The error about an option that no ``__init__`` of a class takes."""
    inits = [vars(part)["__init__"] for part in cls.__mro__[:-1] if "__init__" in vars(part)]
    known = [option for init in inits for option in _options_of(init)[0]]
    explain: Callable[..., str] = getattr(cls, "explain_option", lambda *_: "")
    return unknown(name, caller, known, advice=explain(name, value, known))


@cache
def _texts_of(init: Callable[..., None]) -> Sequence[tuple[int, str]]:
    """The place after self and the name of each text that may come by position."""
    hints = _hints(inspect.unwrap(init))
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [
        (place, each.name)
        for place, each in enumerate(list(_parameters(init).values())[1:])
        if each.kind is positional and hints.get(each.name) is str
    ]


@cache
def _parameters(init: Callable[..., None]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(init).parameters


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    names: dict[str, Any] = {}
    while True:
        try:
            return get_type_hints(kind, localns=names)
        except NameError as error:  # imported for type checkers only
            if not error.name or error.name in names:
                raise
            names[error.name] = _Unchecked()


class _Unchecked:
    """Stands for a module that only type checkers import: any value fits its classes."""

    def __getattr__(self, name: str) -> Any:
        return Any


@cache
def _options_of(init: Callable[..., None]) -> tuple[Mapping[str, tuple[Any, Any]], bool]:
    """The keyword-only options with their types and defaults, and whether it passes on more.

    Those that it passes on by ``**options: Unpack[…]`` are among them.
    """
    kinds = inspect.Parameter
    hints = _hints(inspect.unwrap(init))
    options: dict[str, tuple[Any, Any]] = {}
    passes_on = False
    for each in _parameters(init).values():
        if each.kind is kinds.KEYWORD_ONLY:
            options[each.name] = hints.get(each.name, Any), each.default
        elif each.kind is kinds.VAR_KEYWORD:
            passes_on = True
            declared = next(iter(get_args(hints.get(each.name))), None)
            if is_typeddict(declared):
                options |= {name: (hint, _PASSED_ON) for name, hint in _hints(declared).items()}
    return options, passes_on


class _Misfit(Exception):
    """A value does not fit. ``where`` leads to the part that does not, ``advice`` is code."""

    def __init__(self, wanted: str, value: Any, *, where: str = "", advice: str = "") -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.found = _shown(value)
        self.where = where
        self.advice = advice


def _fitted(value: Any, hint: Any) -> Any:
    origin = get_origin(hint) or hint
    if hint is Any:
        return value
    if origin in (Union, UnionType):
        return _one_of(value, hint)
    if origin is Literal:
        if value in get_args(hint):
            return value
    elif origin is Sequence:
        return _listed(value, (get_args(hint) or (Any,))[0])
    elif origin in (Callable, Mapping):
        if isinstance(value, origin):
            return value
    elif origin in (int, float):
        if isinstance(value, Integral if origin is int else Real) and not isinstance(value, bool):
            return int(cast(int, value)) if origin is int else value
    elif not isinstance(origin, type) or isinstance(value, origin):
        return _with_fields(value) if is_dataclass(origin) else value
    raise _Misfit(_said(hint), value)


def _one_of(value: Any, hint: Any) -> Any:
    for arm in get_args(hint):
        with suppress(_Misfit):
            return _fitted(value, arm)
    inner = [arm for arm in get_args(hint) if arm is not NoneType]
    if len(inner) == 1 and value is not None and not _is_plain(inner[0]):
        _fitted(value, inner[0])  # says more about a part that does not fit
    raise _Misfit(_said(hint), value)


def _is_plain(hint: Any) -> bool:
    return not (is_dataclass(hint) or get_origin(hint) is Sequence)


def _listed(value: Any, item: Any) -> tuple[Any, ...]:
    """The things in a list of ``item``. A single thing counts as a list of one."""
    with suppress(_Misfit):
        if item is not Any:
            return (_fitted(value, item),)
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise _Misfit(_said(Sequence[item]), value)
    things = tuple(value)
    for i, thing in enumerate(things):
        try:
            _fitted(thing, item)
        except _Misfit as misfit:
            raise _Misfit(misfit.wanted, thing, where=f"[{i}]", advice=misfit.advice) from None
    return things


def _with_fields(value: Any) -> Any:
    """``value``, a dataclass, if its fields fit."""
    hints = _hints(cast(Any, type(value)))
    for field in fields(value):
        part = getattr(value, field.name)
        try:
            _fitted(part, hints[field.name])
        except _Misfit as misfit:
            code = _advice(field.name, part, hints[field.name]).rstrip(".")
            made = f"{type(value).__name__}({code})." if code else ""
            raise _Misfit(misfit.wanted, part, where=f".{field.name}", advice=made) from None
    return value


# --- in words --------------------------------------------------------------------------------


def _said(hint: Any) -> str:
    """What fits ``hint``, in words."""
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(map(_said, get_args(hint))))
    if origin is Literal:
        return " or ".join(map(repr, get_args(hint)))
    if origin is Sequence:
        item = (get_args(hint) or (Any,))[0]
        return f"a list of {_MANY.get(get_origin(item) or item) or _plural(item)}"
    return _KINDS.get(origin) or _article(_name(origin))


def _name(kind: Any) -> str:
    return "agent" if getattr(kind, "__name__", "") == "Copyable" else str(kind.__name__)


def _plural(kind: Any) -> str:
    return "things" if kind is Any else f"{_name(kind)}s"


def _article(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _shown(value: Any) -> str:
    """What was given, in words: short, whatever it is."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    if isinstance(value, str | bytes | int | float):
        return f"{value!r:.60} ({type(value).__name__})"
    return _kind(value)


def _kind(value: Any) -> str:
    return _article(type(value).__name__)


def _advice(name: str, value: Any, hint: Any) -> str:
    """The code to write instead, if it can be guessed."""
    arms: Collection[Any] = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [get_origin(arm) or arm for arm in arms]
    if int in kinds or float in kinds:
        with suppress(ValueError, TypeError, OverflowError):
            number = float(value) if isinstance(value, str | float) else None
            if number is not None and (number.is_integer() or float in kinds):
                return f"{name}={int(number) if number.is_integer() else number}."
    for kind in kinds:
        if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, Mapping | Real):
            parts = ", ".join(f"{field.name}=…" for field in fields(kind))
            return f"{name}={kind.__name__}({parts})."
        if inspect.isclass(value) and isinstance(kind, type) and issubclass(value, kind):
            return f"{name}={value.__name__}(…)."
        if isinstance(value, str) and name == "executor":
            return f"executor_type={value!r}."
    return ""
