"""The options about the model and the agent, which several commands share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

import click

from pyagent.agents.approval import OnApproval
from pyagent.agents.base import Agent
from pyagent.agents.code import CodeAgent
from pyagent.agents.options import AgentOptions
from pyagent.agents.tool_calling import ToolCallingAgent
from pyagent.cli.model_choice import KEY_VARIABLE, ModelOptions
from pyagent.executors.kinds import EXECUTORS
from pyagent.models.base import Model
from pyagent.protocol import Limits
from pyagent.tools.builtin.defaults import default_tools

Command = TypeVar("Command", bound=Callable[..., Any])

LIMITS = {f"limit_{field.name}": field.name for field in fields(Limits)}
"""Option of the command → field of ``Limits``."""

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
        "--planning-interval",
        type=click.IntRange(min=1),
        metavar="N",
        help="Make a plan first, and again after every N steps.",
    ),
    click.option(
        "--limit-tokens", type=click.IntRange(min=1), help="End a run there; input and output."
    ),
    click.option("--limit-cost-usd", type=click.FloatRange(min=0), help="End a run at this cost."),
    click.option(
        "--limit-seconds", type=click.FloatRange(min=0.1), help="End a run after this time."
    ),
    click.option(
        "--deadline-s",
        type=click.FloatRange(min=0.1),
        default=60.0,
        show_default=True,
        help="Longest time for a step's code, in seconds.",
    ),
    click.option(
        "--executor", type=click.Choice(list(EXECUTORS)), default="local", show_default=True
    ),
    click.option(
        "--executor-option",
        "executor_options",
        multiple=True,
        metavar="NAME=VALUE",
        help="An option of the executor, such as memory=2g. Can be repeated.",
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
    """What the command line says about the agent."""

    agent: str
    executor: str
    executor_options: Mapping[str, Any]
    deadline_s: float
    limits: Limits
    options: AgentOptions
    """Every option of the command that is named after an option of agents."""


def split_options(given: Mapping[str, Any]) -> tuple[ModelOptions, AgentChoice]:
    """Separate the values of ``model_options`` from those of ``agent_options``."""
    model = {f.name: given[f.name] for f in fields(ModelOptions) if f.name in given}
    agent = {name: given[name] for name in ("agent", "executor", "deadline_s")}
    agent["executor_options"] = _read_options(given["executor_options"])
    limits = Limits(**{name: given[option] for option, name in LIMITS.items()})
    options = {name: given[name] for name in AgentOptions.__annotations__ if name in given}
    choice = AgentChoice(**agent, limits=limits, options=cast(AgentOptions, options))
    return ModelOptions(**model), choice


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
        **choice.options,
        "limits": choice.limits,
        "approve": approve,
        # Left out if nobody is ever asked: otherwise loading the saved agent would require it.
        "on_approval": on_approval if approve else None,
    }
    try:
        if choice.agent == "tool-calling":
            return ToolCallingAgent(tools, model, **options)
        return CodeAgent(
            tools,
            model,
            executor_type=choice.executor,
            executor_options=choice.executor_options,
            deadline_s=choice.deadline_s,
            **options,
        )
    except (TypeError, ValueError) as error:  # a tool or an option that is not there
        raise click.UsageError(str(error)) from error


def _read_options(given: Sequence[str]) -> dict[str, Any]:
    """The options of the executor: JSON where a value is that, else text."""
    read: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise click.BadParameter(
                f"{text!r} is not NAME=VALUE, such as memory=2g.", param_hint="--executor-option"
            )
        try:
            read[name] = json.loads(value)
        except ValueError:
            read[name] = value
    return read


def runs_code_here(agent: Agent) -> bool:
    """Whether the model's code runs with the rights of this user."""
    return isinstance(agent, CodeAgent) and not agent.is_isolated


def _with(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
