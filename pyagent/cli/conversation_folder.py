"""The folder that holds a conversation: ``--save`` and ``--resume`` of ``pyagent run``."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from pyagent.agents.approval import OnApproval, OnInput
from pyagent.agents.base import Agent
from pyagent.agents.saving import AGENT_FILE
from pyagent.cli.model_choice import ModelOptions, choose_model
from pyagent.cli.options import LIMITS, AgentChoice
from pyagent.errors import AgentError, FileError

logger = logging.getLogger(__name__)

_FIXED = ("agent", "executor", "executor_options")
"""Options that cannot change a saved agent."""
_OF_A_MODEL = ("api_key", "prompt_style", "context_tokens")
"""Options that make sense only together with a model."""


def check_folder(folder: Path, resumed: Path | None) -> None:
    """Make the folder. Only the folder that was ``resumed`` may hold files already.

    Raises ``FileError`` when another folder holds files, or when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise FileError(f"{folder} cannot be written: {error.strerror}.") from error
    if not names or (resumed is not None and folder.samefile(resumed)):
        return
    if AGENT_FILE in names:
        raise FileError(
            f"{folder} holds an agent already.",
            advice=f"To go on with it, add --resume {folder}; else name another folder.",
        )
    raise FileError(f"{folder} holds other files.", advice="Name a new folder with --save.")


def save(agent: Agent, folder: Path) -> None:
    """Save the agent, and replace what was in the folder. Raises ``FileError``."""
    try:
        agent.save(folder)
    except OSError as error:
        raise FileError(f"{folder} cannot be written: {error.strerror}.") from error


def save_after_steps(agent: Agent, folder: Path) -> None:
    """Save the agent after each step too, so that an interrupted run can go on."""

    async def save_step() -> None:
        try:
            await agent.asave(folder)
        except (OSError, AgentError) as error:  # the save at the end of the run tells the person
            logger.warning("The step could not be saved: %s", error)

    agent.progress.listener = save_step


def resume(
    folder: Path,
    options: ModelOptions,
    choice: AgentChoice,
    *,
    said: Collection[str],
    approve: tuple[str, ...],
    on_approval: OnApproval,
    on_input: OnInput,
) -> Agent:
    """Load the agent in the folder, and change what the options named in ``said`` ask for.

    The agent keeps its saved model unless the options name another. Raises ``AgentError`` when the
    agent cannot be loaded, and ``click.UsageError`` for options that cannot go with it.
    """
    _check_options(options, said)
    given: dict[str, Any] = {"on_approval": on_approval, "on_input": on_input}
    if approve:
        given["approve"] = approve
    if _names_model(options):
        given["model"] = choose_model(options)
    try:
        agent = Agent.load(folder, with_sandbox=True, **given)
    except ValueError as error:  # a tool to approve that is not there
        raise click.UsageError(str(error)) from error
    approval = agent.tools.approval
    if not approval.names:
        approval.ask = None  # for the same reason as in ``make_agent``
    for option, value in {**choice.options, "deadline_s": choice.deadline_s}.items():
        if option in said and hasattr(agent, option):
            setattr(agent, option, value)
    told = {name: getattr(choice.limits, name) for option, name in LIMITS.items() if option in said}
    agent.limits = replace(agent.limits, **told)
    return agent


def _check_options(options: ModelOptions, said: Collection[str]) -> None:
    for name in _FIXED:
        if name in said:
            option = name.replace("_", "-").removesuffix("s")
            raise click.UsageError(f"--{option} cannot change what --resume brings back.")
    for name in _OF_A_MODEL:
        if name in said and not _names_model(options):
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} with --resume needs --model too.")


def _names_model(options: ModelOptions) -> bool:
    return bool(options.model or options.provider or options.base_url or options.demo)
