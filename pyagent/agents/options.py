"""``AgentOptions``: the options of every agent. ``Agent`` has the defaults and checks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from pyagent.agents.approval import OnApproval, OnInput
from pyagent.agents.copies import Copyable
from pyagent.concurrency.blocking import CallBlocking
from pyagent.protocol import Limits

StepCallbacks: TypeAlias = Sequence[Callable[..., Any]] | Mapping[Any, Any]
"""Callbacks for every step, or by kind of step: a class, or whatever ``isinstance`` takes."""


class AgentOptions(TypedDict, total=False):
    """The keyword arguments of ``CodeAgent`` and ``ToolCallingAgent`` alike."""

    name: str
    """The name under which other agents call this agent; an identifier."""
    description: str
    """What the agent can do, for the agents that call it."""
    instructions: str
    """What the model is told in addition to the agent's own prompt."""
    max_steps: int
    """How many steps a run may take; 20 by default."""
    planning_interval: int | None
    """The model plans before the first step and then every so many steps; None for no plans."""
    managed_agents: Sequence[Copyable]
    """Agents that this agent may call. Each needs a name and a description."""
    memory_size: int | None
    """How many interactions the model sees; None for all. An interaction is a task with its
    answer, and the running one counts."""
    limits: Limits | None
    """The tokens, cost and time that one run may use; None for no limits."""
    final_answer_checks: Sequence[Callable[..., Any]]
    """Functions of the answer, the memory and the agent, or of the first of these, sync or async.
    If one raises, returns something false, or returns a text, which is the reason, the answer is
    refused and the model goes on. A function that never returns anything refuses by raising."""
    step_callbacks: StepCallbacks | Callable[..., Any]
    """Functions of the step and the agent, or of the step alone, sync or async, called after each
    step. One that returns a step puts it in the place of its own. A ``SummaryStep`` stands for
    other steps, so only callbacks given for its class get it."""
    approve: Sequence[str]
    """The names of the tools that run only if ``on_approval`` allows it; ``*`` for all."""
    on_approval: OnApproval | None
    """Gets the ``ApprovalRequested`` event. Returns True to allow the call, or False or a text with
    the reason to refuse it."""
    on_input: OnInput | None
    """Answers ``input()`` and ``getpass()`` of code. Gets the ``InputRequested`` event and returns
    the text, or None for no answer. Without it, such code gets an ``EOFError``. It is not saved."""
    provide_run_summary: bool
    """Whether an agent that calls this one is told what was done, in addition to the answer."""
    verbosity_level: int
    """1 shows the progress of each run on standard error; 0, the default, prints nothing."""
    call_blocking: CallBlocking
    """Runs synchronous tools, checks, callbacks and ``on_approval``: in a thread, or
    ``pyagent.tools.call_inline`` where there are no threads."""
