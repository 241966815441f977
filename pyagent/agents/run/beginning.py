"""What a run does before its first step: reads what came with the task, and writes the task down.

The run loop calls these functions in its own order.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyagent.agents.inputs.files import TaskFiles, introduce_files, read_files
from pyagent.agents.inputs.images import read_images
from pyagent.agents.run.actor import Actor
from pyagent.agents.run.limits import Budget
from pyagent.agents.run.observation import introduce_variables
from pyagent.agents.run.setup import Setup, Task
from pyagent.errors import AgentError
from pyagent.memory import TASK
from pyagent.messages import Image
from pyagent.protocol import Json

_SHORT_TASK = 80
"""A task of so few characters, such as "Shorter, please.", may go on with the one before."""


def read_inputs(task: Task) -> tuple[TaskFiles, tuple[Image, ...]]:
    """The files and images of the task. May block."""
    return read_files(task.files), read_images(task.images)


def check_steps(max_steps: object) -> None:
    """Raise ``AgentError`` unless this can be a limit of steps."""
    if not isinstance(max_steps, int):  # an attribute of the agent, which anybody may set
        raise AgentError(f"max_steps must be a number, not {max_steps!r:.60}.", kind="bad_argument")
    if max_steps < 0:
        raise AgentError(f"max_steps must be at least 0, not {max_steps}.", kind="bad_argument")


def asked_for(setup: Setup, text: str) -> str:
    """The task, and what was asked before it if it is too short to stand alone."""
    before = setup.memory.interactions
    if not before or len(text) > _SHORT_TASK:
        return text
    asked = before[-1].task.removeprefix(setup.before_task)
    first, _, _ = asked.removeprefix(f"{TASK} ").partition("\n\n")
    return f"{first}\n{text}"


def task_message(
    setup: Setup, text: str, files: TaskFiles, variables: Mapping[str, Json], actor: Actor
) -> str:
    """The task as the model reads it."""
    parts = [f"{setup.before_task}{TASK} {text.strip()}"]
    if files:
        parts.append(introduce_files(files, lines=setup.preview_lines))
        parts += setup.toolbox.receive_files(files)
    if variables:
        parts.append(introduce_variables(variables))
    if after := actor.after_task(files):
        parts.append(after)
    return "\n\n".join(parts)


def unknown_price(setup: Setup, budget: Budget) -> str:
    """What a person is told when a limit on cost cannot be kept; empty when it can."""
    if not budget.has_cost_limit or not (unpriced := setup.model.unpriced):
        return ""
    return (
        f"No price is known for {' and '.join(unpriced)}, so its cost is limited only "
        "if the provider reports it."
    )
