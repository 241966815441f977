"""Code in the sandbox calls the tools of an MCP server. The session stays outside the sandbox.

python docs/examples/mcp_tools.py        needs OPENAI_API_KEY and the packages mcp and uv
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from mcp import Client, StdioServerParameters

from pyagent import CodeAgent, Model, OpenAIModel, RunResult, Tool, ToolError
from pyagent.tools import from_schema

SERVER = StdioServerParameters(command="uvx", args=["mcp-server-time"])
TASK = "What time is it in Tokyo and in Lisbon, and how many hours lie between?"


def main() -> None:
    """Let an agent solve a task with the tools of a server."""
    print(asyncio.run(solve(TASK, SERVER, OpenAIModel("gpt-5-mini"))).output)


async def solve(task: str, server: StdioServerParameters | str, model: Model) -> RunResult:
    """Solve a task with the tools of ``server``: a command that starts one, or a URL."""
    async with Client(server) as client:
        listed = await client.list_tools()
        tools = [as_tool(client, tool) for tool in listed.tools]
        async with CodeAgent(tools, model) as agent:
            return await agent.arun(task)


def as_tool(client: Client, tool: Any) -> Tool:
    """Make one of the server's tools into a tool of the agent."""
    call = partial(call_tool, client, tool.name)
    return from_schema(tool.name, tool.description or tool.name, tool.input_schema, call)


async def call_tool(client: Client, name: str, arguments: dict[str, Any]) -> Any:
    """Call the tool. Returns its result as data if it has any, otherwise as text and images."""
    result = await client.call_tool(name, arguments)
    text = "\n".join(part.text for part in result.content if part.type == "text")
    if result.is_error:
        raise ToolError(text)
    if images := [part for part in result.content if part.type == "image"]:
        return [text, *images] if text else images if len(images) > 1 else images[0]
    data = result.structured_content
    if data is None:
        return text
    return data["result"] if data.keys() == {"result"} else data  # the SDK wraps other values


if __name__ == "__main__":
    main()
