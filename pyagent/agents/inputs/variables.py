"""The values that come with a task: ``additional_args``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyagent.errors import AgentError, ProtocolError
from pyagent.protocol import Json
from pyagent.wire import as_json


class Variables(dict[str, Json]):
    """The values of a conversation's tasks, by name, as they were given."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent: set[str] = set()
        """Names of those that the code's sandbox has not been told of."""

    def add(self, values: Mapping[str, Json]) -> None:
        """They came with a task."""
        self.update(values)
        self.unsent.update(values)

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self.unsent.clear()


def read_variables(given: Any) -> dict[str, Json]:
    """A copy of the values, by name. Raises ``AgentError`` that names the one that is no JSON."""
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise AgentError(
            f"additional_args maps names to values, unlike {given!r:.80}.", kind="bad_argument"
        )
    return {name: _read(name, value) for name, value in given.items()}


def _read(name: str, value: Any) -> Json:
    try:
        return as_json(value)
    except ProtocolError as error:
        raise AgentError(
            f"The value of '{name}' in additional_args cannot be given to the agent: "
            f"{error.message}",
            advice="Give texts, numbers, lists and dicts; a table or an image as a file.",
            kind="bad_argument",
        ) from error
