"""Every message between realms, declared once.

Four unions name what may cross each border: ``ToGuest`` and ``FromGuest`` between an executor and
the guest in its sandbox, ``ToAgent`` and ``FromAgent`` between a page and the agent worker.
``Event`` is the part of ``FromAgent`` that tells of a run; ``agent.stream()`` yields these very
objects. ``wire`` turns them into JSON text and back; the build makes ``protocol.ts`` from this
file. There is no logic here.

Bytes never travel inside a message. They ride beside it as buffers; the docstring of a message
says how many and in which order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any
"""A JSON value: None, bool, int, float, str, or a list or a str-keyed dict of these."""

Bundle = dict[str, Json]
"""A MIME bundle as in Jupyter: media type → data, text as a string, binary types as base64.
Tables are ``application/vnd.dataresource+json``: ``{"schema": {"fields": [{"name", "type"}]},
"data": [{…}, …]}``. There is always a ``text/plain``."""


# --- parts -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FileInfo:
    """A file in the sandbox's work folder."""

    path: str
    """Relative to the work folder, with forward slashes, never with ``..``."""
    size_bytes: int
    media_type: str


@dataclass(frozen=True, kw_only=True)
class ToolStub:
    """What the guest must know to offer a tool as a function."""

    name: str
    signature: str
    """As Python writes it: ``(query: str, limit: int = 5) -> str``."""
    doc: str


@dataclass(frozen=True, kw_only=True)
class ErrorInfo:
    """An exception, as told to the model and the person."""

    type: str
    """The exception's class name: ``ZeroDivisionError``."""
    message: str
    line: int | None = None
    """Line in the executed code, from 1; None when it is not in that code."""
    source_line: str | None = None
    traceback: str = ""
    """Frames of the executed code only, shortened."""
    can_retry: bool = True
    """Whether other code may succeed; False means that the run should end."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What ``final_answer`` was given."""

    value: Json
    """The value itself when JSON can hold it without loss, else its text."""
    bundle: Bundle


@dataclass(frozen=True, kw_only=True)
class TokenUsage:
    """Tokens that the provider counted, or that we estimated when it did not."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """The part of ``input_tokens`` that the provider read from its cache."""
    estimated: bool = False
    cost_usd: float | None = None
    """In US dollars; None when no price is known."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, for a person: an ``AgentError`` on the wire."""

    kind: str
    """``AgentError.kind``."""
    message: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Which model an agent worker uses."""

    kind: Literal["openai", "responses", "anthropic", "gemini", "page", "demo"]
    """A wire format (``openai`` is chat completions), a model that the page runs, or the fixed
    demonstration."""
    model: str = ""
    base_url: str = ""
    api_key: str = ""
    prompt_style: Literal["full", "short"] = "full"
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
    approve: list[str] = field(default_factory=list)
    """Tools that the person is asked about before they run; ``*`` for all."""
    max_run_tokens: int | None = None
    max_run_cost_usd: float | None = None
    max_run_seconds: float | None = None
    """Limits on one run; None for none."""


# --- executor ↔ guest ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Execute:
    """Run code in the guest's lasting namespace. Answered by ``Executed``."""

    type: Literal["execute"] = "execute"
    id: int
    code: str


@dataclass(frozen=True, kw_only=True)
class DefineTools:
    """Replace the functions that stand for host tools."""

    type: Literal["define_tools"] = "define_tools"
    tools: list[ToolStub]


@dataclass(frozen=True, kw_only=True)
class SetVariables:
    """Bind names in the guest's namespace."""

    type: Literal["set_variables"] = "set_variables"
    variables: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class ToolReturn:
    """The end of a ``ToolCall``: a value, or an error."""

    type: Literal["tool_return"] = "tool_return"
    call_id: int
    value: Json = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, kw_only=True)
class WriteFile:
    """Put a file into the work folder. One buffer: its bytes."""

    type: Literal["write_file"] = "write_file"
    path: str


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """Ask for a file of the work folder. Answered by ``FileContent``."""

    type: Literal["read_file"] = "read_file"
    id: int
    path: str


