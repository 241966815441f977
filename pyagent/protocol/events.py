"""The events of a run: ``Event``. ``agent.stream()`` yields these objects themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol.guest import Bundle, ErrorInfo, FileInfo, Json


@dataclass(frozen=True, kw_only=True)
class TokenUsage:
    """Tokens that the provider counted, or that we estimated when it did not."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """The part of ``input_tokens`` that the provider read from its cache."""
    cache_write_tokens: int = 0
    """The part of ``input_tokens`` that the provider wrote to its cache, which may cost more."""
    estimated: bool = False
    cost_usd: float | None = None
    """The cost in US dollars; None when no price is known."""

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, for a person to read: an ``AgentError`` on the wire."""

    kind: str
    """``AgentError.kind``."""
    message: str
    advice: str = ""


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
    """The run that called this managed agent; empty for a run that a person started."""
    parent_call_id: int | None = None
    """The tool call of the parent run that started this one."""
    model: str = ""
    """The name of the model that is asked."""


@dataclass(frozen=True, kw_only=True)
class RunResumed:
    """A run that was interrupted goes on after ``step``. What came after that step is void."""

    type: Literal["run_resumed"] = "run_resumed"
    run_id: str
    step: int
    lost: dict[str, str] = field(default_factory=dict)
    """The names of variables and files that could not be kept → why."""


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    """A step began: the model is asked next. Steps count from 1."""

    type: Literal["step_started"] = "step_started"
    run_id: str
    step: int
    is_last_answer: bool = False
    """Whether the steps are used up and the model is asked for its best answer only."""


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
    """The model made a first or a new plan before ``step``."""

    type: Literal["planned"] = "planned"
    run_id: str
    step: int
    plan: str
    """Markdown."""
    token_usage: TokenUsage
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ModelReplied:
    """The reply is complete: the text around the code, and the code (empty when there is none)."""

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
    """A tool waits until a person allows or refuses its call. Answered by ``Approve``."""

    type: Literal["approval_requested"] = "approval_requested"
    run_id: str
    step: int
    call_id: int
    name: str
    arguments: dict[str, Json]
    """Whole, unlike those of ``ToolStarted``: the person who allows the call must see all of it.
    Only images are given in words, such as ``[image 640x480]``."""
    reason: str = ""
    """Why the person is asked now, in a sentence; empty if every call of the tool is asked."""


@dataclass(frozen=True, kw_only=True)
class InputRequested:
    """Code waits until a person answers its ``input()``. Answered by ``GiveInput``."""

    type: Literal["input_requested"] = "input_requested"
    run_id: str
    step: int
    call_id: int
    prompt: str
    """What the code asks. It is the code's text, not ours."""
    secret: bool = False
    """Whether the answer must not be seen: the code called ``getpass()``."""


@dataclass(frozen=True, kw_only=True)
class ToolFinished:
    """A tool returned or failed."""

    type: Literal["tool_finished"] = "tool_finished"
    run_id: str
    step: int
    call_id: int
    name: str
    preview: str
    """The start of the returned value's text; empty on error."""
    error: ErrorInfo | None = None
    seconds: float


@dataclass(frozen=True, kw_only=True)
class FileProduced:
    """The code created or changed a file. One buffer: the file's bytes."""

    type: Literal["file_produced"] = "file_produced"
    run_id: str
    step: int
    file: FileInfo


@dataclass(frozen=True, kw_only=True)
class StepFinished:
    """A step ended."""

    type: Literal["step_finished"] = "step_finished"
    run_id: str
    step: int
    value: Bundle | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """The names that the step's code bound or rebound → the value as short text."""
    error: ErrorInfo | None = None
    """What went wrong. Its ``can_retry`` says whether the model tries again or the run ends."""
    seconds: float
    """The time of the whole step, including the model's."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that a person should know and that is not a step: a retry, a shortened memory."""

    type: Literal["notice"] = "notice"
    run_id: str = ""
    level: Literal["info", "warning"] = "info"
    message: str
    retry_in_s: float | None = None
    """The seconds until the model is asked again, if the notice is about that."""
    drops_reply: bool = False
    """Whether the reply that streamed so far is void, because it broke off. Nothing of it was done;
    the model is asked for it again."""


@dataclass(frozen=True, kw_only=True)
class RunPaused:
    """The run waits for something outside of it. It goes on by itself; see ``PauseEnded``.

    A page may ask it to go on at once with ``TryNow``.
    """

    type: Literal["run_paused"] = "run_paused"
    run_id: str
    reason: Literal["offline"] = "offline"
    """``offline``: the model cannot be reached, because the network is gone."""
    message: str


@dataclass(frozen=True, kw_only=True)
class PauseEnded:
    """The run goes on after a pause.

    After a sleep of the tab it comes without ``RunPaused``, because nothing could run.
    """

    type: Literal["pause_ended"] = "pause_ended"
    run_id: str
    reason: Literal["offline", "asleep"] = "offline"
    """``asleep``: the tab or the machine slept."""
    message: str
    seconds: float
    """How long the pause was. No limit of time counts it."""


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


Event = (
    RunStarted
    | RunResumed
    | StepStarted
    | ModelDelta
    | Planned
    | ModelReplied
    | StepOutput
    | StepDisplay
    | ToolStarted
    | ApprovalRequested
    | InputRequested
    | ToolFinished
    | FileProduced
    | StepFinished
    | Notice
    | RunPaused
    | PauseEnded
    | RunFinished
)
