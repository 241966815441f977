"""An open connection to one MCP server.

The SDK must be left by the task that entered it, so a task of its own holds each connection. All of
this runs in the background loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TextIO, TypeAlias

from pyagent.concurrency.blocking import call_either
from pyagent.concurrency.threads import in_thread
from pyagent.errors import ToolError
from pyagent.tools.mcp.servers import Server

logger = logging.getLogger(__name__)

MAX_TOOLS = 1_000
MAX_LIST_CHARS = 5_000_000
"""Characters of all definitions of a server together."""
_MAX_PAGES = 100
_MAX_MESSAGE_CHARS = 2_000
_CLOSE_WAIT_S = 7.0
"""Longer than the SDK takes to end a program that does not want to end."""
_SAID_CHARS = 2_000
_EXPIRED = ("session terminated", "session not found", "session expired")
"""What servers and the SDK say of a session that the server does not know any more."""


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


class Lost(Exception):
    """The connection ended. ``was_sent`` says whether the server may have carried the call out."""

    def __init__(self, error: ToolError, *, was_sent: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.was_sent = was_sent


class Connection:
    """A connection; ``open`` makes one, and ``close`` must be called in the end."""

    def __init__(self, server: Server, options: SessionOptions) -> None:
        self.listed: dict[str, Any] = {}
        """The server's tools as it listed them last, by name."""
        self._server = server
        self._options = options
        self._client: Any = None
        self._closing = asyncio.Event()
        self._list_changed = asyncio.Event()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._hold())
        self._limits: set[asyncio.Timeout] = set()
        """Those of the calls under way."""

    @classmethod
    async def open(cls, server: Server, options: SessionOptions) -> Connection:
        """Connect and list the tools. Raises ``ToolError`` if that does not work."""
        connection = cls(server, options)
        try:
            async with asyncio.timeout(options.connect_timeout_s):
                await connection._opened
        except TimeoutError as error:
            await connection.close()
            raise connection._failed("cannot be reached", error) from error
        except BaseException:
            await connection.close()
            raise
        return connection

    @property
    def is_over(self) -> bool:
        """Whether the server has ended it. What is sent then reaches nobody."""
        dispatcher = getattr(getattr(self._client, "session", None), "_dispatcher", None)
        return self._task.done() or bool(getattr(dispatcher, "_closed", False))

    async def relist(self) -> None:
        """Ask for the list of tools. Raises ``ToolError``."""
        try:
            async with asyncio.timeout(self._options.connect_timeout_s):
                await self._list()
        except ToolError:
            raise
        except Exception as error:  # of the SDK, of a transport, or a timeout
            raise self._failed("did not list its tools", error) from error

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Call a tool; returns the SDK's result. Raises ``ToolError``, and ``Lost``."""
        timeout_s = self._options.timeout_s
        limit = asyncio.timeout(timeout_s)
        try:
            async with limit:
                self._limits.add(limit)
                return await self._client.call_tool(name, arguments)
        except TimeoutError as error:
            server = self._server.name
            raise ToolError(
                f"{name}() of the server {server} gave no answer within {timeout_s:g} s.",
                advice="Ask for less, or go on without it.",
            ) from error
        except Exception as error:  # of the SDK or of a transport
            raise self._explained(error) from error
        finally:
            self._limits.discard(limit)

    async def close(self) -> None:
        """End it, within some seconds."""
        self._closing.set()
        if not self._opened.done() or self._opened.cancelled():
            self._task.cancel()
        await asyncio.wait([self._task], timeout=_CLOSE_WAIT_S)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_CLOSE_WAIT_S)

    def _explained(self, error: Exception) -> Exception:
        mcp, _ = sdk()
        told = str(error)[:_MAX_MESSAGE_CHARS]
        is_expired = isinstance(error, mcp.MCPError) and told.lower().startswith(_EXPIRED)
        if is_expired or self.is_over:
            failed = self._failed("ended during the call", error)
            return Lost(failed, was_sent=not is_expired)
        if isinstance(error, mcp.MCPError):
            return ToolError(f"{self._server.name}: {told}")
        return ToolError(f"The answer of the server {self._server.name} cannot be read: {told}")

    async def _hold(self) -> None:
        with _Tail() as said:
            try:
                async with self._connected(said.file) as client:
                    self._client = client
                    # The SDK would run the server's patterns on the server's data, without a limit.
                    client.session.validate_tool_result = _accept
                    await self._list()
                    _settle(self._opened, None)
                    watching = asyncio.create_task(self._watch())
                    try:
                        await self._closing.wait()
                    finally:
                        watching.cancel()
                        await asyncio.wait([watching], timeout=_CLOSE_WAIT_S)
            except Exception as error:  # whatever a transport raises, at its end too
                failed = self._failed("cannot be reached", _first(error), said.last_line)
                if not _settle(self._opened, failed):
                    logger.debug("The server %s ended badly", self._server.name, exc_info=error)

    def _connected(self, errors: TextIO) -> Any:
        mcp, _ = sdk()
        asks = self._options.on_question is not None
        return mcp.Client(
            self._server.connect(errors),
            message_handler=self._hear,
            elicitation_callback=self._answer if asks else None,
        )

    async def _list(self) -> None:
        listed: dict[str, Any] = {}
        cursor = None
        for _ in range(_MAX_PAGES):
            page = await self._client.list_tools(cursor=cursor, cache_mode="refresh")
            listed |= {tool.name: tool for tool in page.tools}
            cursor = page.next_cursor
            if cursor is None or len(listed) > MAX_TOOLS:
                break
        size = sum(map(_size_of, listed.values())) if len(listed) <= MAX_TOOLS else 0
        if len(listed) > MAX_TOOLS or size > MAX_LIST_CHARS:
            raise ToolError(
                f"The server {self._server.name} lists more than {MAX_TOOLS:,} tools, or more than "
                f"{MAX_LIST_CHARS:,} characters of definitions."
            )
        self.listed = listed

    async def _watch(self) -> None:
        """List the tools again when the server says that they have changed."""
        following = asyncio.create_task(self._follow())
        try:
            while True:
                await self._list_changed.wait()
                self._list_changed.clear()
                with suppress(ToolError):  # the next call tells what is wrong
                    await self.relist()
        finally:
            following.cancel()

    async def _follow(self) -> None:
        """Hear of changes where the protocol has a stream of them."""
        with suppress(Exception):  # a server of before 2026-07-28, or one without changes
            async with self._client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._list_changed.set()

    async def _hear(self, message: Any) -> None:
        _, types = sdk()
        if isinstance(message, types.ToolListChangedNotification):
            self._list_changed.set()

    async def _answer(self, context: Any, params: Any) -> Any:
        _, types = sdk()
        schema = getattr(params, "requested_schema", None)
        ask = self._options.on_question
        if ask is None or schema is None:  # it wants an address to be opened
            return types.ElicitResult(action="decline")
        question = ServerQuestion(server=self._server.name, message=params.message, schema=schema)
        now = asyncio.get_running_loop().time
        # A person may think for as long as they like.
        held = [(limit, limit.when()) for limit in self._limits]
        begun = now()
        try:
            for limit, _ in held:
                _reschedule(limit, None)
            answer = await call_either(in_thread, ask, question)
        except Exception:  # of the person's own function
            logger.exception("A question of %s could not be asked", self._server.name)
            return types.ElicitResult(action="cancel")
        finally:
            for limit, until in held:
                _reschedule(limit, None if until is None else until + now() - begun)
        if answer is None:
            return types.ElicitResult(action="decline")
        return types.ElicitResult(action="accept", content=dict(answer))

    def _failed(self, what: str, error: BaseException, said: str = "") -> ToolError:
        if isinstance(error, ToolError):
            return error
        reason = "it did not answer in time" if isinstance(error, TimeoutError) else str(error)
        known = f"It said: {said}" if said else reason[:_MAX_MESSAGE_CHARS]
        told = f"The MCP server {self._server.name} {what}{f'. {known}' if known else ''}"
        return ToolError(f"{told.rstrip('.')}.", advice="Look at its address or command.")


