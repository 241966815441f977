"""``additional_args``: the values that come with a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyagent.errors import AgentError, ProtocolError
from pyagent.protocol import Json
from pyagent.sandbox.checkpoint import MAX_BYTES
from pyagent.sandbox.texts import short_repr
from pyagent.sandbox.values import NotJson, to_data
from pyagent.wire import as_json

_TABLES = ("numpy", "pandas", "polars", "pyarrow")
"""The packages whose values have a form as rows or lists."""
_MAX_TABLE_CHARS = 4_000_000
_MAX_COLUMNS = 30


class Variables(dict[str, Any]):
    """The values that came with the tasks of a conversation, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent: set[str] = set()
        """The names of values that were not yet sent to the sandbox of the code."""

    def add(self, values: Mapping[str, Any]) -> None:
        """Add the values that came with a task."""
        self.update(values)
        self.unsent.update(values)

    def clear(self) -> None:
        """Forget all values."""
        super().clear()
        self.unsent.clear()


@dataclass(frozen=True, kw_only=True)
class Pickled:
    """A value that is not JSON, for a sandbox that takes objects."""

    data: bytes = field(repr=False)
    kind: str
    """The name of the value's class."""
    shown: str
    """What the model is told of it."""


def read_variables(given: Any, *, objects: bool = False) -> dict[str, Json | Pickled]:
    """Return a copy of the values. Raises ``AgentError`` that names a value that cannot be given.

    With ``objects``, a value that is not JSON is pickled. Otherwise tables become rows, and
    everything else is refused.
    """
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise AgentError(
            f"additional_args must map names to values, not be {given!r:.80}.", kind="bad_argument"
        )
    return {name: _read(name, value, objects=objects) for name, value in given.items()}


def refused(name: str, reason: str) -> AgentError:
    """The error about a value that cannot be given to the agent."""
    return AgentError(
        f"The value of '{name}' in additional_args cannot be given to the agent: {reason}",
        advice="Give texts, numbers, lists and dicts; a table or an image as a file.",
        kind="bad_argument",
    )


def _read(name: str, value: Any, *, objects: bool) -> Json | Pickled:
    try:
        return _copied(value)
    except ProtocolError as error:
        if objects:
            return _as_object(name, value)
        if not has_tables(value):
            raise refused(name, error.message) from error
    try:
        return _copied(with_rows(value))
    except ProtocolError as error:
        raise refused(name, error.message) from error
    except NotJson as error:
        raise refused(name, f"{error}.") from error


def _copied(value: Any) -> Json:
    copy = as_json(value)
    _check_keys(value)
    return copy


def _as_object(name: str, value: Any) -> Pickled:
    try:
        return Pickled(data=_pickled(value), kind=type(value).__name__, shown=_shown(value))
    except Exception as error:
        # Whatever the value's own code raises while it is pickled is a reason to refuse it.
        reason = f"a {type(value).__name__} cannot be pickled ({type(error).__name__}: {error})."
        raise refused(name, reason) from error


def _pickled(value: Any) -> bytes:
    # Imported here, as in the sandbox: most runs need no pickle.
    from cloudpickle import dumps  # type: ignore[import-untyped]

    data: bytes = dumps(value, protocol=5)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has {len(data):,} bytes, and {MAX_BYTES:,} are the limit")
    return data


def has_tables(value: Any) -> bool:
    """Whether the value is a table or an array, or holds one."""
    seen: set[int] = set()
    left = [value]
    while left:
        item = left.pop()
        if type(item).__module__.partition(".")[0] in _TABLES:
            return True
        if isinstance(item, Mapping | list | tuple) and id(item) not in seen:
            seen.add(id(item))
            left += item.values() if isinstance(item, Mapping) else item
    return False


def with_rows(value: Any, within: tuple[int, ...] = ()) -> Any:
    """The value with lists of rows in place of the tables and arrays in it.

    ``within`` are the ids of the containers around it: one that holds itself stays as it is.
    """
    if id(value) in within:
        return value
    inside = (*within, id(value))
    if isinstance(value, Mapping):
        return {key: with_rows(item, inside) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_rows(item, inside) for item in value]
    if type(value).__module__.partition(".")[0] not in _TABLES:
        return value
    index = getattr(value, "index", None)
    if hasattr(value, "columns") and type(index).__name__ not in ("RangeIndex", "NoneType"):
        value = value.reset_index()
    for method in ("to_dicts", "to_pylist"):  # of polars and of pyarrow
        if callable(rows := getattr(value, method, None)):
            value = rows()
            break
    return to_data(value, max_chars=_MAX_TABLE_CHARS)


def _shown(value: Any) -> str:
    columns = getattr(value, "columns", None)
    if type(value).__module__.partition(".")[0] in _TABLES and columns is not None:
        return f"{len(value):,} rows; columns {', '.join(map(str, columns[:_MAX_COLUMNS]))}"
    return short_repr(value)


def _check_keys(value: Any) -> None:
    """Raise ``ProtocolError`` for a key that is not text: JSON would turn it into text unasked.

    ``value`` is known to be JSON, and therefore not too deep.
    """
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ProtocolError(
                    f"It has the key {key!r:.40} of type {type(key).__name__}, and keys must be "
                    f'text. Write {{"{key!s:.40}": …}}, or a list of pairs.'
                )
    if isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            _check_keys(item)
