"""pyagent: agents whose model writes Python, and sandboxes that run it.

The public names, imported when they are first used: ``import pyagent`` costs next to nothing.
Everything else is in the modules; the protocol's events are in ``pyagent.protocol``.
"""

# ruff: noqa: F401
from importlib import import_module
from typing import TYPE_CHECKING, Any

# What _NAMES says, for type checkers, who cannot read it; a test holds the two together.
if TYPE_CHECKING:
    from pyagent.agents.code import CodeAgent
    from pyagent.agents.result import (
        AgentState,
        RunResult,
        Timing,
    )
    from pyagent.errors import (
        AgentError,
        AuthenticationError,
        Cancelled,
        ContextOverflowError,
        DeadlineError,
        EndpointError,
        ExecutorError,
        FileError,
        ModelError,
        ParseError,
        RateLimitError,
        SandboxLostError,
        ServerError,
        StreamError,
        ToolDefinitionError,
        ToolError,
    )
    from pyagent.executors.base import Executor
    from pyagent.executors.local import LocalExecutor
    from pyagent.memory import (
        Interaction,
        Memory,
        Step,
    )
    from pyagent.messages import ChatMessage
    from pyagent.models.base import Model
    from pyagent.models.openai_chat import OpenAIModel
    from pyagent.models.scripted import ScriptedModel
    from pyagent.protocol import TokenUsage
    from pyagent.tools.base import (
        Tool,
        tool,
    )
    from pyagent.tools.final_answer import FinalAnswerTool
    from pyagent.tools.sql import SqlTool
    from pyagent.tools.web import VisitWebpageTool
    from pyagent.tools.wikipedia import WikipediaTool

__version__ = "0.1.0"

_NAMES = {
    "agents.code": ("CodeAgent",),
    "agents.result": ("AgentState", "RunResult", "Timing"),
    "errors": (
        *("AgentError", "AuthenticationError", "Cancelled", "ContextOverflowError"),
        *("DeadlineError", "EndpointError", "ExecutorError", "FileError", "ModelError"),
        *("ParseError", "RateLimitError", "SandboxLostError", "ServerError", "StreamError"),
        *("ToolDefinitionError", "ToolError"),
    ),
    "executors.base": ("Executor",),
    "executors.local": ("LocalExecutor",),
    "memory": ("Interaction", "Memory", "Step"),
    "messages": ("ChatMessage",),
    "models.base": ("Model",),
    "models.openai_chat": ("OpenAIModel",),
    "models.scripted": ("ScriptedModel",),
    "protocol": ("TokenUsage",),
    "tools.base": ("Tool", "tool"),
    "tools.final_answer": ("FinalAnswerTool",),
    "tools.sql": ("SqlTool",),
    "tools.web": ("VisitWebpageTool",),
    "tools.wikipedia": ("WikipediaTool",),
}
_MODULE_OF = {name: f"pyagent.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'pyagent' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
