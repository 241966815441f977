"""What a page says of its agent: models, settings, tools and other agents. Part of ``page``."""

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
    """A wire format, a model that the page runs, or the fixed
    demonstration."""
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    prompt_style: Literal["full", "short"] = "full"
    thinking: bool | None = None
    """Of ``anthropic`` and ``gemini``; None for the model's own default."""
    context_tokens: int | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    supports_schema: bool = False
    """Whether a model that the page runs follows ``PageModelRequest.schema``."""


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """How an agent worker's agent behaves."""

    kind: Literal["code", "tool_calling"] = "code"
    instructions: str = ""
    max_steps: int = 20
    memory_size: int | None = None
    deadline_s: float = 60.0
    """Longest time one step's code may run, tools included, in seconds."""
    planning_interval: int | None = None
    """A plan before the first step and again after every so many; None for no plans."""
    structured_output: bool = False
    """Ask for JSON that holds the code, where the model follows a schema; of ``code`` alone."""
    approve: list[str] = field(default_factory=list)
    """Tools that the person is asked about before they run; ``*`` for all."""
    max_run_tokens: int | None = None
    max_run_cost_usd: float | None = None
    max_run_seconds: float | None = None
    """Limits on one run; None for none."""


@dataclass(frozen=True, kw_only=True)
class Configure:
    """Use this model and these settings from the next run on. The conversation stays."""

    type: Literal["configure"] = "configure"
    model: ModelSettings
    others: list[ModelSettings] = field(default_factory=list)
    """Further ones, which stand with ``model`` as one."""
    choose: Literal["first", "round_robin", "least_loaded"] = "first"
    """Which of several is asked first; the rest are asked where it fails."""
    agent: AgentSettings


@dataclass(frozen=True, kw_only=True)
class Configured:
    """``Configure`` took effect, or says why not."""

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


@dataclass(frozen=True, kw_only=True)
class RemoveTool:
    """Take a tool of the page back."""

    type: Literal["remove_tool"] = "remove_tool"
    name: str


@dataclass(frozen=True, kw_only=True)
class AddAgent:
    """Let the agent call another one, which has the same model and a sandbox of its own."""

    type: Literal["add_agent"] = "add_agent"
    name: str
    """An identifier: code calls it as a function."""
    description: str
    """What it can do, for the agent that calls it."""
    instructions: str = ""
    kind: Literal["code", "tool_calling"] = "code"
    tools: list[str] | None = None
    """Names of the tools that it has; None for all of the calling agent's."""
    max_steps: int | None = None
    """None for as many as the calling agent may take."""
    planning_interval: int | None = None
    max_run_tokens: int | None = None
    max_run_cost_usd: float | None = None
    max_run_seconds: float | None = None
    """Limits on one call, beside what is left of the calling agent's; None for none."""
    provide_run_summary: bool = False
    """Give the calling agent what was done beside the answer."""


@dataclass(frozen=True, kw_only=True)
class RemoveAgent:
    """Take an agent of ``AddAgent`` back."""

    type: Literal["remove_agent"] = "remove_agent"
    name: str
