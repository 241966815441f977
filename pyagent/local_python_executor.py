"""A name of smolagents, whose module of this name has its executor: it leads to ours."""

from typing import Any

from pyagent.other_names import exported


def __getattr__(name: str) -> Any:
    return exported("pyagent.local_python_executor", name)
