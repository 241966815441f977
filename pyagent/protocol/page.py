"""The messages between a page and its agent worker: ``ToAgent`` and ``FromAgent``.

This module declares those for runs and sandboxes; the others are in ``settings``, ``page_model``
and ``journal``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol.events import Event, RunFinished, TokenUsage
from pyagent.protocol.guest import FileInfo, Json, ToolCall, ToolReturn
from pyagent.protocol.journal import (
    ConversationRestored,
    RestoreConversation,
    ResumeRun,
    SavePoint,
)
from pyagent.protocol.page_model import (
    PageModelCancel,
    PageModelDelta,
    PageModelDone,
    PageModelFailed,
    PageModelPrepare,
    PageModelRead,
    PageModelRequest,
)
from pyagent.protocol.settings import (
    AddAgent,
    AddTool,
    Configure,
    Configured,
    RemoveAgent,
    RemoveTool,
)

# --- page → agent worker ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class StartRun:
    """Solve a task. One buffer per file, in the order of ``files``."""

    type: Literal["start_run"] = "start_run"
    run_id: str
    task: str
    files: list[FileInfo] = field(default_factory=list)
    additional_args: dict[str, Json] = field(default_factory=dict)
    """Values for the task, by name."""
    max_steps: int | None = None
    """The limit for this run; None for the agent's own limit."""


@dataclass(frozen=True, kw_only=True)
class BatchTask:
    """One task of ``StartBatch``; its fields mean the same as those of ``StartRun``."""

    task: str
    files: list[FileInfo] = field(default_factory=list)
    additional_args: dict[str, Json] = field(default_factory=dict)
    max_steps: int | None = None


@dataclass(frozen=True, kw_only=True)
class StartBatch:
    """Solve many tasks at once, each with a copy of the agent that knows nothing of the others.

    Its events are those of a run with the id ``batch_id`` that calls an agent for each task. Each
    result also comes as a ``BatchResult``. One buffer per file: those of ``files``, then those of
    each task.
    """

    type: Literal["start_batch"] = "start_batch"
    batch_id: str
    tasks: list[BatchTask]
    files: list[FileInfo] = field(default_factory=list)
    """The files that every task gets."""
    concurrency: int = 3
    """The most tasks at a time; fewer if there are not enough sandboxes."""


@dataclass(frozen=True, kw_only=True)
class StopRun:
    """End the run or batch now; it finishes as cancelled."""

    type: Literal["stop_run"] = "stop_run"
    run_id: str


@dataclass(frozen=True, kw_only=True)
class Approve:
    """Answers ``ApprovalRequested``."""

    type: Literal["approve"] = "approve"
    run_id: str
    call_id: int
    allowed: bool
    reason: str = ""
    """Why the call is not allowed, for the model to read."""


@dataclass(frozen=True, kw_only=True)
class GiveInput:
    """Answers ``InputRequested``."""

    type: Literal["give_input"] = "give_input"
    run_id: str
    call_id: int
    text: str | None
    """None if the person does not answer; the code then gets an ``EOFError``."""


@dataclass(frozen=True, kw_only=True)
class ClearConversation:
    """Forget the conversation and start with an empty sandbox."""

    type: Literal["clear_conversation"] = "clear_conversation"


@dataclass(frozen=True, kw_only=True)
class NetworkChanged:
    """The browser says that the network is gone or back."""

    type: Literal["network_changed"] = "network_changed"
    online: bool


@dataclass(frozen=True, kw_only=True)
class TryNow:
    """Let every run that is paused for the network try again now."""

    type: Literal["try_now"] = "try_now"


@dataclass(frozen=True, kw_only=True)
class SandboxAttached:
    """A new sandbox is ready; its port came with this message. Answers ``SandboxRequest``."""

    type: Literal["sandbox_attached"] = "sandbox_attached"
    sandbox: int = 0
    generation: int


@dataclass(frozen=True, kw_only=True)
class SandboxLost:
    """The sandbox is gone or could not be started."""

    type: Literal["sandbox_lost"] = "sandbox_lost"
    sandbox: int = 0
    generation: int
    reason: str


ToAgent = (
    Configure
    | StartRun
    | StartBatch
    | ResumeRun
    | StopRun
    | Approve
    | GiveInput
    | ClearConversation
    | RestoreConversation
    | AddTool
    | RemoveTool
    | AddAgent
    | RemoveAgent
    | ToolReturn
    | NetworkChanged
    | TryNow
    | SandboxAttached
    | SandboxLost
    | PageModelRead
    | PageModelDelta
    | PageModelDone
    | PageModelFailed
)


# --- agent worker → page ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AgentReady:
    """The agent worker takes messages."""

    type: Literal["agent_ready"] = "agent_ready"
    version: str


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """``StopRun`` was heard; ``RunFinished`` follows. A page gives up a worker that is silent."""

    type: Literal["stopping"] = "stopping"
    run_id: str


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """``ClearConversation`` is done."""

    type: Literal["cleared"] = "cleared"


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The totals of all tasks so far, sent before the ``RunFinished`` of each task."""

    type: Literal["totals"] = "totals"
    runs: int
    steps: int
    token_usage: TokenUsage
    seconds: float


@dataclass(frozen=True, kw_only=True)
class BatchTotals:
    """The totals of the tasks of a batch that are done."""

    done: int
    answered: int
    counts: dict[str, int]
    """The reason for which a run ended → how many runs."""
    token_usage: TokenUsage
    seconds: float
    """The time since the batch began."""


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """A task of a batch is done, one way or another. One buffer per file that its code made."""

    type: Literal["batch_result"] = "batch_result"
    batch_id: str
    index: int
    """The task's place in the batch, counted from 0."""
    result: RunFinished
    files: list[FileInfo] = field(default_factory=list)
    totals: BatchTotals


@dataclass(frozen=True, kw_only=True)
class SandboxRequest:
    """Kill this sandbox's older generation and attach a new one. Others are left alone."""

    type: Literal["sandbox_request"] = "sandbox_request"
    sandbox: int = 0
    """Which sandbox, when several agents have one each."""
    generation: int


@dataclass(frozen=True, kw_only=True)
class SandboxReleased:
    """Kill this sandbox; nobody needs it any longer."""

    type: Literal["sandbox_released"] = "sandbox_released"
    sandbox: int


@dataclass(frozen=True, kw_only=True)
class PackageFile:
    """A packed wheel in the site's folder of packages."""

    name: str
    """The package's name."""
    file: str
    sha256: str
    """Of the packed file, in hex."""
    bytes: int
    """Of the packed file."""


@dataclass(frozen=True, kw_only=True)
class SandboxPackages:
    """Have spare sandboxes import these modules ahead, in place of those of earlier messages."""

    type: Literal["sandbox_packages"] = "sandbox_packages"
    modules: list[str]
    files: list[PackageFile]
    """The wheels that the modules need, what others need first."""


FromAgent = (
    AgentReady
    | Configured
    | Cleared
    | ConversationRestored
    | SavePoint
    | Stopping
    | Totals
    | BatchResult
    | SandboxRequest
    | SandboxReleased
    | SandboxPackages
    | ToolCall
    | PageModelRequest
    | PageModelPrepare
    | PageModelCancel
    | Event
)
