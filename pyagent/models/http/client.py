"""Sends a model's requests through httpx, and names what broke a connection in our own words.

``client_pool`` imports this module with the first request, and nothing else may import it: httpx
took a third of the time in which an agent and a model were imported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.explain import BrokenConnection
from pyagent.models.http.response import Response

CONNECT_TIMEOUT_S = 15.0


class Client:
    """The connections that one event loop has to a model's server.

    Raises ``BrokenConnection`` when a proxy that the environment names cannot be used.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None, *, timeout_s: float) -> None:
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        try:
            self._client = httpx.AsyncClient(transport=transport, timeout=timeout)
        except (httpx.InvalidURL, ValueError, ImportError) as error:
            # httpx reads proxies from the environment: a wrong address, or SOCKS without its extra.
            raise BrokenConnection("unreachable", f"The proxy cannot be used: {error}") from error

    @asynccontextmanager
    async def post(
        self, endpoint: Endpoint, path: str, *, headers: Mapping[str, str], content: str
    ) -> AsyncIterator[Response]:
        """The response to a request, its body unread.

        Raises ``BrokenConnection`` when it fails, now or while the body is read.
        """
        try:
            request = self._client.build_request(
                "POST", endpoint.base_url + path, headers=headers, content=content
            )
            response = await self._client.send(request, stream=True)
            try:
                yield Response(endpoint, response)
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise broken_by(error) from error

    async def aclose(self) -> None:
        await self._client.aclose()


def broken_by(error: httpx.HTTPError | httpx.InvalidURL) -> BrokenConnection:
    """What an error of httpx says about the connection."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return BrokenConnection("unreachable", str(error))
    if isinstance(error, httpx.TimeoutException):
        return BrokenConnection("timeout", str(error))
    return BrokenConnection("closed", str(error) or type(error).__name__)
