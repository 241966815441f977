"""Code in a sandbox calls the tools of a real MCP server through the agent of the example."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from mcp import StdioServerParameters

import mcp_tools
from pyagent import ActionStep, RunResult, ScriptedModel, ToolCallingAgent
from pyagent.messages import ToolUse
from support import SUPPORT

SERVER = StdioServerParameters(command=sys.executable, args=[str(SUPPORT / "mcp_shop_server.py")])


def _solve(*replies: str | list[ToolUse]) -> RunResult:
    model = ScriptedModel(list(replies), supports_tools=True)
    return asyncio.run(mcp_tools.solve("Take what you need.", SERVER, model))


def test_code_in_the_sandbox_calls_the_servers_tools() -> None:
    result = _solve(
        "import os\nleft = take('A-17')['left']",
        "final_answer([os.getpid(), left, take(sku='A-17', pieces=2)['left'], opening_hours()])",
    )
    process, *answers = result.output
    assert process != os.getpid()  # the code runs in another process than the session
    assert answers == [2, 0, "9 to 5"]


def test_structured_result_arrives_whole() -> None:
    assert _solve("final_answer(weigh('A-17'))").output == {"result": 1.5, "unit": "kg"}


def test_code_can_catch_the_error_of_a_server_that_refuses() -> None:
    patient = """
try:
    take("A-17", pieces=4)
except Exception as error:
    final_answer(str(error))
"""
    result = _solve("take('A-17', 5)", patient)
    assert "There are 3 pieces of A-17." in result.output
    first = result.steps[0]
    assert isinstance(first, ActionStep)
    assert first.error is not None
    assert "There are 3 pieces of A-17." in first.error.message


def test_tool_calling_agent_calls_the_servers_tools_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_tools, "CodeAgent", ToolCallingAgent)
    result = _solve(
        [ToolUse(id="1", name="take", arguments={"sku": "A-17", "pieces": 2})],
        [ToolUse(id="2", name="final_answer", arguments={"answer": "1 is left"})],
    )
    assert result.output == "1 is left"
    first = result.steps[0]
    assert isinstance(first, ActionStep)
    assert '"left": 1' in first.tool_results[0].text


def test_image_of_a_server_is_an_image_in_the_code_and_for_the_model() -> None:
    model = ScriptedModel(
        ["image = photograph('A-17')\ndisplay(image)\nimage.size", "final_answer(image)"]
    )
    result = asyncio.run(mcp_tools.solve("Look.", SERVER, model))
    assert result.image is not None
    assert result.image.size == (1, 1)
    seen = model.requests[1].messages[-1]
    assert "(1, 1)" in seen.content
    assert len(seen.images) == 1
