"""A tool of an MCP server as a tool of an agent, and the list of a server's tools."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from weakref import WeakSet

from pyagent.concurrency.background import acall
from pyagent.concurrency.blocking import call_either
from pyagent.concurrency.threads import in_thread
from pyagent.errors import ToolDefinitionError, ToolError
from pyagent.tools.base import SchemaTool
from pyagent.tools.completing import completed, describes_object
from pyagent.tools.mcp.results import is_wrapper, value_of
from pyagent.tools.mcp.session import Session
from pyagent.tools.schema import identifier, python_type

logger = logging.getLogger(__name__)

MAX_RESULT_CHARS = 20_000
"""The longest schema of a result that is shown to the model."""


@dataclass(frozen=True, kw_only=True)
class ToolChange:
    """A tool whose server describes it in another way than when the agent got it."""

    server: str
    tool: str
    parts: tuple[str, ...]
    """What is another: ``description``, ``parameters``, ``result``, ``hints``."""
    before: Any
    """The tool as the SDK's ``mcp_types.Tool``."""
    after: Any


OnChange: TypeAlias = Callable[[ToolChange], bool | Awaitable[bool]]
"""Decides whether a changed tool may still be called. It may take its time."""


class MCPTool(SchemaTool):
    """A tool of a server. Its calls go to the server's session, whichever loop they come from.

    A call changes something unless the server says that it only reads (``readOnlyHint``), and may
    reach the outside unless the server says that it does not (``openWorldHint``).
    """

    def __init__(self, tools: ServerTools, listed: Any, name: str) -> None:
        schema = listed.input_schema if describes_object(listed.input_schema) else {}
        super().__init__(name, listed.description or "", schema or {"type": "object"}, self._send)
        self._tools = tools
        self._listed = listed
        hints = listed.annotations
        self.side_effects = not (hints and hints.read_only_hint)
        self.fetches = not (hints and hints.open_world_hint is False)
        self._repeats = not self.side_effects or bool(hints and hints.idempotent_hint)
        self._describe_result(listed.output_schema)

    def _describe_result(self, schema: Any) -> None:
        self.returns = "Any"
        if not isinstance(schema, dict) or not self._tools.structured:
            return
        if len(json.dumps(schema, default=str)) > MAX_RESULT_CHARS:
            return
        self._result = completed(schema["properties"]["result"] if is_wrapper(schema) else schema)
        self.returns = python_type(self._result)

    async def _send(self, arguments: dict[str, Any]) -> Any:
        return await self._tools.call(self._listed, arguments, can_repeat=self._repeats)

    def held_by(self, holder: object) -> None:
        super().held_by(holder)
        self._tools.in_use.add(self)

    async def aclose(self) -> None:
        """End the connection when no other tool of the server is in use by an agent."""
        self._tools.in_use.discard(self)
        if not self._tools.in_use and not self._tools.stays_open:
            await self._tools.aclose()


class ServerTools:
    """The tools of one server, for several agents."""

    def __init__(
        self, session: Session, *, structured: bool = True, on_change: OnChange | None = None
    ) -> None:
        self.session = session
        self.structured = structured
        self.in_use: WeakSet[MCPTool] = WeakSet()
        """The tools that agents have."""
        self.stays_open = False
        """Whether a program ends the connection, and not the last agent."""
        self._on_change = on_change
        self._allowed: dict[str, list[Any]] = {}
        """Changed tools that may be called, by name."""

    async def list(self) -> list[Any]:
        """The server's tools, as the SDK has them. Raises ``ToolError``."""
        return list((await acall(self.session.refresh())).values())

    async def call(self, listed: Any, arguments: dict[str, Any], *, can_repeat: bool) -> Any:
        """Call the tool that was listed so. Raises ``ToolError``, also if it has changed."""
        calling = self.session.call(
            listed.name, arguments, check=partial(self._check, listed), can_repeat=can_repeat
        )
        result = await acall(calling)
        return value_of(result, self.session.server.name, structured=self.structured)

    async def aclose(self) -> None:
        """End the connection."""
        await acall(self.session.aclose())

    async def _check(self, listed: Any, now: Any) -> None:
        """Raise ``ToolError`` if the tool is not what the agent was given, or what was allowed."""
        server = self.session.server.name
        if now is None:
            raise ToolError(
                f"The server {server} has no tool {listed.name} any more.",
                advice="Go on without it.",
            )
        known = [listed, *self._allowed.get(listed.name, ())]
        if not all(_differences(one, now) for one in known):
            return
        parts = _differences(listed, now)
        change = ToolChange(server=server, tool=listed.name, parts=parts, before=listed, after=now)
        ask = self._on_change
        if ask is not None and await call_either(in_thread, ask, change) is True:
            self._allowed.setdefault(listed.name, []).append(now)
            return
        raise ToolError(
            f"The server {server} has changed its tool {listed.name} ({', '.join(parts)}) since "
            "this agent was given it, so it is not called.",
            advice="Go on without it, and tell the person.",
        )


def _differences(before: Any, now: Any) -> tuple[str, ...]:
    if before is now:
        return ()
    pairs = {
        "description": (before.description, now.description),
        "parameters": (before.input_schema, now.input_schema),
        "result": (before.output_schema, now.output_schema),
        "hints": (before.annotations, now.annotations),
    }
    return tuple(part for part, (one, other) in pairs.items() if one != other)


def named(listed: Iterable[tuple[ServerTools, Any]]) -> list[MCPTool]:
    """Tools with names of their own: several with one name get their server's name before it.

    Leaves out, with a warning in the log, a tool whose definition cannot be read.
    """
    pairs = [(tools, one, identifier(one.name)) for tools, one in listed]
    names = [name for _, _, name in pairs]
    made: dict[str, MCPTool] = {}
    for tools, one, name in pairs:
        server = tools.session.server.name
        if names.count(name) > 1:
            name = identifier(f"{server}_{one.name}")
        while name in made:
            name += "_"
        try:
            made[name] = MCPTool(tools, one, name)
        except ToolDefinitionError as error:
            logger.warning("A tool of the server %s is left out: %s", server, str(error)[:500])
    return list(made.values())
