"""``additional_args``: the values that come with a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyagent.errors import AgentError, ProtocolError
from pyagent.protocol import Json
from pyagent.wire import as_json


class Variables(dict[str, Json]):
    """The values that came with the tasks of a conversation, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent: set[str] = set()
        """The names of values that were not yet sent to the sandbox of the code."""

    def add(self, values: Mapping[str, Json]) -> None:
        """Add the values that came with a task."""
        self.update(values)
        self.unsent.update(values)

    def clear(self) -> None:
        """Forget all values."""
        super().clear()
        self.unsent.clear()


def read_variables(given: Any) -> dict[str, Json]:
    """Return a copy of the values. Raises ``AgentError`` that names a value that is not JSON."""
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise AgentError(
            f"additional_args must map names to values, not be {given!r:.80}.", kind="bad_argument"
        )
    return {name: _read(name, value) for name, value in given.items()}


def _read(name: str, value: Any) -> Json:
    try:
        copy = as_json(value)
        _check_keys(value)
        return copy
    except ProtocolError as error:
        raise AgentError(
            f"The value of '{name}' in additional_args cannot be given to the agent: "
            f"{error.message}",
            advice="Give texts, numbers, lists and dicts; a table or an image as a file.",
            kind="bad_argument",
        ) from error


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
