"""HTTP in a browser: an httpx transport over ``fetch``.

The models and tools of the agent worker use it. It sends neither the page's address nor cookies,
and does not use the cache. It sends only headers that were set for the request, because some
providers refuse a request with one header too many (CORS).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Literal, TypeVar

import httpx

from pyagent.executors.packages.fetching import Fetch, FetchFailed, FetchRequest, FetchResponse

T = TypeVar("T")

_OWN_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"}
)
"""Headers that httpx adds, but that the browser sets itself."""

_DECODED_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers about the encoded body, which ``fetch`` has already decoded."""


class FetchTransport(httpx.AsyncBaseTransport):
    """Sends httpx's requests with ``fetch``.

    The read timeout holds for the response's headers and for each piece of its body. A redirect
    becomes a 302 without a target, because a browser does not tell the target and a key must not
    be sent there. With ``follow_redirects`` the browser follows: only for requests without keys.
    """

    def __init__(self, fetch: Fetch, *, follow_redirects: bool = False) -> None:
        self._fetch = fetch
        self._redirect: Literal["follow", "manual"] = "follow" if follow_redirects else "manual"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeouts = request.extensions.get("timeout", {})
        fetch_request = FetchRequest(
            method=request.method,
            url=str(request.url),
            headers=_sent_headers(request.headers),
            body=await request.aread(),
            redirect=self._redirect,
        )
        timeout_s = _sum(timeouts.get("connect"), timeouts.get("read"))
        try:
            response = await _within(self._fetch(fetch_request), timeout_s)
        except FetchFailed as error:
            raise httpx.ConnectError(str(error), request=request) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout("The server did not answer.", request=request) from error
        headers = [
            (name, value)
            for name, value in response.headers.items()
            if name.lower() not in _DECODED_HEADERS
        ]
        stream = _Body(response, request, timeouts.get("read"))
        status = response.status or 302
        return httpx.Response(status, headers=headers, stream=stream, request=request)


class _Body(httpx.AsyncByteStream):
    def __init__(
        self, response: FetchResponse, request: httpx.Request, timeout_s: float | None
    ) -> None:
        self._response = response
        self._request = request
        self._timeout_s = timeout_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while piece := await _within(self._response.read(), self._timeout_s):
                yield piece
        except FetchFailed as error:
            raise httpx.ReadError(str(error), request=self._request) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout("The server went silent.", request=self._request) from error

    async def aclose(self) -> None:
        self._response.abort()


def _sent_headers(headers: httpx.Headers) -> dict[str, str]:
    sent = {name: value for name, value in headers.items() if name not in _OWN_HEADERS}
    if sent.get("accept") == "*/*":
        del sent["accept"]  # the default of both httpx and the browser
    return sent


def _sum(first_s: float | None, second_s: float | None) -> float | None:
    return None if first_s is None or second_s is None else first_s + second_s


async def _within(awaitable: Awaitable[T], timeout_s: float | None) -> T:
    return await asyncio.wait_for(awaitable, timeout_s)
