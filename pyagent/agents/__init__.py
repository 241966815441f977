"""The agents: ``CodeAgent``, ``ToolCallingAgent``, and what they are made of.

``base`` is what both share; ``copies`` and ``saving`` are two parts of it in files of their own.
``run/`` is one run, ``inputs/`` is what comes with a task, and ``terminal/`` prints agents and
results. ``answer_checks``, ``step_callbacks`` and ``approval`` call the functions that users give;
``toolbox`` calls the tools.
"""

from typing import Any

from pyagent.other_names import exported


def __getattr__(name: str) -> Any:
    return exported("pyagent.agents", name)  # smolagents has its names in a module agents
