"""The kinds of executors by name: what ``executor_type`` may be. A new kind is entered here."""

from __future__ import annotations

from importlib import import_module

from pyagent.executors.base import Executor

EXECUTORS = {"local": "pyagent.executors.local:LocalExecutor"}
"""Name → module and class, imported at first use: each kind needs what others lack."""


def make_executor(executor_type: str) -> Executor:
    """Make an executor of that kind. Raises ``ValueError`` that names the kinds there are."""
    if executor_type not in EXECUTORS:
        raise ValueError(
            f"There is no executor {executor_type!r}; there is: {', '.join(EXECUTORS)}. "
            "Pass one of your own as executor=."
        )
    module, _, name = EXECUTORS[executor_type].partition(":")
    executor: Executor = getattr(import_module(module), name)()
    return executor