class _Tail:
    """Reads what a program writes to its standard error, and keeps the end of it."""

    def __enter__(self) -> _Tail:
        reading, writing = os.pipe()
        self.file = os.fdopen(writing, "w")
        self._said = ""
        self._reader = threading.Thread(target=self._read, args=[reading], daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    @property
    def last_line(self) -> str:
        """The last line; waits a moment for it."""
        self.file.close()
        self._reader.join(0.5)
        return self._said.strip().rpartition("\n")[2]

    def _read(self, reading: int) -> None:
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            while data := pipe.read(1 << 16):
                self._said = (self._said + data.decode("utf-8", "replace"))[-_SAID_CHARS:]


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


async def _accept(name: str, result: Any) -> None:
    """Take a result as it is: our own readers take whatever comes."""


def _settle(future: asyncio.Future[None], error: Exception | None) -> bool:
    """Settle a future unless it is. Returns whether it was not."""
    if future.done():
        return False
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
    return True


def _reschedule(limit: asyncio.Timeout, until: float | None) -> None:
    with suppress(RuntimeError):  # its call is over
        limit.reschedule(until)


def _size_of(tool: Any) -> int:
    schemas = json.dumps([tool.input_schema, tool.output_schema], default=str)
    return len(tool.name) + len(tool.description or "") + len(schemas)


def _first(error: BaseException) -> BaseException:
    """The first error in a group of errors, which says more than the group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
