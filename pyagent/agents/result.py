"""``RunResult``: what a run returns; ``AgentState``: the totals over an agent's runs.

Tokens and cost are added up here by ``add_usage``; the model sets the cost of each reply.
"""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NoReturn

from pyagent.errors import AgentError
from pyagent.memory import Step
from pyagent.messages import Image
from pyagent.other_names import RESULT_ATTRIBUTES, Explained
from pyagent.pictures import picture_in
from pyagent.protocol import Bundle, Json, Problem, TokenUsage
from pyagent.sandbox.texts import short_repr
from pyagent.wire import to_data


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long a run took, and where the time went."""

    total_s: float
    model_s: float
    """Time spent waiting for the model; the rest went to code, tools and pyagent itself."""

    @property
    def duration(self) -> float:
        """``total_s``, under the name that smolagents uses."""
        return self.total_s


@dataclass(frozen=True, kw_only=True)
class RunResult(Explained):
    """What a run returns. ``success`` is True only if the agent gave an answer.

    A result is true in a condition if ``success`` is.
    """

    other_attributes = RESULT_ATTRIBUTES
    output: Json
    """The answer, or the model's best guess after ``max_steps``; otherwise None."""
    bundle: Bundle | None = None
    """The answer as a MIME bundle, which may hold more than the JSON."""
    steps: tuple[Step, ...]
    success: bool
    reason: Literal["answered", "max_steps", "limit", "error", "cancelled"]
    problem: Problem | None = None
    error: AgentError | None = field(default=None, repr=False, compare=False)
    """The exception that ``raise_for_problem`` raises; None after an answer."""
    token_usage: TokenUsage
    timing: Timing
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    """The latest version of each file that the code made or changed."""
    warnings: tuple[str, ...] = ()
    """What went wrong beside the steps, such as a file that was too large to be handed over."""
    run_id: str = ""
    task: str = ""
    agent: str = ""
    """The agent's name; empty when it has none."""
    children: tuple[RunResult, ...] = field(default=(), repr=False)
    """The runs of managed agents, in the order in which they ended."""
    parent_step: int | None = None
    """The step in which the caller made this call, for a managed agent's run."""

    def __bool__(self) -> bool:
        return self.success

    def __repr__(self) -> str:
        """The result in a line. ``replay`` and ``visualize`` print more."""
        why = f", problem={short_repr(self.problem.message)}" if self.problem else ""
        return (
            f"RunResult(output={short_repr(self.output)}, success={self.success}, "
            f"reason={self.reason!r}{why}, steps={len(self.steps)}, "
            f"tokens={self.token_usage.total_tokens}, seconds={self.timing.total_s:.1f})"
        )

    @property
    def image(self) -> Image | None:
        """The image that the answer is; None if it is no image. ``image.save(path)`` writes it."""
        picture = picture_in(self.bundle, limit=2**40)
        if picture is None:
            return None
        return Image(media_type=picture.media_type, data=picture.data)

    @property
    def cost(self) -> float | None:
        """The cost in US dollars, managed agents included; None when no price is known."""
        return self.token_usage.cost_usd

    def to_dict(self) -> dict[str, Json]:
        """Return all fields but ``error`` as JSON data; bytes become base64."""
        data: dict[str, Json] = to_data(replace(self, error=None, children=()))
        del data["error"]
        return data | {"children": [child.to_dict() for child in self.children]}

    def replay(self, *, detailed: bool = False) -> None:
        """Print the run's steps; with ``detailed``, replies and observations in full."""
        # Imported here: the browser has no rich, and elsewhere the import costs time.
        from pyagent.agents.terminal.replay import replay_result

        replay_result(self, detailed=detailed)

    def visualize(self) -> None:
        """Print the run as a tree of steps, calls and managed agents' runs."""
        # Imported here for the same reasons as in replay.
        from pyagent.agents.terminal.run_tree import show_result

        show_result(self)

    def raise_for_problem(self) -> RunResult:
        """Return this result when the run succeeded, else raise what ended the run.

        The exception is an ``AgentError``: the original ``ModelError``, ``ExecutorError``,
        ``LimitError`` or ``Cancelled``, or a plain one with its cause for a fault in pyagent or in
        a callback.
        """
        if self.success:
            return self
        error = self.error or self._error_of_problem()
        error.__context__ = None  # of an earlier raise
        raise error.with_traceback(None)

    def _error_of_problem(self) -> AgentError:
        problem = self.problem
        if problem is None:
            return AgentError(f"The run ended without an answer: {self.reason}.", kind=self.reason)
        return AgentError(problem.message, advice=problem.advice, kind=problem.kind)

    def __getstate__(self) -> dict[str, Any]:
        """For ``pickle`` and ``deepcopy``: an error of the user's own may allow neither."""
        state = dict(vars(self))
        try:
            pickle.dumps(self.error)
        except Exception:  # whatever its ``__reduce__`` raises
            state["error"] = self._error_of_problem()
        return state


@dataclass(frozen=True, kw_only=True)
class AgentState:
    """Totals over all runs of an agent.

    Tokens and cost include managed agents. The runs and steps of managed agents count in the totals
    of those agents.
    """

    runs: int = 0
    steps: int = 0
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    seconds: float = 0.0

    @property
    def cost(self) -> float | None:
        """The cost in US dollars; None unless the cost of every run is known."""
        return self.token_usage.cost_usd

    def __getitem__(self, name: object) -> NoReturn:
        raise TypeError(
            "agent.state has the totals of all runs and no variables. Give values to the code as"
            " agent.run(task, additional_args={name: value}); what the code makes is in output."
        )

    def __setitem__(self, name: object, value: object) -> NoReturn:
        raise self[name]

    def plus(self, result: RunResult) -> AgentState:
        """Return these totals with one more run added."""
        return self.with_run(len(result.steps), result.token_usage, seconds=result.timing.total_s)

    def with_run(self, steps: int, token_usage: TokenUsage, *, seconds: float) -> AgentState:
        """Return these totals with one more run of so many steps."""
        return replace(
            self,
            runs=self.runs + 1,
            steps=self.steps + steps,
            token_usage=add_usage(self.token_usage, token_usage),
            seconds=self.seconds + seconds,
        )


def add_usage(left: TokenUsage, right: TokenUsage) -> TokenUsage:
    """Add up two usages. If either is estimated, or its cost unknown, so is the sum."""
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


def forget_frames(error: BaseException | None) -> None:
    """Let go of what the frames of an error hold: the run, its messages and files.

    The lines of a cause's traceback stay. Otherwise each failed result that is kept would keep
    its whole run, and the agent with it.
    """
    if isinstance(error, AgentError):
        error.__traceback__ = None
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def problem_of(error: BaseException) -> Problem:
    """The error as the page and the terminal show it, "internal" unless it is an ``AgentError``."""
    if isinstance(error, AgentError):
        return Problem(kind=error.kind, message=error.message, advice=error.advice)
    return Problem(kind="internal", message=f"{type(error).__name__}: {error}")
