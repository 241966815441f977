"""Gives an agent the conversation that a page kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pyagent.agents.base import Agent
from pyagent.agents.code import CodeAgent
from pyagent.browser.crew import Crew, as_read_by
from pyagent.browser.journal.reading import Restored, read_parts
from pyagent.browser.journal.save_points import SavePoints
from pyagent.browser.task_inputs import named_files
from pyagent.executors.base import Executor
from pyagent.protocol import Json, Problem, RestoreConversation


@dataclass(kw_only=True)
class KeptConversation:
    """What a page kept of a conversation, gathered from its messages."""

    parts: dict[str, Json] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    """The files that came with tasks, by path."""
    checkpoint: bytes = b""

    def take(self, message: RestoreConversation, buffers: Sequence[bytes]) -> None:
        """Add what a message brings."""
        coming = iter(buffers)
        self.parts |= message.parts
        self.files |= named_files(message.files, coming)
        self.lost, self.checkpoint = message.lost, next(coming, b"")


async def take_back(
    kept: KeptConversation, *, crew: Crew, executor: Executor, saves: SavePoints
) -> Problem | None:
    """Let the crew's agent go on with a conversation. Returns what a person should know of that.

    Call it only while no run is going on.
    """
    crew.settle()
    await crew.close_discarded()
    agent = crew.agent
    if agent is None:
        return Problem(kind="no_model", message="No model is chosen.")
    restored = read_parts(kept.parts)
    await crew.clear()
    await executor.aclose()  # a sandbox that waits knows nothing of the checkpoint
    if not restored.is_known:
        saves.restored(agent, kept.parts, None, checkpoint=b"", lost={})
        return restored.problem
    if kept.checkpoint:
        executor.restore(kept.checkpoint)
    _give_back(agent, restored, lost=kept.lost, has_checkpoint=bool(kept.checkpoint))
    read = None if restored.unread else restored.interactions
    saves.restored(agent, kept.parts, read, checkpoint=kept.checkpoint, lost=kept.lost)
    crew.receive_files(kept.files)
    return restored.problem


def _give_back(
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
