"""Gives an agent the conversation that a page kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pyagent.agents.base import Agent
from pyagent.agents.code import CodeAgent
from pyagent.browser.crew import as_read_by
from pyagent.browser.journal.reading import Restored


def give_back(
    agent: Agent, restored: Restored, *, lost: Mapping[str, str], has_checkpoint: bool
) -> None:
    """Let the agent go on with the conversation, in place of its own.

    Without a checkpoint, the values that came with tasks are sent to the sandbox again.
    """
    if has_checkpoint:
        agent.tools.bounds.outward.note_saved_files()
    agent.memory.restore(as_read_by(agent, restored.interactions))
    agent.state = restored.state
    agent.variables.restore(restored.variables, restored.image_files)
    if isinstance(agent, CodeAgent) and not has_checkpoint:
        agent.variables.unsent.update(restored.variables)
    if (unfinished := restored.unfinished) is not None:
        unfinished = replace(unfinished, lost=dict(lost))
    agent.progress.unfinished = unfinished
    for name, member in agent.managed_agents.items():
        member.state = restored.member_states.get(name, member.state)
