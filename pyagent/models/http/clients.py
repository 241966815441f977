"""The HTTP clients of a model. ``http`` holds one set for each model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import httpx

    from pyagent.models.http.client import Client

READ_TIMEOUT_S = 300.0
"""Between two pieces; the first may take minutes where a laptop reads a long prompt."""


class Clients:
    """A client for each event loop that asks: connections cannot move between loops."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, *, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = timeout_s
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()

    def here(self) -> Client:
        """The client of the running event loop."""
        # Here because it imports httpx, which a program that starts need not wait for.
        from pyagent.models.http.client import Client

        loop = asyncio.get_running_loop()
        if loop not in self._of:
            self._of[loop] = Client(self._transport, timeout_s=self._timeout_s)
        return self._of[loop]

    async def aclose(self) -> None:
        """Close that client."""
        client = self._of.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
