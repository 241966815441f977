"""Turns messages into JSON text and back, checked against their declaration in ``protocol``.

It is called wherever a message leaves or enters a realm. A message that enters may come from
generated code, so size and depth are checked before anything is parsed: text nested about 2,500
deep kills Pyodide's interpreter inside ``json.loads``. ``web/src/wire.ts`` does the same in
TypeScript, and ``tests/protocol_cases.json`` holds both to one behaviour. Buffers do not pass
through here. ``to_data`` and ``from_data`` apply the same rules to the files that keep agents and
their memory.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pyagent.errors import ProtocolError

MAX_CHARS = 16 * 1024 * 1024
"""The longest text of one message, in characters. Bytes travel beside it and are not counted."""

MAX_DEPTH = 100
"""The deepest nesting of lists and objects, including the message itself."""

MAX_INTEGER = 2**53 - 1
"""The largest absolute value of a declared integer: JavaScript cannot represent more exactly."""

Reader = Callable[[Any], Any]

_LEAVES = frozenset({str, int, float, bool, NoneType})
_MANY_PARTS = 10_000
"""So many parts in one level of a message may be the same ones again."""
_STRING = re.compile(r'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[][{}]")


def dumps(message: Any) -> str:
    """The JSON text of a message, pure ASCII. Raises ``ProtocolError`` if JSON cannot hold it.

    Fields are not checked here: the type checker checked them, and the receiver will.
    """
    text = _encoded(vars(message), type(message).__name__)
    if len(text) > MAX_CHARS:
        raise _too_big(text)
    return text


def as_json(value: Any) -> Any:
    """A copy of ``value`` as the receiver of a message would read it. Raises ``ProtocolError``."""
    text = _encoded(value, "It")
    return parse_json(text, max_chars=len(text))


def loads(text: str, union: Any) -> Any:
    """The message in ``text``, an object of a class in ``union`` (``protocol.ToGuest``, …).

    Fields with a default may be missing. Half of a surrogate pair becomes U+FFFD. Raises
    ``ProtocolError`` for everything that does not fit.
    """
    return _read_message(parse_json(text), union)


def to_data(value: Any) -> Any:
    """``value`` as JSON data: dataclasses and mappings become dicts, tuples lists, bytes base64."""
    if isinstance(value, Mapping):
        return {key: to_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_data(item) for item in value]
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    return to_data(_nested(value)) if is_dataclass(value) else value


def from_data(data: Any, declared: Any) -> Any:
    """The value of the declared type that ``to_data`` wrote. Raises ``ProtocolError``.

    The field ``type`` tells dataclasses in a union apart, as it does with messages.
    """
    try:
        return _reader(declared)(data)
    except _Misfit as misfit:
        raise ProtocolError(_description(misfit)) from None


def parse_json(
    text: str, *, max_chars: int = MAX_CHARS, with_nan: bool = False, keeps_halves: bool = False
) -> Any:
    """The JSON value in ``text``. Size and depth are checked first. Raises ``ProtocolError``.

    Models and parsing read replies with it too. ``with_nan`` takes NaN and the infinities, which
    Python writes although JSON has no such numbers, as None; files may hold them. Half of a
    surrogate pair becomes U+FFFD, unless ``keeps_halves`` is true because the other half may come
    in the next text.
    """
    _check_size_and_depth(text, max_chars)
    try:
        data = (_FILE_DECODER if with_nan else _DECODER).decode(text)
    except ValueError as error:
        raise ProtocolError(f"A message is not JSON: {error}") from error
    if not keeps_halves and ("\\ud" in text or "\\uD" in text or not text.isascii()):
        data = whole_pairs(data)
    return data


def _read_message(data: Any, union: Any) -> Any:
    readers = _message_readers(union)
    tag = data.get("type") if type(data) is dict else None
    reader = readers.get(tag) if type(tag) is str else None
    if reader is None:
        raise ProtocolError(
            f"A message has the unknown type {_excerpt(tag)}; expected one of {', '.join(readers)}."
        )
    try:
        return reader(data)
    except _Misfit as misfit:
        misfit.path.append(str(tag))
        raise ProtocolError(_description(misfit)) from None


class _Misfit(Exception):
    """A value does not match its declaration. ``path`` grows from the inside out."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str | int] = []


def _description(misfit: _Misfit) -> str:
    where = ".".join(str(key) for key in reversed(misfit.path))
    return f"{where}{': ' if where else ''}{misfit.reason}"


def _encoded(value: Any, name: str) -> str:
    _check_nesting(value)
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"{name} contains a value that JSON cannot hold: {error}") from error


# --- before and beside parsing ---------------------------------------------------------------


def _check_size_and_depth(text: str, max_chars: int) -> None:
    if len(text) > max_chars:
        raise _too_big(text, max_chars)
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise _too_deep()


def _check_nesting(message: Any) -> None:
    """Apply the limit to a message to be sent: deep lists kill ``json.dumps`` in Pyodide too."""
    level = [message]
    for _ in range(MAX_DEPTH):
        level = [i for outer in level for i in _children(outer) if type(i) not in _LEAVES]
        if not level:
            return
        if len(level) > _MANY_PARTS:  # a list that holds itself twice would double at each level
            level = list({id(part): part for part in level}.values())
    raise _too_deep()


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, list | tuple):
        return value
    return vars(value).values() if is_dataclass(value) else ()


