"""Language models. ``base`` says what every model offers; each kind of model has a file here.

Nothing here knows of agents or runs code.
"""

from typing import Any

from pyagent.other_names import exported


def __getattr__(name: str) -> Any:
    return exported("pyagent.models", name)  # smolagents has its names in a module models
