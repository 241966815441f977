"""pyagent: agents whose model writes Python, and sandboxes that run it.

The public names, imported when they are first used: ``import pyagent`` costs next to nothing.
Everything else is in the modules; the protocol's events are in ``pyagent.protocol``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# What _NAMES says, for type checkers, which cannot read it; a test holds the two together.
if TYPE_CHECKING:
    from pyagent.agents.base import Agent as Agent
    from pyagent.agents.batch import AsyncBatch as AsyncBatch
    from pyagent.agents.batch import Batch as Batch
    from pyagent.agents.batch import BatchItem as BatchItem
    from pyagent.agents.batch import BatchSummary as BatchSummary
    from pyagent.agents.code import CodeAgent as CodeAgent
    from pyagent.agents.result import AgentState as AgentState
    from pyagent.agents.result import RunResult as RunResult
    from pyagent.agents.result import Timing as Timing
    from pyagent.agents.tool_calling import ToolCallingAgent as ToolCallingAgent
    from pyagent.errors import AgentError as AgentError
    from pyagent.errors import AuthenticationError as AuthenticationError
    from pyagent.errors import Cancelled as Cancelled
    from pyagent.errors import ContextOverflowError as ContextOverflowError
    from pyagent.errors import EndpointError as EndpointError
    from pyagent.errors import ExecutorError as ExecutorError
    from pyagent.errors import FileError as FileError
    from pyagent.errors import LimitError as LimitError
    from pyagent.errors import LoadError as LoadError
    from pyagent.errors import MaxStepsError as MaxStepsError
    from pyagent.errors import ModelError as ModelError
    from pyagent.errors import RateLimitError as RateLimitError
    from pyagent.errors import SandboxLostError as SandboxLostError
    from pyagent.errors import ServerError as ServerError
    from pyagent.errors import StreamError as StreamError
    from pyagent.errors import TimeLimitError as TimeLimitError
    from pyagent.errors import ToolDefinitionError as ToolDefinitionError
    from pyagent.errors import ToolError as ToolError
    from pyagent.executors.base import Executor as Executor
    from pyagent.executors.cloud.e2b import E2BExecutor as E2BExecutor
    from pyagent.executors.cloud.modal import ModalExecutor as ModalExecutor
    from pyagent.executors.docker import DockerExecutor as DockerExecutor
    from pyagent.executors.local import LocalExecutor as LocalExecutor
    from pyagent.executors.wasm.executor import WasmExecutor as WasmExecutor
    from pyagent.memory import ActionStep as ActionStep
    from pyagent.memory import Interaction as Interaction
    from pyagent.memory import Memory as Memory
    from pyagent.memory import PlanningStep as PlanningStep
    from pyagent.memory import Step as Step
    from pyagent.memory import SummaryStep as SummaryStep
    from pyagent.messages import ChatMessage as ChatMessage
    from pyagent.messages import Image as Image
    from pyagent.models.base import Model as Model
    from pyagent.models.formats.anthropic import AnthropicModel as AnthropicModel
    from pyagent.models.formats.gemini import GeminiModel as GeminiModel
    from pyagent.models.formats.openai_chat import OpenAIModel as OpenAIModel
    from pyagent.models.formats.openai_chat import OpenAIServerModel as OpenAIServerModel
    from pyagent.models.formats.openai_responses import OpenAIResponsesModel as OpenAIResponsesModel
    from pyagent.models.hugging_face import InferenceClientModel as InferenceClientModel
    from pyagent.models.litellm import LiteLLMModel as LiteLLMModel
    from pyagent.models.price import Price as Price
    from pyagent.models.router import RouterModel as RouterModel
    from pyagent.models.scripted import ScriptedModel as ScriptedModel
    from pyagent.models.transformers import TransformersModel as TransformersModel
    from pyagent.protocol import Limits as Limits
    from pyagent.protocol import TokenUsage as TokenUsage
    from pyagent.tools.base import Tool as Tool
    from pyagent.tools.base import tool as tool
    from pyagent.tools.builtin.final_answer import FinalAnswerTool as FinalAnswerTool
    from pyagent.tools.builtin.sql import SqlTool as SqlTool
    from pyagent.tools.builtin.web import VisitWebpageTool as VisitWebpageTool
    from pyagent.tools.builtin.wikipedia import WikipediaTool as WikipediaTool
    from pyagent.tools.collection import ToolCollection as ToolCollection
    from pyagent.tools.mcp.client import MCPClient as MCPClient

__version__ = "0.1.0"

_NAMES = {
    "agents.base": ("Agent",),
    "agents.code": ("CodeAgent",),
    "agents.batch": ("AsyncBatch", "Batch", "BatchItem", "BatchSummary"),
    "agents.result": ("AgentState", "RunResult", "Timing"),
    "agents.tool_calling": ("ToolCallingAgent",),
    "errors": (
        *("AgentError", "AuthenticationError", "Cancelled", "ContextOverflowError"),
        *("EndpointError", "ExecutorError", "FileError", "LimitError", "LoadError"),
        *("MaxStepsError", "ModelError", "RateLimitError", "SandboxLostError", "ServerError"),
        *("StreamError", "TimeLimitError", "ToolDefinitionError", "ToolError"),
    ),
    "executors.base": ("Executor",),
    "executors.cloud.e2b": ("E2BExecutor",),
    "executors.cloud.modal": ("ModalExecutor",),
    "executors.docker": ("DockerExecutor",),
    "executors.local": ("LocalExecutor",),
    "executors.wasm.executor": ("WasmExecutor",),
    "memory": ("ActionStep", "Interaction", "Memory", "PlanningStep", "Step", "SummaryStep"),
    "messages": ("ChatMessage", "Image"),
    "models.formats.anthropic": ("AnthropicModel",),
    "models.base": ("Model",),
    "models.formats.gemini": ("GeminiModel",),
    "models.hugging_face": ("InferenceClientModel",),
    "models.litellm": ("LiteLLMModel",),
    "models.formats.openai_chat": ("OpenAIModel", "OpenAIServerModel"),
    "models.formats.openai_responses": ("OpenAIResponsesModel",),
    "models.price": ("Price",),
    "models.router": ("RouterModel",),
    "models.scripted": ("ScriptedModel",),
    "models.transformers": ("TransformersModel",),
    "protocol": ("Limits", "TokenUsage"),
    "tools.base": ("Tool", "tool"),
    "tools.builtin.final_answer": ("FinalAnswerTool",),
    "tools.builtin.sql": ("SqlTool",),
    "tools.builtin.web": ("VisitWebpageTool",),
    "tools.builtin.wikipedia": ("WikipediaTool",),
    "tools.collection": ("ToolCollection",),
    "tools.mcp.client": ("MCPClient",),
}
_MODULE_OF = {name: f"pyagent.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        # Imported here: only a name that is not there needs it.
        from pyagent.other_names import missing_export

        raise missing_export("pyagent", name, __all__)
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
