"""The names that pyagent offers, and what importing it costs."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import pyagent
import pyagent.tools

NAMES = {
    "ActionStep",
    "Agent",
    "AgentError",
    "AgentState",
    "AnthropicModel",
    "AsyncBatch",
    "AuthenticationError",
    "Batch",
    "BatchItem",
    "BatchSummary",
    "Cancelled",
    "ChatMessage",
    "CodeAgent",
    "ContextOverflowError",
    "DockerExecutor",
    "E2BExecutor",
    "EndpointError",
    "Executor",
    "ExecutorError",
    "FileError",
    "FinalAnswerTool",
    "GeminiModel",
    "Image",
    "InferenceClientModel",
    "Interaction",
    "LimitError",
    "Limits",
    "LiteLLMModel",
    "LoadError",
    "LocalExecutor",
    "MCPClient",
    "MaxStepsError",
    "Memory",
    "ModalExecutor",
    "Model",
    "ModelError",
    "OpenAIModel",
    "OpenAIResponsesModel",
    "OpenAIServerModel",
    "PlanningStep",
    "Price",
    "RateLimitError",
    "RouterModel",
    "RunResult",
    "SandboxLostError",
    "ScriptedModel",
    "ServerError",
    "SqlTool",
    "Step",
    "StreamError",
    "SummaryStep",
    "TimeLimitError",
    "Timing",
    "TokenUsage",
    "Tool",
    "ToolCallingAgent",
    "ToolCollection",
    "ToolDefinitionError",
    "ToolError",
    "TransformersModel",
    "VisitWebpageTool",
    "WasmExecutor",
    "WikipediaTool",
    "tool",
}


def test_public_names_are_exactly_these() -> None:
    assert set(pyagent.__all__) == NAMES
    assert all(hasattr(pyagent, name) for name in NAMES)
    assert set(dir(pyagent)) >= NAMES


@pytest.mark.parametrize("package", [pyagent, pyagent.tools])
def test_type_checkers_see_the_same_names(package: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(package))
    branch = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.name: node.module
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == package._MODULE_OF
    assert all(hasattr(package, name) for name in package.__all__)


def modules_after(code: str) -> list[str]:
    """What a fresh Python has imported after ``code``."""
    code += "; import sys; print(*sorted(sys.modules))"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()


def test_importing_pyagent_imports_nothing_heavy() -> None:
    loaded = modules_after("import pyagent")
    heavy = {"asyncio", "httpx", "jinja2", "click", "rich", "docstring_parser", "sqlite3", "json"}
    assert heavy.isdisjoint(loaded)
    assert [name for name in loaded if name.startswith("pyagent.")] == []


def test_agent_with_a_model_is_made_without_what_only_requests_and_terminals_need() -> None:
    loaded = modules_after(
        "from pyagent import CodeAgent, OpenAIModel; CodeAgent([], OpenAIModel('m', api_key='k'))"
    )
    assert "pyagent.agents.code" in loaded
    heavy = {"httpx", "httpx_sse", "rich", "click", "pygments", "jinja2", "sqlite3", "cloudpickle"}
    assert heavy.isdisjoint(loaded)


def test_version_is_that_of_the_project_file() -> None:
    project = Path(__file__).parents[1] / "pyproject.toml"
    assert tomllib.loads(project.read_text("utf-8"))["project"]["version"] == pyagent.__version__
