"""What may be said about an agent and about a run: options, inputs, and the limits that end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from pyagent.agents.inputs.files import Files
from pyagent.agents.inputs.images import Images
from pyagent.concurrency.blocking import CallBlocking
from pyagent.errors import AgentError
from pyagent.protocol import Json, TokenUsage

if TYPE_CHECKING:
    from pyagent.agents.approval import OnApproval
    from pyagent.agents.base import Agent

StepCallbacks: TypeAlias = Sequence[Callable[..., Any]] | Mapping[Any, Any]
"""A list, or by the kind of step: a class, or whatever else ``isinstance`` takes."""


class AgentOptions(TypedDict, total=False):
    """The keyword arguments that every kind of agent takes; ``Agent`` says what they mean."""

    name: str
    description: str
    instructions: str
    max_steps: int
    planning_interval: int | None
    managed_agents: Sequence[Agent]
    memory_size: int | None
    limits: Limits | None
    final_answer_checks: Sequence[Callable[..., Any]]
    step_callbacks: StepCallbacks
    approve: Sequence[str]
    on_approval: OnApproval | None
    provide_run_summary: bool
    call_blocking: CallBlocking


class RunOptions(TypedDict, total=False):
    """The keyword arguments of ``run``, ``stream``, ``arun`` and ``astream``."""

    files: Files
    """Put into the code's work folder, and handed to tools that read files."""
    images: Images
    """Shown to the model with the task, once."""
    reset: bool
    """Forget the conversation, the variables and the files first."""
    max_steps: int | None
    """For this run; None for the agent's own."""
    additional_args: Mapping[str, Json] | None
    """JSON values for the task: variables of a ``CodeAgent``'s code, and in a
    ``ToolCallingAgent`` values that an argument may name."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may use, managed agents included; None for no limit.

    Tokens and cost are counted when a reply ends, so those under way may go beyond; one that ends
    early is counted by estimate. Seconds hold at once. The run then ends with the reason
    ``limit``. A cost limit needs a model whose price is known; a run says so where it is not.
    """

    tokens: int | None = None
    """Input and output together."""
    cost_usd: float | None = None
    seconds: float | None = None

    def reached_by(self, usage: TokenUsage) -> str:
        """Which limit is reached, in words; empty for none."""
        if self.tokens is not None and usage.total_tokens >= self.tokens:
            return f"{self.tokens:,} tokens"
        if self.cost_usd is not None and (usage.cost_usd or 0.0) >= self.cost_usd:
            return f"{self.cost_usd:g} US dollars"
        return ""


def check_takes(cls: type, options: Mapping[str, Any], error: type[AgentError]) -> None:
    """Raise ``error`` when an agent's class cannot be made with all options of an agent."""
    try:
        signature(cls).bind(**options)
    except TypeError as misfit:
        raise error(
            f"{cls.__name__} cannot be made again, because its __init__ does not take all that an "
            f"agent is made with: {misfit}.",
            advice="Let it take **options and hand them on, or override copy().",
        ) from misfit
