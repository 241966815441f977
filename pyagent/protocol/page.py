"""Between a page and its agent worker: ``ToAgent`` and ``FromAgent``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol.events import Event, Problem, RunFinished, TokenUsage
from pyagent.protocol.guest import FileInfo, Json, ToolCall, ToolReturn

# --- settings --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Which model an agent worker uses."""

    kind: Literal["openai", "responses", "anthropic", "gemini", "page", "demo"]
    """A wire format (``openai`` is chat completions), a model that the page runs, or the fixed
    demonstration."""
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    prompt_style: Literal["full", "short"] = "full"
    thinking: bool | None = None
    """Of ``anthropic`` and ``gemini``; None for the model's own default."""
    context_tokens: int | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    supports_schema: bool = False
    """Whether a model that the page runs follows ``PageModelRequest.schema``."""


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """How an agent worker's agent behaves."""

    kind: Literal["code", "tool_calling"] = "code"
    instructions: str = ""
    max_steps: int = 20
    memory_size: int | None = None
    deadline_s: float = 60.0
    """Longest time one step's code may run, tools included, in seconds."""
    planning_interval: int | None = None
    """A plan before the first step and again after every so many; None for no plans."""
    structured_output: bool = False
    """Ask for JSON that holds the code, where the model follows a schema; of ``code`` alone."""
    approve: list[str] = field(default_factory=list)
    """Tools that the person is asked about before they run; ``*`` for all."""
    max_run_tokens: int | None = None
    max_run_cost_usd: float | None = None
    max_run_seconds: float | None = None
    """Limits on one run; None for none."""


# --- page → agent worker ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Configure:
    """Use this model and these settings from the next run on. The conversation stays."""

    type: Literal["configure"] = "configure"
    model: ModelSettings
    others: list[ModelSettings] = field(default_factory=list)
    """Further ones, which stand with ``model`` as one."""
    choose: Literal["first", "round_robin", "least_loaded"] = "first"
    """Which of several is asked first; the rest are asked where it fails."""
    agent: AgentSettings


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
class AddTool:
    """Offer a tool of the page to the agent."""

    type: Literal["add_tool"] = "add_tool"
    name: str
    description: str
    parameters: dict[str, Json]
    """A JSON Schema of type ``object``."""


@dataclass(frozen=True, kw_only=True)
class RemoveTool:
    """Take a tool of the page back."""

    type: Literal["remove_tool"] = "remove_tool"
    name: str


@dataclass(frozen=True, kw_only=True)
class AddAgent:
    """Let the agent call another one, which has the same model and a sandbox of its own."""

    type: Literal["add_agent"] = "add_agent"
    name: str
    """An identifier: code calls it as a function."""
    description: str
    """What it can do, for the agent that calls it."""
    instructions: str = ""
    kind: Literal["code", "tool_calling"] = "code"
    tools: list[str] | None = None
    """Names of the tools that it has; None for all of the calling agent's."""
    max_steps: int | None = None
    """None for as many as the calling agent may take."""
    planning_interval: int | None = None
    max_run_tokens: int | None = None
    max_run_cost_usd: float | None = None
    max_run_seconds: float | None = None
    """Limits on one call, beside what is left of the calling agent's; None for none."""
    provide_run_summary: bool = False
    """Give the calling agent what was done beside the answer."""


@dataclass(frozen=True, kw_only=True)
class RemoveAgent:
    """Take an agent of ``AddAgent`` back."""

    type: Literal["remove_agent"] = "remove_agent"
    name: str


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


@dataclass(frozen=True, kw_only=True)
class PageModelDelta:
    """A piece of the page model's reply."""

    type: Literal["page_model_delta"] = "page_model_delta"
    request_id: int
    text: str


@dataclass(frozen=True, kw_only=True)
class PageModelDone:
    """The page model's reply is complete."""

    type: Literal["page_model_done"] = "page_model_done"
    request_id: int
    finish_reason: Literal["stop", "length"] = "stop"
    token_usage: TokenUsage


@dataclass(frozen=True, kw_only=True)
class PageModelFailed:
    """The page model could not answer."""

    type: Literal["page_model_failed"] = "page_model_failed"
    request_id: int
    problem: Problem


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
class Configured:
    """``Configure`` took effect, or says why not."""

    type: Literal["configured"] = "configured"
    problem: Problem | None = None


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


@dataclass(frozen=True, kw_only=True)
class PageModelPrepare:
    """Read ahead, with the model that the page runs, what requests will begin with."""

    type: Literal["page_model_prepare"] = "page_model_prepare"
    messages: list[dict[str, Json]]
    """As in ``PageModelRequest``."""


@dataclass(frozen=True, kw_only=True)
class PageModelRequest:
    """Generate with the model that the page runs."""

    type: Literal["page_model_request"] = "page_model_request"
    request_id: int
    messages: list[dict[str, Json]]
    """OpenAI chat messages: ``{"role", "content"}``, content as text."""
    stop: list[str] = field(default_factory=list)
    max_tokens: int | None = None
    temperature: float | None = None
    schema: dict[str, Json] | None = None
    """A JSON Schema that the reply must follow."""


@dataclass(frozen=True, kw_only=True)
class PageModelCancel:
    """Nobody waits for this reply any longer."""

    type: Literal["page_model_cancel"] = "page_model_cancel"
    request_id: int


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
