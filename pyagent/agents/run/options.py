"""The options of a single run, which every way to start one takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from pyagent.agents.inputs.files import Files
from pyagent.agents.inputs.images import Images
from pyagent.protocol import Json


class RunOptions(TypedDict, total=False):
    """The keyword arguments of ``run``, ``stream``, ``arun`` and ``astream``."""

    files: Files
    """Put into the code's work folder, and handed to tools that read files."""
    images: Images
    """Shown to the model with the task, once."""
    reset: bool
    """Forget the conversation, the variables and the files first."""
    max_steps: int | None
    """For this run; None for the agent's own."""
    additional_args: Mapping[str, Json] | None
    """JSON values for the task: variables of a ``CodeAgent``'s code, and in a
    ``ToolCallingAgent`` values that an argument may name."""