def _too_big(text: str, max_chars: int = MAX_CHARS) -> ProtocolError:
    return ProtocolError(f"A message is {len(text):,} characters long; the limit is {max_chars:,}.")


def _too_deep() -> ProtocolError:
    return ProtocolError(f"A message is nested more than {MAX_DEPTH} levels deep.")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number.")


def _finite_float(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(f"the number {text} is too large.")
    return value


def _no_number(_: str) -> None:
    """The value of NaN and of the infinities."""


def _finite_or_none(text: str) -> float | None:
    value = float(text)
    return value if value - value == 0 else None


def whole_pairs(data: Any) -> Any:
    """``data`` with only strings that UTF-8 can hold, because others make ``encode`` raise.

    The halves of a surrogate pair are joined where they meet; any other half becomes U+FFFD.
    """
    if type(data) is str:
        if data.isascii():
            return data
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if type(data) is list:
        return [whole_pairs(item) for item in data]
    if type(data) is dict:
        return {whole_pairs(k): whole_pairs(v) for k, v in data.items()}
    return data


def _nested(value: Any) -> dict[str, Any]:
    if is_dataclass(value) and not isinstance(value, type):
        return vars(value)
    raise TypeError(f"a value of type {type(value).__name__}.")


_ENCODER = json.JSONEncoder(default=_nested, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite_float)
_FILE_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite_or_none)


def _excerpt(value: Any) -> str:
    return json.dumps(value)[:60]


# --- readers, made once for each type --------------------------------------------------------


@cache
def _message_readers(union: Any) -> dict[str, Reader]:
    classes = get_args(union) or (union,)
    return {cls.__dataclass_fields__["type"].default: _reader(cls) for cls in classes}


@cache
def _reader(declared: Any) -> Reader:
    """A function that returns a value of the declared type or raises ``_Misfit``."""
    if declared is Any:
        return lambda value: value
    if is_dataclass(declared):
        return _dataclass_reader(declared)
    origin, args = get_origin(declared), get_args(declared)
    if origin is Literal:
        return _literal_reader(args)
    if origin is list:
        return _list_reader(_reader(args[0]))
    if origin is tuple:
        read_list = _list_reader(_reader(args[0]))
        return lambda value: tuple(read_list(value))
    if origin in (dict, Mapping):
        return _dict_reader(args[1])
    if origin in (Union, UnionType) and NoneType not in args:
        return _tagged_reader(declared)
    if origin in (Union, UnionType) and len(args) == 2:
        inner = _reader(args[0] if args[1] is NoneType else args[1])
        return lambda value: None if value is None else inner(value)
    return _SCALARS[declared]


def _dataclass_reader(cls: Any) -> Reader:
    hints = get_type_hints(cls)
    readers = {field.name: _reader(hints[field.name]) for field in fields(cls)}
    required = {
        field.name
        for field in fields(cls)
        if field.name == "type" or (field.default is MISSING and field.default_factory is MISSING)
    }

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _expected("an object", value)
        given = {}
        for key, item in value.items():
            reader = readers.get(key)
            if reader is None:
                raise _Misfit(f"unknown field {_excerpt(key)}.")
            try:
                given[key] = reader(item)
            except _Misfit as misfit:
                misfit.path.append(key)
                raise
        if not required <= given.keys():
            raise _Misfit(f"missing field {', '.join(sorted(required - given.keys()))}.")
        return cls(**given)

    return read


def _tagged_reader(union: Any) -> Reader:
    readers = _message_readers(union)

    def read(value: Any) -> Any:
        tag = value.get("type") if type(value) is dict else None
        reader = readers.get(tag) if type(tag) is str else None
        if reader is None:
            raise _Misfit(f"unknown type {_excerpt(tag)}; expected one of {', '.join(readers)}.")
        return reader(value)

    return read


def _literal_reader(allowed: tuple[str, ...]) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not str or value not in allowed:
            raise _expected(f"one of {', '.join(allowed)}", value)
        return value

    return read


def _list_reader(read_item: Reader) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise _expected("a list", value)
        return _read_items(enumerate(value), read_item, [None] * len(value))

    return read


def _dict_reader(item_type: Any) -> Reader:
    read_item = _reader(item_type)

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _expected("an object", value)
        return value if item_type is Any else _read_items(value.items(), read_item, {})

    return read


def _read_items(items: Any, read_item: Reader, into: Any) -> Any:
    for key, item in items:
        try:
            into[key] = read_item(item)
        except _Misfit as misfit:
            misfit.path.append(key)
            raise
    return into


def _read_int(value: Any) -> int:
    if type(value) is not int or not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise _expected("an integer", value)
    return value


def _read_float(value: Any) -> float:
    try:
        return value if type(value) is float else float(_read_int(value))
    except _Misfit:
        raise _expected("a number", value) from None


def _read_str(value: Any) -> str:
    if type(value) is not str:
        raise _expected("text", value)
    return value


def _read_bool(value: Any) -> bool:
    if type(value) is not bool:
        raise _expected("true or false", value)
    return value


def _read_bytes(value: Any) -> bytes:
    try:
        return b64decode(_read_str(value), validate=True)
    except ValueError:
        raise _expected("base64", value) from None


def _expected(what: str, value: Any) -> _Misfit:
    return _Misfit(f"expected {what}, got {_excerpt(value)}.")


_SCALARS: dict[Any, Reader] = {
    int: _read_int,
    float: _read_float,
    str: _read_str,
    bool: _read_bool,
    bytes: _read_bytes,
}
