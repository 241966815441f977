"""Code in the sandbox calls the tools of an MCP server. The session stays outside the sandbox.

python docs/examples/mcp_tools.py        needs OPENAI_API_KEY and the packages mcp and uv
"""

from __future__ import annotations

import asyncio
from typing import Any

from pyagent import CodeAgent, MCPClient, Model, OpenAIModel, RunResult

SERVER = {"command": "uvx", "args": ["mcp-server-time"]}
TASK = "What time is it in Tokyo and in Lisbon, and how many hours lie between?"


def main() -> None:
    """Let an agent solve a task with the tools of a server."""
    print(asyncio.run(solve(TASK, SERVER, OpenAIModel("gpt-5-mini"))).output)


async def solve(task: str, server: Any, model: Model) -> RunResult:
    """Solve a task with the tools of ``server``: a command that starts one, or an address."""
    async with MCPClient(server) as tools, CodeAgent(tools, model) as agent:
        return await agent.arun(task)


if __name__ == "__main__":
    main()
