"""The HTTP clients of a model. ``http`` holds one set for each model."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

import httpx

CONNECT_TIMEOUT_S = 15.0
READ_TIMEOUT_S = 300.0
"""Between two pieces; the first may take minutes where a laptop reads a long prompt."""


class Clients:
    """A client for each event loop that asks: connections cannot move between loops."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, *, timeout_s: float) -> None:
        self._transport = transport
        self._timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            WeakKeyDictionary()
        )

    def here(self) -> httpx.AsyncClient:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._of:
            self._of[loop] = httpx.AsyncClient(transport=self._transport, timeout=self._timeout)
        return self._of[loop]

    async def aclose(self) -> None:
        """Close that client."""
        client = self._of.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
