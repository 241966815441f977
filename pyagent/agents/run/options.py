"""The options of one run, the same for each method that starts a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from pyagent.agents.inputs.files import Files
from pyagent.agents.inputs.images import Images
from pyagent.protocol import CallMade


class RunOptions(TypedDict, total=False):
    """The keyword arguments of ``run``, ``stream``, ``arun`` and ``astream``."""

    files: Files
    """Files to put into the work folder of the code, and to hand to tools that read files."""
    images: Images
    """Images to show to the model once, with the task."""
    reset: bool
    """Whether to forget the conversation, the variables and the files first."""
    max_steps: int | None
    """The most steps that this run may take; None for the agent's own ``max_steps``."""
    additional_args: Mapping[str, Any] | None
    """Values for the task, by name: JSON, and tables as rows. The ``local`` executor takes any
    object that can be pickled. The code of a ``CodeAgent`` has them as variables; the
    model of a ``ToolCallingAgent`` may name them as arguments."""
    resume: bool
    """Whether to go on with the run that ``agent.progress.unfinished`` describes: one that was
    saved before its end. There is no task then, and nothing that comes with one."""
    calls_made: Sequence[CallMade]
    """The calls of tools in the step that was interrupted, in order, as far as they are known. When
    the resumed step makes such a call again, it gets the known result and the tool is not called.
    If none is known, ``on_approval`` is asked first, unless the tool has no ``side_effects``."""
