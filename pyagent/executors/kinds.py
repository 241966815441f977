"""The kinds of executors by name: the values of ``executor_type``. Add a new kind here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import Any

from pyagent.executors.base import Executor
from pyagent.other_names import EXECUTOR_OPTIONS, in_our_words

EXECUTORS = {
    "local": "pyagent.executors.local:LocalExecutor",
    "docker": "pyagent.executors.docker:DockerExecutor",
    "wasm": "pyagent.executors.wasm.executor:WasmExecutor",
    "e2b": "pyagent.executors.cloud.e2b:E2BExecutor",
    "modal": "pyagent.executors.cloud.modal:ModalExecutor",
}
"""Name → module and class, imported at first use because each kind has its own dependencies."""


def make_executor(executor_type: str, options: Mapping[str, Any] | None = None) -> Executor:
    """Make an executor of that kind with the ``options`` of its class.

    Raises ``ValueError`` that lists the kinds, and ``TypeError`` that lists the options.
    """
    if executor_type not in EXECUTORS:
        raise ValueError(
            f"There is no executor {executor_type!r}; there is: {', '.join(EXECUTORS)}. "
            "Or pass your own executor as executor=."
        )
    module, _, name = EXECUTORS[executor_type].partition(":")
    kind = getattr(import_module(module), name)
    given = in_our_words(options or {}, EXECUTOR_OPTIONS, caller="executor_kwargs")
    if unknown := given.keys() - (known := signature(kind).parameters).keys():
        raise TypeError(
            f"executor_kwargs takes no option {', '.join(sorted(unknown))}; a {name} takes: "
            f"{', '.join(known)}."
        )
    executor: Executor = kind(**given)
    return executor
