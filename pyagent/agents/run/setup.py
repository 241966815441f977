"""``Setup`` and ``Task``: what a run works with, fixed when the run starts.

The agent makes both. The run loop, the asker and the actor all get the whole ``Setup``, and each
reads what it needs. Only the loop and the asker write the memory in it; an actor does not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pyagent.agents.inputs.files import Files
from pyagent.agents.inputs.images import Images
from pyagent.agents.run.options import RunOptions
from pyagent.agents.run.resuming.progress import Progress
from pyagent.agents.toolbox import Toolbox
from pyagent.concurrency.blocking import CallBlocking
from pyagent.memory import Memory, Step
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.protocol import CallMade, ErrorInfo, Json, Limits

AnswerCheck: TypeAlias = Callable[[Json], Awaitable[ErrorInfo | None]]
StepCallback: TypeAlias = Callable[[Step], Awaitable[Step]]

_OBSERVATION_CHARS = {"full": 10_000, "short": 1_500}
_PREVIEW_LINES = {"full": 4, "short": 2}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What an agent lends to one of its runs: its parts, its options and its hooks."""

    agent_name: str
    model: Model
    toolbox: Toolbox
    memory: Memory
    opening: Callable[[], Sequence[ChatMessage]]
    """Makes the first messages of a request. They change if a server refuses tools or a schema."""
    max_steps: int
    planning_interval: int | None
    limits: Limits
    before_task: str
    """What the model reads before the task; empty for nothing."""
    call_blocking: CallBlocking
    check_answer: AnswerCheck
    """Calls ``final_answer_checks``. Returns why they refuse an answer, or None."""
    after_step: StepCallback
    """Calls ``step_callbacks``. Returns the step, or what a callback put in its place."""
    progress: Progress
    """Where the run notes how far it has come."""

    @property
    def observation_chars(self) -> int:
        """About how long an observation may be."""
        return _OBSERVATION_CHARS[self.model.prompt_style]

    @property
    def preview_lines(self) -> int:
        """How many lines of a text file the model sees with the task."""
        return _PREVIEW_LINES[self.model.prompt_style]


@dataclass(frozen=True, kw_only=True)
class Task:
    """The task, and what comes with it."""

    text: str
    files: Files = ()
    images: Images = ()
    variables: Mapping[str, Json] = field(default_factory=dict)
    reset: bool = False
    """Whether to forget the conversation first."""
    max_steps: int | None = None
    """The limit that was given for this run."""
    resume: bool = False
    """Whether the run goes on with the unfinished one. All but ``calls`` is then empty."""
    calls: Sequence[CallMade] = ()
    """The calls of the interrupted step."""

    @classmethod
    def given(cls, text: str | None, options: RunOptions) -> Task:
        """The task with the options of a run."""
        return cls(
            text=text or "",
            files=options.get("files", ()),
            images=options.get("images", ()),
            variables=options.get("additional_args") or {},
            reset=options.get("reset", False),
            max_steps=options.get("max_steps"),
            resume=options.get("resume", False),
            calls=options.get("calls_made", ()),
        )
