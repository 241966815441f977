"""Between a page and its agent worker: ``ToAgent`` and ``FromAgent``.

Here are runs and sandboxes; the other messages are in ``settings`` and ``page_model``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol.events import Event, RunFinished, TokenUsage
from pyagent.protocol.guest import FileInfo, Json, ToolCall, ToolReturn
from pyagent.protocol.page_model import (
    PageModelCancel,
    PageModelDelta,
    PageModelDone,
    PageModelFailed,
    PageModelPrepare,
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
    """Solve a task. One buffer a file, in the order of ``files``."""

    type: Literal["start_run"] = "start_run"
    run_id: str
    task: str
    files: list[FileInfo] = field(default_factory=list)
    additional_args: dict[str, Json] = field(default_factory=dict)
    """Values for the task, by name."""
    max_steps: int | None = None
    """For this run; None for the agent's own."""


@dataclass(frozen=True, kw_only=True)
class BatchTask:
    """One task of ``StartBatch``; its fields are as those of ``StartRun``."""

    task: str
    files: list[FileInfo] = field(default_factory=list)
    additional_args: dict[str, Json] = field(default_factory=dict)
    max_steps: int | None = None


@dataclass(frozen=True, kw_only=True)
class StartBatch:
    """Solve many tasks at once, each with a copy of the agent that knows nothing of the others.

    It is told as a run whose id is ``batch_id`` and which calls an agent for each task, and each
    result also as a ``BatchResult``. One buffer a file: those of ``files``, then each task's.
    """

    type: Literal["start_batch"] = "start_batch"
    batch_id: str
    tasks: list[BatchTask]
    files: list[FileInfo] = field(default_factory=list)
    """For every task."""
    concurrency: int = 3
    """At most; fewer where there are not as many sandboxes."""


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
    """For the model, when it is not allowed."""


@dataclass(frozen=True, kw_only=True)
class ClearConversation:
    """Forget the conversation and start with an empty sandbox."""

    type: Literal["clear_conversation"] = "clear_conversation"


@dataclass(frozen=True, kw_only=True)
class SandboxAttached:
    """A new sandbox stands ready; its port came with this message. Answers ``SandboxRequest``."""

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
    | StopRun
    | Approve
    | ClearConversation
    | AddTool
    | RemoveTool
    | AddAgent
    | RemoveAgent
    | ToolReturn
    | SandboxAttached
    | SandboxLost
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
class Cleared:
    """``ClearConversation`` is done."""

    type: Literal["cleared"] = "cleared"


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What all tasks so far came to, told ahead of each one's ``RunFinished``."""

    type: Literal["totals"] = "totals"
    runs: int
    steps: int
    token_usage: TokenUsage
    seconds: float


@dataclass(frozen=True, kw_only=True)
class BatchTotals:
    """What those tasks of a batch came to that are done."""

    done: int
    answered: int
    counts: dict[str, int]
    """By the reason for which a run ended."""
    token_usage: TokenUsage
    seconds: float
    """Since the batch began."""


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """A task of a batch is done, one way or another. One buffer a file that its code made."""

    type: Literal["batch_result"] = "batch_result"
    batch_id: str
    index: int
    """Its place among the tasks, from 0."""
    result: RunFinished
    files: list[FileInfo] = field(default_factory=list)
    totals: BatchTotals


@dataclass(frozen=True, kw_only=True)
class SandboxRequest:
    """Kill this sandbox's older generation and attach a new one. Others are left alone."""

    type: Literal["sandbox_request"] = "sandbox_request"
    sandbox: int = 0
    """Which one, where several agents have one each."""
    generation: int


@dataclass(frozen=True, kw_only=True)
class SandboxReleased:
    """Kill this sandbox; nobody needs it any longer."""

    type: Literal["sandbox_released"] = "sandbox_released"
    sandbox: int


FromAgent = (
    AgentReady
    | Configured
    | Cleared
    | Totals
    | BatchResult
    | SandboxRequest
    | SandboxReleased
    | ToolCall
    | PageModelRequest
    | PageModelPrepare
    | PageModelCancel
    | Event
)