@dataclass(frozen=True, kw_only=True)
class TakeCheckpoint:
    """Ask for the guest's variables and files. Answered by ``CheckpointTaken``."""

    type: Literal["take_checkpoint"] = "take_checkpoint"
    id: int
    with_files: bool = False
    """Take the files even where they outlive the guest, so that a checkpoint needs none."""


@dataclass(frozen=True, kw_only=True)
class RestoreCheckpoint:
    """Load a checkpoint. One buffer. Answered by ``CheckpointRestored``."""

    type: Literal["restore_checkpoint"] = "restore_checkpoint"
    id: int


@dataclass(frozen=True, kw_only=True)
class PackageResponse:
    """The end of a ``PackageRequest``. One buffer: the body (empty on error)."""

    type: Literal["package_response"] = "package_response"
    id: int
    status: int
    content_type: str = ""
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class GuestReady:
    """The guest can execute."""

    type: Literal["guest_ready"] = "guest_ready"
    python: str
    """Its version: ``3.14.2``."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """Text that the code printed."""

    type: Literal["output"] = "output"
    id: int
    stream: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Display:
    """Something that the code showed with ``display``."""

    type: Literal["display"] = "display"
    id: int
    bundle: Bundle


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """The code waits for a host tool. Answered by ``ToolReturn``."""

    type: Literal["tool_call"] = "tool_call"
    call_id: int
    name: str
    args: list[Json] = field(default_factory=list)
    kwargs: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PackageRequest:
    """The guest's installer wants a URL. Answered by ``PackageResponse``."""

    type: Literal["package_request"] = "package_request"
    id: int
    url: str


@dataclass(frozen=True, kw_only=True)
class Executed:
    """The end of an ``Execute``."""

    type: Literal["executed"] = "executed"
    id: int
    value: Bundle | None = None
    """The last expression, None when there was none or it was None."""
    answer: Answer | None = None
    """Set when the code called ``final_answer``."""
    error: ErrorInfo | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """Names bound or rebound by this code → short text of the value."""
    files: list[FileInfo] = field(default_factory=list)
    """Files made or changed by this code."""


@dataclass(frozen=True, kw_only=True)
class FileContent:
    """The end of a ``ReadFile``. One buffer: the bytes (empty on error)."""

    type: Literal["file_content"] = "file_content"
    id: int
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckpointTaken:
    """One buffer: the checkpoint, opaque to everyone but a guest (empty when it was too large)."""

    type: Literal["checkpoint_taken"] = "checkpoint_taken"
    id: int
    skipped: dict[str, str] = field(default_factory=dict)
    """Names that could not be kept → why."""


@dataclass(frozen=True, kw_only=True)
class CheckpointRestored:
    """The end of a ``RestoreCheckpoint``."""

    type: Literal["checkpoint_restored"] = "checkpoint_restored"
    id: int
    names: list[str]
    failed: dict[str, str] = field(default_factory=dict)


# --- page → agent worker ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Configure:
    """Use this model and these settings from the next run on. The conversation stays."""

    type: Literal["configure"] = "configure"
    model: ModelSettings
    agent: AgentSettings


@dataclass(frozen=True, kw_only=True)
class StartRun:
    """Solve a task. One buffer a file, in the order of ``files``."""

    type: Literal["start_run"] = "start_run"
    run_id: str
    task: str
    files: list[FileInfo] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class StopRun:
    """End the run now; it finishes as cancelled."""

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
    prompt_prefix: str = ""
    """The fixed part of a page model's prompt, for evaluating it ahead of the first task."""


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """``ClearConversation`` is done."""

    type: Literal["cleared"] = "cleared"


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


# --- events of a run -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A run began."""

    type: Literal["run_started"] = "run_started"
    run_id: str
    task: str
    files: list[FileInfo] = field(default_factory=list)
    agent: str = ""
    """The agent's name; empty when it has none."""
    parent_run_id: str = ""
    """The run that called this managed agent; empty for a person's own."""
    parent_call_id: int | None = None
    """The tool call of that run."""


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    """The model is asked. Steps count from 1."""

    type: Literal["step_started"] = "step_started"
    run_id: str
    step: int


