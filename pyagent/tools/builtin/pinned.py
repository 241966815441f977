"""An HTTP transport that resolves each name itself and connects to the address it has checked.

That happens for each connection, so for each redirect too. Only CPython has it: a browser resolves
names itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.request import getproxies

import httpcore
import httpx

from pyagent.tools.builtin.public_hosts import resolve


def public_transport() -> httpx.AsyncBaseTransport | None:
    """Make a transport that connects only to public addresses.

    None if this machine reaches the web through a proxy, which then resolves names in our place.
    """
    if any(scheme in getproxies() for scheme in ("http", "https", "all")):
        return None
    return PinnedTransport()


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over ``_PublicNetwork``. Certificates are checked against the name."""

    def __init__(self) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, network_backend=_PublicNetwork()
        )


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self) -> None:
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception | None = None
        for address in await resolve(host, port):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> Any:
        raise httpcore.ConnectError("A socket of this machine is no web page.")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)
