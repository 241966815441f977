"""The tools of one MCP server, over a connection that is made when it is needed, and again after it
was lost."""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeAlias
from weakref import WeakSet

from pyagent.concurrency import background
from pyagent.errors import ToolError
from pyagent.tools.mcp.connection import Connection, Lost, SessionOptions
from pyagent.tools.mcp.servers import Server

Check: TypeAlias = Callable[[Any], Awaitable[None]]
"""Raises ``ToolError`` if a tool that is listed so now, or None, must not be called."""

_EXIT_WAIT_S = 8.0

_sessions: WeakSet[Session] = WeakSet()
"""All sessions, so that the programs of their servers end with this one."""


class Session:
    """Lists and calls the tools of one server. All methods run in the background loop."""

    def __init__(self, server: Server, options: SessionOptions) -> None:
        self.server = server
        self._options = options
        self._process_id = os.getpid()
        self._connection: Connection | None = None
        self._opening: asyncio.Task[Connection] | None = None
        self._waiting = 0
        _sessions.add(self)

    @property
    def listed(self) -> dict[str, Any]:
        """The server's tools as it listed them last, by name; empty without a connection."""
        return self._connection.listed if self._connection is not None else {}

    async def refresh(self) -> dict[str, Any]:
        """Ask for the list of tools. Raises ``ToolError`` if the server cannot be reached."""
        before = self._connection
        connection = await self._connected()
        if connection is before:  # a new one has just listed them
            try:
                await connection.relist()
            except ToolError:
                await self._drop(connection)
                raise
        return connection.listed

    async def call(
        self, name: str, arguments: dict[str, Any], *, check: Check, can_repeat: bool
    ) -> Any:
        """Call a tool; returns the SDK's result.

        After a lost connection the call is made once more if the server has not carried it out, or
        if doing so again does no harm. Raises ``ToolError`` for what went wrong.
        """
        try:
            return await self._call(name, arguments, check)
        except Lost as lost:
            if lost.was_sent and not can_repeat:
                raise ToolError(
                    lost.error.message,
                    advice="Whether the call was carried out is not known. The next call connects "
                    "again.",
                ) from lost
        try:
            return await self._call(name, arguments, check)
        except Lost as lost:
            raise ToolError(lost.error.message, advice="Go on without it.") from lost

    async def aclose(self) -> None:
        """End the connection, also one that is being made. A later call makes a new one."""
        self._forget_after_fork()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
            self._opening = None
        if self._connection is not None:
            await self._drop(self._connection)

    async def _call(self, name: str, arguments: dict[str, Any], check: Check) -> Any:
        connection = await self._connected()
        checked = None
        while (now := connection.listed.get(name)) is not checked or now is None:
            await check(now)  # the list may change while a person is asked
            checked = now
        try:
            return await connection.call(name, arguments)
        except Lost:
            await self._drop(connection)
            raise

    async def _connected(self) -> Connection:
        """The connection. Those who wait for it at the same time share one attempt."""
        self._forget_after_fork()
        if self._connection is not None and self._connection.is_over:
            await self._drop(self._connection)
        if self._connection is not None:
            return self._connection
        if self._opening is None:
            self._opening = asyncio.create_task(Connection.open(self.server, self._options))
        opening = self._opening
        self._waiting += 1
        try:
            self._connection = await asyncio.shield(opening)
            return self._connection
        finally:
            self._waiting -= 1
            if not self._waiting and not opening.done():
                opening.cancel()
                await asyncio.wait([opening])
            if opening.done() and self._opening is opening:
                self._opening = None

    async def _drop(self, connection: Connection) -> None:
        if self._connection is connection:
            self._connection = None
        await connection.close()

    def _forget_after_fork(self) -> None:
        """Leave the parent's connection to the parent: its loop does not run in a child."""
        if self._process_id != os.getpid():
            self._process_id, self._waiting = os.getpid(), 0
            self._connection = self._opening = None


def _close_all() -> None:
    """End the programs that servers are: one that does not heed its input would live on."""
    open_ones = [session for session in _sessions if session.listed]
    if open_ones:
        with suppress(Exception):  # nobody is there to be told
            background.call(_closed(open_ones))


async def _closed(sessions: list[Session]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_EXIT_WAIT_S):
            await asyncio.gather(*(one.aclose() for one in sessions), return_exceptions=True)


atexit.register(_close_all)
