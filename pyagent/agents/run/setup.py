"""What a run works with, fixed when it starts. An agent makes it; the run and its actor read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pyagent.agents.inputs.files import Files
from pyagent.agents.inputs.images import Images
from pyagent.agents.toolbox import Toolbox
from pyagent.concurrency.blocking import CallBlocking
from pyagent.memory import Memory, Step
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.protocol import ErrorInfo, Json, Limits

AnswerCheck: TypeAlias = Callable[[Json], Awaitable[ErrorInfo | None]]
StepCallback: TypeAlias = Callable[[Step], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The agent's side of a run."""

    agent_name: str
    model: Model
    toolbox: Toolbox
    memory: Memory
    opening: Callable[[], Sequence[ChatMessage]]
    """It changes when the model turns out to be capable of less."""
    max_steps: int
    planning_interval: int | None
    limits: Limits
    observation_chars: int
    preview_lines: int
    call_blocking: CallBlocking
    check_answer: AnswerCheck
    after_step: StepCallback


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is asked."""

    text: str
    files: Files = ()
    images: Images = ()
    variables: Mapping[str, Json] = field(default_factory=dict)
    reset: bool = False
