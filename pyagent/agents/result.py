"""What a run gives back, and what an agent counts over its runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from pyagent.errors import AgentError
from pyagent.memory import Step
from pyagent.protocol import Bundle, Json, Problem, TokenUsage
from pyagent.wire import to_data


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Where a run's seconds went."""

    total_s: float
    model_s: float
    """Waiting for replies; the rest is code, tools and our own work."""

    @property
    def duration(self) -> float:
        """``total_s``, by the name that smolagents gives it."""
        return self.total_s


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """The end of a run. ``success`` is True only when the agent gave an answer."""

    output: Json
    """The answer; after ``max_steps`` the model's best guess, else None."""
    bundle: Bundle | None = None
    """The answer as a MIME bundle, when it is richer than its JSON."""
    steps: tuple[Step, ...]
    success: bool
    reason: Literal["answered", "max_steps", "limit", "error", "cancelled"]
    problem: Problem | None = None
    error: AgentError | None = field(default=None, repr=False, compare=False)
    """The exception that ``raise_for_problem`` raises; None after an answer."""
    token_usage: TokenUsage
    timing: Timing
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Files that the code made or changed, in their last version."""
    run_id: str = ""
    task: str = ""
    agent: str = ""
    """The agent's name; empty when it has none."""
    children: tuple[RunResult, ...] = field(default=(), repr=False)
    """The runs of managed agents, in the order in which they ended."""
    parent_step: int | None = None
    """Of a managed agent's run: the step in which it was called."""

    @property
    def cost(self) -> float | None:
        """In US dollars, managed agents included; None when no price is known."""
        return self.token_usage.cost_usd

    def to_dict(self) -> dict[str, Json]:
        """Everything but ``error`` as JSON data, by the names of the fields; bytes as base64."""
        data: dict[str, Json] = to_data(replace(self, error=None, children=()))
        del data["error"]
        return data | {"children": [child.to_dict() for child in self.children]}

    def replay(self, *, detailed: bool = False) -> None:
        """Print the run's steps; with ``detailed``, replies and observations in full."""
        # Here, because the terminal is not there in the browser, and costs time elsewhere.
        from pyagent.agents.terminal.replay import replay_result

        replay_result(self, detailed=detailed)

    def visualize(self) -> None:
        """Print the run as a tree of steps, calls and managed agents' runs."""
        # As in replay.
        from pyagent.agents.terminal.run_tree import show_result

        show_result(self)

    def raise_for_problem(self) -> RunResult:
        """Return this result when the run succeeded, else raise what ended the run.

        That is an ``AgentError``: a ``ModelError``, ``ExecutorError``, ``LimitError`` or
        ``Cancelled`` as it came, or a plain one for a fault in pyagent or in a callback, with
        the fault as its cause.
        """
        if self.error is not None:
            raise self.error
        return self


@dataclass(frozen=True, kw_only=True)
class AgentState:
    """Totals over all runs of an agent.

    Tokens and cost of the managed agents are in them; their runs and steps are in their own.
    """

    runs: int = 0
    steps: int = 0
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0

    @property
    def cost(self) -> float | None:
        """In US dollars; None when it is not known of every run."""
        return self.token_usage.cost_usd

    def plus(self, result: RunResult) -> AgentState:
        """These totals and one more run."""
        return replace(
            self,
            runs=self.runs + 1,
            steps=self.steps + len(result.steps),
            token_usage=add_usage(self.token_usage, result.token_usage),
            seconds=self.seconds + result.timing.total_s,
        )


def add_usage(left: TokenUsage, right: TokenUsage) -> TokenUsage:
    """The sum; estimated when either is, its cost unknown when either's is."""
    costs = [usage.cost_usd for usage in (left, right) if usage.input_tokens or usage.output_tokens]
    known = [cost for cost in costs if cost is not None]
    return TokenUsage(
        input_tokens=left.input_tokens + right.input_tokens,
        output_tokens=left.output_tokens + right.output_tokens,
        cached_tokens=left.cached_tokens + right.cached_tokens,
        cache_write_tokens=left.cache_write_tokens + right.cache_write_tokens,
        estimated=left.estimated or right.estimated,
        cost_usd=sum(known) if costs and len(known) == len(costs) else None,
    )


def problem_of(error: BaseException) -> Problem:
    """The error as the page and the terminal show it; "internal" when it is no ``AgentError``."""
    if isinstance(error, AgentError):
        return Problem(kind=error.kind, message=error.message, advice=error.advice)
    return Problem(kind="internal", message=f"{type(error).__name__}: {error}")
