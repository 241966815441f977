"""How a page sets up its agent: models, settings, tools and other agents. Part of ``page``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyagent.protocol.events import Problem
from pyagent.protocol.guest import Json

WireFormat = Literal["openai", "responses", "anthropic", "gemini"]
"""How a model behind HTTP is spoken to; ``openai`` is chat completions."""


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Which model an agent worker uses."""

    kind: Literal[WireFormat, "page", "demo"]
    """A wire format (``openai`` means chat completions), a model that the page runs (``page``), or
    the fixed demonstration (``demo``)."""
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    prompt_style: Literal["full", "short"] = "full"
    thinking: bool | None = None
    """Whether models of ``anthropic`` and ``gemini`` think; None for the model's own default."""
    context_tokens: int | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    supports_schema: bool = False
    """Whether a model that the page runs follows ``PageModelRequest.schema``."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may use, managed agents included; None for no limit.

    Tokens and cost are counted when a reply ends, so replies under way may go beyond a limit; a
    reply that ends early is counted by estimate. Seconds hold at once. The run then ends with the
    reason ``limit``. A cost limit needs a model whose price is known; a run warns where it is not.
    """

    tokens: int | None = None
    """Input and output together."""
    cost_usd: float | None = None
    """In US dollars."""
    seconds: float | None = None
    """For the whole run, unlike the time that the code of one step may take."""


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """How an agent worker's agent behaves."""

    kind: Literal["code", "tool_calling"] = "code"
    """Whether the model writes Python (``code``) or calls tools as JSON (``tool_calling``)."""
    instructions: str = ""
    """Added to the system prompt."""
    max_steps: int = 20
    """The most steps of one run. After them, the model is asked for its best answer."""
    memory_size: int | None = None
    """How many of the latest tasks the model is shown; None for all."""
    deadline_s: float = 60.0
    """The longest time that one step's code may run, including tools, in seconds. After it, the
    step fails with a ``TimeoutError`` and the run goes on; the limit of seconds ends the run."""
    planning_interval: int | None = None
    """Plan before the first step and again after every this many steps; None for no plans."""
    structured_output: bool = False
    """Ask for JSON that holds the code, if the model follows a schema. Only for ``code``."""
    approve: list[str] = field(default_factory=list)
    """The tools whose calls a person must allow; ``*`` for all tools."""
    limits: Limits = field(default_factory=Limits)
    """What one run may use, managed agents included; None for no limit."""


@dataclass(frozen=True, kw_only=True)
class Configure:
    """Use this model and these settings from the next run on. The conversation stays."""

    type: Literal["configure"] = "configure"
    model: ModelSettings
    others: list[ModelSettings] = field(default_factory=list)
    """More models; together with ``model`` they act as one."""
    choose: Literal["first", "round_robin", "least_loaded"] = "first"
    """Which of several models is asked first; if it fails, the others are asked."""
    agent: AgentSettings


@dataclass(frozen=True, kw_only=True)
class Configured:
    """``Configure`` took effect, or ``problem`` says why not."""

    type: Literal["configured"] = "configured"
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class AddTool:
    """Offer a tool of the page to the agent."""

    type: Literal["add_tool"] = "add_tool"
    name: str
    description: str
    parameters: dict[str, Json]
    """A JSON Schema of type ``object``."""
    side_effects: bool = True
    """Whether a call may change something. If not, a run that was interrupted may call again."""


@dataclass(frozen=True, kw_only=True)
class RemoveTool:
    """Take back a tool of the page."""

    type: Literal["remove_tool"] = "remove_tool"
    name: str


@dataclass(frozen=True, kw_only=True)
class AddAgent:
    """Let the agent call another agent, which has the same model and a sandbox of its own."""

    type: Literal["add_agent"] = "add_agent"
    name: str
    """An identifier: code calls the agent as a function."""
    description: str
    """What the agent can do, for the calling agent to read."""
    instructions: str = ""
    """Added to its system prompt."""
    kind: Literal["code", "tool_calling"] = "code"
    """Whether the model writes Python (``code``) or calls tools as JSON (``tool_calling``)."""
    tools: list[str] | None = None
    """The names of its tools; None for all tools of the calling agent."""
    max_steps: int | None = None
    """The most steps for one call; None for as many as the calling agent may take."""
    planning_interval: int | None = None
    """Plan before the first step and again after every this many steps; None for no plans."""
    limits: Limits = field(default_factory=Limits)
    """What one call may use, and never more than the calling agent has left."""
    provide_run_summary: bool = False
    """Give the calling agent a summary of the steps, besides the answer."""


@dataclass(frozen=True, kw_only=True)
class RemoveAgent:
    """Take back an agent that ``AddAgent`` added."""

    type: Literal["remove_agent"] = "remove_agent"
    name: str
