"""The kinds of executors by name: the values of ``executor_type``. Add a new kind here."""

from __future__ import annotations

from importlib import import_module

from pyagent.executors.base import Executor

EXECUTORS = {"local": "pyagent.executors.local:LocalExecutor"}
"""Name → module and class, imported at first use because each kind has its own dependencies."""


def make_executor(executor_type: str) -> Executor:
    """Make an executor of that kind. Raises ``ValueError`` that lists the kinds."""
    if executor_type not in EXECUTORS:
        raise ValueError(
            f"There is no executor {executor_type!r}; there is: {', '.join(EXECUTORS)}. "
            "Or pass your own executor as executor=."
        )
    module, _, name = EXECUTORS[executor_type].partition(":")
    executor: Executor = getattr(import_module(module), name)()
    return executor
