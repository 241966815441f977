"""A connection to one MCP server: made when it is needed, and again after it was lost.

The SDK must be left by the task that entered it, so one task of the background loop holds the
connection. Calls come from any loop.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TextIO, TypeAlias

from pyagent.concurrency.blocking import call_either
from pyagent.errors import ToolError
from pyagent.tools.mcp.servers import Server

logger = logging.getLogger(__name__)

MAX_TOOLS = 1_000
_MAX_PAGES = 100
_CLOSE_WAIT_S = 5.0
_SAID_BYTES = 2_000


@dataclass(frozen=True, kw_only=True)
class ServerQuestion:
    """What a server wants to know from the person."""

    server: str
    message: str
    schema: Mapping[str, Any]
    """The JSON Schema of the answer: an object of texts, numbers and yes or no."""


OnQuestion: TypeAlias = Callable[
    [ServerQuestion], Mapping[str, Any] | Awaitable[Mapping[str, Any] | None] | None
]
"""Answers a server's question; None declines."""


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """Limits in seconds, and who answers the questions of a server."""

    timeout_s: float = 60.0
    connect_timeout_s: float = 30.0
    on_question: OnQuestion | None = None


@dataclass(kw_only=True)
class _Connection:
    """What there is while a connection is open."""

    client: Any
    closing: asyncio.Event = field(default_factory=asyncio.Event)


