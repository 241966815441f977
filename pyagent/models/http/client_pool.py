"""The HTTP clients of a model. Each ``HttpModel`` has one set."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import httpx

    from pyagent.models.http.client import Client

READ_TIMEOUT_S = 300.0
"""Longest wait for the next piece; a laptop may take minutes to read a long prompt."""
IDLE_TIMEOUT_S = 120.0
"""Longest wait for the next piece of a reply that has begun. Providers that let a model think in
between send signs of life meanwhile."""


class ClientPool:
    """One client for each event loop: connections cannot move between loops."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, *, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = timeout_s
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()

    def here(self) -> Client:
        """The client of the running event loop."""
        # Imported here because it imports httpx: a program should not wait for that to start.
        from pyagent.models.http.client import Client

        loop = asyncio.get_running_loop()
        if loop not in self._of:
            self._of[loop] = Client(self._transport, timeout_s=self._timeout_s)
        return self._of[loop]

    async def aclose(self) -> None:
        """Close the client of the running event loop."""
        client = self._of.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
