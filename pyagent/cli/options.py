"""The options about the model and the agent, which several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import click

from pyagent.agents.approval import OnApproval
from pyagent.agents.base import Agent
from pyagent.agents.code import CodeAgent
from pyagent.agents.options import AgentOptions
from pyagent.agents.run.limits import Limits
from pyagent.agents.tool_calling import ToolCallingAgent
from pyagent.cli.model_choice import KEY_VARIABLE, ModelOptions
from pyagent.executors.kinds import EXECUTORS
from pyagent.models.base import Model
from pyagent.tools.builtin.defaults import default_tools

Command = TypeVar("Command", bound=Callable[..., Any])

_MODEL = (
    click.option(
        "-m",
        "--model",
        default="",
        envvar="PYAGENT_MODEL",
        help="Name of the model, or PROVIDER/NAME, such as anthropic/claude-sonnet-4-5.",
    ),
    click.option("--provider", default="", help="A provider we know, such as openai or groq."),
    click.option(
        "--base-url",
        default="",
        envvar="PYAGENT_BASE_URL",
        help="Any OpenAI-compatible server, such as http://127.0.0.1:8080/v1.",
    ),
    click.option(
        "--api-key",
        default="",
        help=f"Better in {KEY_VARIABLE} or the provider's own variable, such as OPENAI_API_KEY.",
    ),
    click.option(
        "--prompt-style",
        type=click.Choice(["full", "short"]),
        default="full",
        show_default=True,
        help="Short is for small local models.",
    ),
    click.option("--context-tokens", type=click.IntRange(min=512), help="What the model can read."),
)
_AGENT = (
    click.option(
        "--agent",
        type=click.Choice(["code", "tool-calling"]),
        default="code",
        show_default=True,
        help="Whether the model writes Python or calls tools.",
    ),
    click.option("--max-steps", type=click.IntRange(min=1), default=20, show_default=True),
    click.option(
        "--plan-every",
        type=click.IntRange(min=1),
        metavar="N",
        help="Make a plan first, and again after every N steps.",
    ),
    click.option("--max-tokens", type=click.IntRange(min=1), help="For a run, in and out."),
    click.option("--max-cost", type=click.FloatRange(min=0), help="For a run, in US dollars."),
    click.option("--max-seconds", type=click.FloatRange(min=0.1), help="For a run."),
    click.option(
        "--deadline",
        type=click.FloatRange(min=0.1),
        default=60.0,
        show_default=True,
        help="Longest time for a step's code, in seconds.",
    ),
    click.option(
        "--executor", type=click.Choice(list(EXECUTORS)), default="local", show_default=True
    ),
    click.option("--instructions", default="", help="Added to the agent's prompt."),
)


def model_options(command: Command) -> Command:
    """Add the options that choose a model."""
    return _with(_MODEL, command)


def agent_options(command: Command) -> Command:
    """Add the options that make an agent."""
    return _with(_AGENT, command)


@dataclass(frozen=True, kw_only=True)
class AgentChoice:
    """What the command line says about the agent; each field is named after its option."""

    agent: str
    max_steps: int
    plan_every: int | None
    max_tokens: int | None
    max_cost: float | None
    max_seconds: float | None
    deadline: float
    executor: str
    instructions: str


def split_options(given: Mapping[str, Any]) -> tuple[ModelOptions, AgentChoice]:
    """Separate the values of ``model_options`` from those of ``agent_options``."""
    model = {f.name: given[f.name] for f in fields(ModelOptions) if f.name in given}
    agent = {f.name: given[f.name] for f in fields(AgentChoice)}
    return ModelOptions(**model), AgentChoice(**agent)


def make_agent(
    choice: AgentChoice,
    model: Model,
    *,
    approve: tuple[str, ...] = (),
    on_approval: OnApproval | None = None,
) -> Agent:
    """Make the agent. ``on_approval`` is asked before a tool named in ``approve`` runs."""
    tools = default_tools()
    options: AgentOptions = {
        "instructions": choice.instructions,
        "max_steps": choice.max_steps,
        "planning_interval": choice.plan_every,
        "limits": Limits(
            tokens=choice.max_tokens, cost_usd=choice.max_cost, seconds=choice.max_seconds
        ),
        "approve": approve,
        # Left out if nobody is ever asked: otherwise loading the saved agent would require it.
        "on_approval": on_approval if approve else None,
    }
    if choice.agent == "tool-calling":
        return ToolCallingAgent(tools, model, **options)
    return CodeAgent(
        tools, model, executor_type=choice.executor, deadline_s=choice.deadline, **options
    )


def runs_code_here(agent: Agent) -> bool:
    """Whether the model's code runs with the rights of this user."""
    return isinstance(agent, CodeAgent) and agent.executor_type == "local"


def _with(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
