"""``MCPClient``: the tools of MCP servers for agents, in the image of smolagents' class."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pyagent.concurrency.background import acall, call
from pyagent.tools.mcp.connection import OnQuestion, SessionOptions
from pyagent.tools.mcp.servers import Given, servers_of
from pyagent.tools.mcp.session import Session
from pyagent.tools.mcp.tools import MCPTool, OnChange, ServerTools, named


class MCPClient:
    """The tools of one or several MCP servers.

    ``servers`` names them: an http(s) address, ``StdioServerParameters`` of the package ``mcp``, a
    dict such as ``{"url": …, "headers": {…}}`` or ``{"command": …, "args": […]}``, a config file's
    ``{"mcpServers": {…}}``, or a list of these. A server is reached when its tools are first asked
    for, and again when the connection was lost.

    In a ``with`` or ``async with`` block, whose value is the list of tools, the connections end
    with the block; so they do by ``disconnect`` after ``connect``. Tools from ``get_tools`` alone
    close with the last agent that has them.

    ``timeout_s`` limits each call, ``connect_timeout_s`` each connection. With
    ``structured_output=False`` results are texts where a server also has data. ``on_question``
    answers what a server asks the person. ``on_change`` decides whether a tool may still be called
    whose description or parameters the server has changed; without it, it may not. Raises
    ``ValueError`` for what names no server.
    """

    def __init__(
        self,
        servers: Given | Sequence[Given],
        *,
        timeout_s: float = 60.0,
        connect_timeout_s: float = 30.0,
        structured_output: bool = True,
        on_question: OnQuestion | None = None,
        on_change: OnChange | None = None,
    ) -> None:
        options = SessionOptions(
            timeout_s=timeout_s, connect_timeout_s=connect_timeout_s, on_question=on_question
        )
        self._servers = [
            ServerTools(Session(one, options), structured=structured_output, on_change=on_change)
            for one in servers_of(servers)
        ]

    def get_tools(self) -> list[MCPTool]:
        """The servers' tools as they are now. Raises ``ToolError`` if one cannot be reached."""
        return call(self._tools())

    async def aget_tools(self) -> list[MCPTool]:
        """Like ``get_tools``, for asynchronous code."""
        return await acall(self._tools())

    def connect(self) -> list[MCPTool]:
        """Connect until ``disconnect``, also while no agent has the tools. Returns the tools."""
        self._stay_open(True)
        return self.get_tools()

    def disconnect(self, *error: object) -> None:
        """End the connections. Calling it twice is harmless."""
        call(self.aclose())

    async def aclose(self) -> None:
        """Like ``disconnect``, for asynchronous code."""
        self._stay_open(False)
        await asyncio.gather(*(server.aclose() for server in self._servers))

    def __enter__(self) -> list[MCPTool]:
        try:
            return self.connect()
        except BaseException:
            self.disconnect()
            raise

    def __exit__(self, *error: object) -> None:
        self.disconnect()

    async def __aenter__(self) -> list[MCPTool]:
        self._stay_open(True)
        try:
            return await self.aget_tools()
        except BaseException:
            await self.aclose()
            raise

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def _tools(self) -> list[MCPTool]:
        listed = await asyncio.gather(
            *(server.list() for server in self._servers), return_exceptions=True
        )
        failed = next((one for one in listed if isinstance(one, BaseException)), None)
        if failed is not None:
            idle = [one for one in self._servers if not (one.in_use or one.stays_open)]
            await asyncio.gather(*(server.aclose() for server in idle))
            raise failed
        pairs = zip(self._servers, listed, strict=True)
        return named((server, tool) for server, tools in pairs for tool in tools)  # type: ignore[union-attr]

    def _stay_open(self, stay: bool) -> None:
        for server in self._servers:
            server.stays_open = stay
