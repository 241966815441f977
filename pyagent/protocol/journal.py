"""The messages by which a page keeps a conversation and gives it back: parts of ``page``.

The agent worker sends a ``SavePoint`` after each step. A page that keeps the latest ones can give
them to a new worker, after a crash or on another day, and have the interrupted run go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol.events import Problem
from pyagent.protocol.guest import ErrorInfo, FileInfo, Json

# --- agent worker → page ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SavePoint:
    """What a new worker must be given to go on from here. Sent before the run's first step, after
    each step and at the end of the run.

    One buffer if ``checkpoint`` is ``"new"``: the variables and files of the agent's sandbox.
    """

    type: Literal["save_point"] = "save_point"
    run_id: str
    step: int
    """The last step that ended; 0 before the first one."""
    is_over: bool = False
    """Whether the run has ended, so that there is nothing to resume."""
    parts: dict[str, Json] = field(default_factory=dict)
    """The parts of the conversation that are new or changed since the last ``SavePoint``."""
    removed: list[str] = field(default_factory=list)
    """The names of parts that are gone since then."""
    checkpoint: Literal["none", "same", "new"] = "none"
    """``"same"`` if the sandbox's checkpoint is that of the last ``SavePoint``."""
    lost: dict[str, str] = field(default_factory=dict)
    """The names of variables and files that the checkpoint does not hold → why."""


@dataclass(frozen=True, kw_only=True)
class ConversationRestored:
    """``RestoreConversation`` is done."""

    type: Literal["conversation_restored"] = "conversation_restored"
    problem: Problem | None = None
    """What could not be taken back, and why. If its kind is ``damaged``, the agent goes on with the
    rest; otherwise it knows nothing of the conversation."""


# --- page → agent worker ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RestoreConversation:
    """Take back a conversation, in place of the one that the agent has.

    Sent after ``Configure``, while no run is going on. One buffer per file, in the order of
    ``files``, and then one if a checkpoint was kept.
    """

    type: Literal["restore_conversation"] = "restore_conversation"
    parts: dict[str, Json]
    """The latest part of each name, from all ``SavePoint`` messages of the conversation."""
    lost: dict[str, str] = field(default_factory=dict)
    """That of the last ``SavePoint``."""
    files: list[FileInfo] = field(default_factory=list)
    """The files that came with tasks, for the tools that read them. Of several with the same path
    it is the last one; the order is that in which the paths first came."""
    more: bool = False
    """Whether another such message follows with more parts, as one message holds only so much.
    The last one is answered; it brings ``lost``, the files and the checkpoint."""


@dataclass(frozen=True, kw_only=True)
class CallMade:
    """A call of a page's tool in the step that was interrupted."""

    name: str
    args: list[Json] = field(default_factory=list)
    kwargs: dict[str, Json] = field(default_factory=dict)
    is_known: bool = False
    """Whether it is known how the call ended. If not, it may have had its effect."""
    value: Json = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, kw_only=True)
class ResumeRun:
    """Go on with the run that the restored conversation ends with, after its last finished step.

    The events have the run's old id. ``RunResumed`` comes first.
    """

    type: Literal["resume_run"] = "resume_run"
    run_id: str
    max_steps: int | None = None
    """That of ``StartRun``."""
    calls: list[CallMade] = field(default_factory=list)
    """The calls of the interrupted step, in order: those after the first ``SavePoint`` with the
    last ``step``. If that step was begun several times, the calls of all attempts. A call that is
    made again with the same arguments gets the known result; if none is known, the person is asked
    whether to repeat it."""