@dataclass(frozen=True, kw_only=True)
class ModelDelta:
    """A piece of the model's reply as it streams."""

    type: Literal["model_delta"] = "model_delta"
    run_id: str
    step: int
    text: str
    channel: Literal["text", "reasoning", "plan"] = "text"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The model has made a plan, or a new one, ahead of ``step``."""

    type: Literal["planned"] = "planned"
    run_id: str
    step: int
    plan: str
    """Markdown."""
    token_usage: TokenUsage
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ModelReplied:
    """The reply is complete: what was said around the code, and the code (empty when none)."""

    type: Literal["model_replied"] = "model_replied"
    run_id: str
    step: int
    thought: str
    code: str
    token_usage: TokenUsage
    seconds: float


@dataclass(frozen=True, kw_only=True)
class StepOutput:
    """Text that the step's code printed."""

    type: Literal["step_output"] = "step_output"
    run_id: str
    step: int
    stream: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, kw_only=True)
class StepDisplay:
    """Something that the step's code showed."""

    type: Literal["step_display"] = "step_display"
    run_id: str
    step: int
    bundle: Bundle


@dataclass(frozen=True, kw_only=True)
class ToolStarted:
    """A tool was called."""

    type: Literal["tool_started"] = "tool_started"
    run_id: str
    step: int
    call_id: int
    name: str
    arguments: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class ApprovalRequested:
    """A tool waits for a person's word before it runs. Answered by ``Approve``."""

    type: Literal["approval_requested"] = "approval_requested"
    run_id: str
    step: int
    call_id: int
    name: str
    arguments: dict[str, Json]


@dataclass(frozen=True, kw_only=True)
class ToolFinished:
    """A tool returned or failed."""

    type: Literal["tool_finished"] = "tool_finished"
    run_id: str
    step: int
    call_id: int
    name: str
    preview: str
    """The start of the value's text; empty on error."""
    error: ErrorInfo | None = None
    seconds: float


@dataclass(frozen=True, kw_only=True)
class FileProduced:
    """The code made or changed a file. One buffer: its bytes."""

    type: Literal["file_produced"] = "file_produced"
    run_id: str
    step: int
    file: FileInfo


@dataclass(frozen=True, kw_only=True)
class StepFinished:
    """The step's code ended."""

    type: Literal["step_finished"] = "step_finished"
    run_id: str
    step: int
    value: Bundle | None = None
    error: ErrorInfo | None = None
    seconds: float
    """Of the whole step, the model's time included."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something a person should know that is no step: a retry, a restarted sandbox."""

    type: Literal["notice"] = "notice"
    run_id: str = ""
    level: Literal["info", "warning"] = "info"
    message: str


@dataclass(frozen=True, kw_only=True)
class RunFinished:
    """The run ended, one way or another."""

    type: Literal["run_finished"] = "run_finished"
    run_id: str
    success: bool
    reason: Literal["answered", "max_steps", "limit", "error", "cancelled"]
    output: Json = None
    bundle: Bundle | None = None
    problem: Problem | None = None
    token_usage: TokenUsage
    steps: int
    seconds: float


# --- borders ---------------------------------------------------------------------------------

ToGuest = (
    Execute
    | DefineTools
    | SetVariables
    | ToolReturn
    | WriteFile
    | ReadFile
    | TakeCheckpoint
    | RestoreCheckpoint
    | PackageResponse
)
FromGuest = (
    GuestReady
    | Output
    | Display
    | ToolCall
    | PackageRequest
    | Executed
    | FileContent
    | CheckpointTaken
    | CheckpointRestored
)
Event = (
    RunStarted
    | StepStarted
    | ModelDelta
    | Planned
    | ModelReplied
    | StepOutput
    | StepDisplay
    | ToolStarted
    | ApprovalRequested
    | ToolFinished
    | FileProduced
    | StepFinished
    | Notice
    | RunFinished
)
ToAgent = (
    Configure
    | StartRun
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
FromAgent = (
    AgentReady
    | Configured
    | Cleared
    | SandboxRequest
    | SandboxReleased
    | ToolCall
    | PageModelRequest
    | PageModelCancel
    | Event
)