class Session:
    """Lists and calls the tools of one server. All methods run in the background loop."""

    def __init__(self, server: Server, options: SessionOptions) -> None:
        self.server = server
        self.listed: dict[str, Any] = {}
        """The server's tools as it listed them last, by name."""
        self._options = options
        self._connection: _Connection | None = None
        self._holding: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._relisting: asyncio.Task[None] | None = None

    async def refresh(self) -> dict[str, Any]:
        """Ask for the list of tools. Raises ``ToolError`` if the server cannot be reached."""
        is_new = self._connection is None  # then it has just listed them
        connection = await self._connected()
        if is_new:
            return self.listed
        try:
            async with asyncio.timeout(self._options.connect_timeout_s):
                await self._list(connection.client)
        except Exception as error:  # of the SDK, of a transport, or a timeout
            await self._drop(connection)
            raise self._failed("did not list its tools", error) from error
        return self.listed

    async def call(self, name: str, arguments: dict[str, Any], *, can_repeat: bool) -> Any:
        """Call a tool; returns the SDK's result.

        After a lost connection the call is made once more if that does no harm. Raises
        ``ToolError`` for what went wrong.
        """
        try:
            return await self._call(name, arguments)
        except _Lost as lost:
            if not can_repeat:
                raise lost.told(
                    "Whether the call was carried out is not known. The next call connects again."
                ) from lost
        try:
            return await self._call(name, arguments)
        except _Lost as lost:
            raise lost.told("Go on without it.") from lost

    async def aclose(self) -> None:
        """End the connection. A later call makes a new one."""
        if self._connection is not None:
            await self._drop(self._connection)

    async def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        connection = await self._connected()
        mcp, types = sdk()
        timeout_s = self._options.timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return await connection.client.call_tool(name, arguments)
        except TimeoutError as error:
            raise ToolError(
                f"{name}() of the server {self.server.name} gave no answer within {timeout_s:g} s.",
                advice="Ask for less, or go on without it.",
            ) from error
        except mcp.MCPError as error:
            if error.code != types.CONNECTION_CLOSED:
                raise ToolError(f"{self.server.name}: {error.message}") from error
            raise await self._lost(connection, error) from error
        except Exception as error:  # of a transport, or an answer that is none
            raise await self._lost(connection, error) from error

    async def _lost(self, connection: _Connection, error: Exception) -> _Lost:
        await self._drop(connection)
        return _Lost(self._failed("ended during the call", error))

    async def _connected(self) -> _Connection:
        async with self._turn:
            if self._connection is None:
                opened = asyncio.get_running_loop().create_future()
                self._holding = asyncio.create_task(self._hold(opened))
                try:
                    async with asyncio.timeout(self._options.connect_timeout_s):
                        self._connection = await opened
                except TimeoutError as error:
                    await self._end(self._holding)
                    raise self._failed("cannot be reached", error) from error
            return self._connection

    async def _hold(self, opened: asyncio.Future[_Connection]) -> None:
        connection = None
        said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        try:
            async with self._client(said) as client:
                connection = _Connection(client=client)
                await self._list(client)
                opened.set_result(connection)
                watching = asyncio.create_task(self._watch(client))
                try:
                    await connection.closing.wait()
                finally:
                    await self._end(watching)
        except Exception as error:  # whatever a transport raises, at its end too
            if not opened.done():
                opened.set_exception(
                    self._failed("cannot be reached", _first(error), _last_line(said))
                )
            else:
                logger.debug("The server %s ended badly", self.server.name, exc_info=error)
        finally:
            said.close()
            if self._connection is connection:
                self._connection = None

    def _client(self, errors: TextIO) -> Any:
        mcp, _ = sdk()
        asks = self._options.on_question is not None
        return mcp.Client(
            self.server.connect(errors),
            message_handler=self._hear,
            elicitation_callback=self._answer if asks else None,
        )

    async def _list(self, client: Any) -> None:
        listed: dict[str, Any] = {}
        cursor = None
        for _ in range(_MAX_PAGES):
            page = await client.list_tools(cursor=cursor, cache_mode="refresh")
            listed |= {tool.name: tool for tool in page.tools}
            cursor = page.next_cursor
            if cursor is None or len(listed) > MAX_TOOLS:
                break
        if len(listed) > MAX_TOOLS:
            raise ToolError(f"It lists more than {MAX_TOOLS:,} tools.")
        self.listed = listed

    async def _watch(self, client: Any) -> None:
        """Follow changes of the list, where the protocol has a stream of them."""
        with suppress(Exception):  # a server of before 2026-07-28, or one without changes
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    await self._list(client)

    async def _hear(self, message: Any) -> None:
        _, types = sdk()
        if isinstance(message, types.ToolListChangedNotification) and self._connection:
            # Listed by another task: this one must go on reading for the answer to come.
            self._relisting = asyncio.create_task(self._relist(self._connection.client))

    async def _relist(self, client: Any) -> None:
        with suppress(Exception):  # the next call tells what is wrong
            await self._list(client)

    async def _answer(self, context: Any, params: Any) -> Any:
        _, types = sdk()
        schema = getattr(params, "requested_schema", None)
        ask = self._options.on_question
        if ask is None or schema is None:  # it wants an address to be opened
            return types.ElicitResult(action="decline")
        question = ServerQuestion(server=self.server.name, message=params.message, schema=schema)
        try:
            answer = await call_either(asyncio.to_thread, ask, question)
        except Exception:  # of the person's own function
            logger.exception("A question of %s could not be asked", self.server.name)
            return types.ElicitResult(action="cancel")
        if answer is None:
            return types.ElicitResult(action="decline")
        return types.ElicitResult(action="accept", content=dict(answer))

    async def _drop(self, connection: _Connection) -> None:
        if self._connection is connection:
            self._connection = None
        connection.closing.set()
        if self._holding is not None:
            await self._end(self._holding, wait_s=_CLOSE_WAIT_S)

    @staticmethod
    async def _end(task: asyncio.Task[None], *, wait_s: float = 0) -> None:
        if wait_s:
            await asyncio.wait([task], timeout=wait_s)
        task.cancel()
        await asyncio.wait([task], timeout=_CLOSE_WAIT_S)

    def _failed(self, what: str, error: BaseException, said: str = "") -> ToolError:
        reason = "it did not answer in time" if isinstance(error, TimeoutError) else str(error)
        known = f"It said: {said}" if said else reason
        told = f"The MCP server {self.server.name} {what}{f'. {known}' if known else ''}"
        return ToolError(
            f"{told.rstrip('.')}.",
            advice="" if isinstance(error, ToolError) else "Look at its address or command.",
        )


class _Lost(Exception):
    """The connection ended during a call."""

    def __init__(self, error: ToolError) -> None:
        super().__init__(str(error))
        self._error = error

    def told(self, advice: str) -> ToolError:
        return ToolError(self._error.message, advice=advice)


def sdk() -> tuple[Any, Any]:
    """The modules ``mcp`` and ``mcp_types``, imported at first use because few agents need them.

    Raises ``ToolError`` if they are not installed.
    """
    try:
        return import_module("mcp"), import_module("mcp_types")
    except ImportError as error:
        raise ToolError(
            "MCP servers need the package mcp, which is not installed.",
            advice="Install it: pip install mcp",
        ) from error


def _first(error: BaseException) -> BaseException:
    """The first error in a group of errors, which says more than the group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _last_line(said: TextIO) -> str:
    end = said.seek(0, 2)
    said.seek(max(end - _SAID_BYTES, 0))
    return said.read().strip().rpartition("\n")[2]
