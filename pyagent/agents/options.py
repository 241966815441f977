"""The options that every kind of agent takes. ``Agent`` gives the defaults and checks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from pyagent.agents.approval import OnApproval
from pyagent.agents.copies import Copyable
from pyagent.concurrency.blocking import CallBlocking
from pyagent.protocol import Limits

StepCallbacks: TypeAlias = Sequence[Callable[..., Any]] | Mapping[Any, Any]
"""Callbacks for every step, or by the kind of step: a class, or whatever ``isinstance`` takes."""


class AgentOptions(TypedDict, total=False):
    """The keyword arguments of ``CodeAgent`` and ``ToolCallingAgent`` alike."""

    name: str
    """The name under which other agents call this one; an identifier."""
    description: str
    """What the agent can do, for the agents that call it."""
    instructions: str
    """What the model is told beside the agent's own prompt."""
    max_steps: int
    """How many steps a run may take; 20."""
    planning_interval: int | None
    """The model makes a plan before the first step and again after every so many; None for none."""
    managed_agents: Sequence[Copyable]
    """Agents that this one may call. Each needs a name and a description."""
    memory_size: int | None
    """How many interactions the model sees; None for all. An interaction is a task with its
    answer, and the running one counts."""
    limits: Limits | None
    """What one run may use of tokens, cost and time; None for no limit."""
    final_answer_checks: Sequence[Callable[..., Any]]
    """Functions of answer, memory and agent, sync or async. When one returns something false or
    raises, the answer is refused and the model goes on."""
    step_callbacks: StepCallbacks
    """Functions of step and agent, sync or async, called after each step. A ``SummaryStep``, which
    no run took, reaches only callbacks that are given by class."""
    approve: Sequence[str]
    """Names of the tools that run only when ``on_approval`` allows it; ``*`` for all."""
    on_approval: OnApproval | None
    """Gets the ``ApprovalRequested`` event; returns True, or False or a reason to refuse."""
    provide_run_summary: bool
    """Whether a calling agent is told what was done, beside the answer."""
    call_blocking: CallBlocking
    """Runs synchronous tools, checks, callbacks and ``on_approval``: in a thread, or
    ``pyagent.tools.call_inline`` where there are none."""
