"""Tools that the page adds with ``AddTool``. A call is sent to the page, which answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from pyagent.browser.exact_integers import exact_for_page
from pyagent.errors import ToolError
from pyagent.protocol import AddTool, CallMade, ErrorInfo, Json, ToolCall, ToolReturn
from pyagent.tools import Tool, from_schema
from pyagent.tools.base import SchemaTool
from pyagent.tools.completing import completed


class PageTools:
    """Makes the page's tools, and keeps the calls that wait. ``send`` sends a call to the page."""

    def __init__(self, send: Callable[[ToolCall], None]) -> None:
        self._send = send
        self._tools: dict[str, SchemaTool] = {}
        """The page's name for a tool → the tool."""
        self._ids = count(1)
        self._calls: dict[int, asyncio.Future[ToolReturn]] = {}

    def add(self, message: AddTool) -> Tool:
        """Make the tool. Raises ``ToolDefinitionError``."""

        schema = completed(message.parameters)

        async def call(arguments: dict[str, Json]) -> Json:
            return await self._call(message.name, exact_for_page(tool.name, arguments, schema))

        tool = from_schema(message.name, message.description, message.parameters, call)
        tool.side_effects = message.side_effects
        self._tools[message.name] = tool
        return tool

    def remove(self, name: str) -> str:
        """Forget the tool. Returns the models' name for it, or an empty text if there was none."""
        tool = self._tools.pop(name, None)
        return tool.name if tool is not None else ""

    def made(self, call: CallMade) -> CallMade:
        """A call that the page knows of, with the models' names and the error as models read it."""
        tool = self._tools.get(call.name)
        if tool is None:
            return call
        kwargs = {tool.python_name(name): value for name, value in call.kwargs.items()}
        error = call.error
        if error is not None:
            message = f"{call.name}() failed: {error.message}"
            error = ErrorInfo(type=ToolError.__name__, message=message)
        return replace(call, name=tool.name, kwargs=kwargs, error=error)

    def returned(self, message: ToolReturn) -> None:
        """Take an answer from the page. An answer that no call waits for is dropped."""
        call = self._calls.get(message.call_id)
        if call is not None and not call.done():
            call.set_result(message)

    async def _call(self, name: str, arguments: dict[str, Json]) -> Json:
        call_id = next(self._ids)
        returned: asyncio.Future[ToolReturn] = asyncio.get_running_loop().create_future()
        self._calls[call_id] = returned
        try:
            self._send(ToolCall(call_id=call_id, name=name, kwargs=arguments))
            answer = await returned
        finally:
            del self._calls[call_id]
        if answer.error is not None:
            raise ToolError(f"{name}() failed: {answer.error.message}")
        return answer.value
