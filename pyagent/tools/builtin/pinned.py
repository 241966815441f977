"""An HTTP transport that resolves each name itself and connects to the address it has checked.

That happens for each connection, so for each redirect too. Only CPython has it: a browser resolves
names itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from pyagent.tools.builtin.public_hosts import resolve


class PublicTransport(httpx.AsyncBaseTransport):
    """Connects only to public addresses, or to the proxy that this machine has for a request.

    A proxy resolves names in our place. What it is not used for, as ``NO_PROXY`` says, is pinned.
    """

    def __init__(self) -> None:
        self._pinned = PinnedTransport()
        self._proxied: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        proxy = _proxy_for(request.url)
        if not proxy:
            return await self._pinned.handle_async_request(request)
        if proxy not in self._proxied:
            self._proxied[proxy] = httpx.AsyncHTTPTransport(proxy=proxy)
        return await self._proxied[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in (self._pinned, *self._proxied.values()):
            await transport.aclose()


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over ``_PublicNetwork``. Certificates are checked against the name."""

    def __init__(self) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, network_backend=_PublicNetwork()
        )


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only. The time to connect is one for all that a name has."""

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
        try:
            async with asyncio.timeout(timeout) as limit:
                addresses = await resolve(host, port)
                for number, address in enumerate(addresses):
                    share = _share(limit, len(addresses) - number)
                    try:
                        return await self._network.connect_tcp(
                            address, port, share, local_address, socket_options
                        )
                    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                        failed = error
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} did not answer in time") from error
        raise failed or httpcore.ConnectError(f"{host} has no address")

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> Any:
        raise httpcore.ConnectError("A socket of this machine is no web page.")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


def _share(limit: asyncio.Timeout, addresses: int) -> float | None:
    """The seconds for the next of so many addresses, of those that are left; None for no limit."""
    if (until := limit.when()) is None:
        return None
    return max(until - asyncio.get_running_loop().time(), 0.0) / addresses


def _proxy_for(url: httpx.URL) -> str:
    """The proxy that this machine uses for an address; empty if it uses none."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    host = f"{url.host}:{url.port}" if url.port else url.host
    if not proxy or proxy_bypass(host):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"
