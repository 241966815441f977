"""``Fetch`` on CPython, with httpx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from pyagent.executors.packages.broker import MAX_FILE_BYTES
from pyagent.executors.packages.fetching import FetchFailed, FetchRequest, FetchResponse

_TIMEOUT_S = 30.0


@dataclass(kw_only=True)
class HttpResponse:
    """A ``FetchResponse`` whose body is here already."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes

    async def read(self) -> bytes:
        body, self.body = self.body, b""
        return body

    def abort(self) -> None:
        self.body = b""


class HttpFetch:
    """Sends requests, each by a client of its own, so that any event loop may ask.

    A body ends one byte after what a file may have.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport

    async def __call__(self, request: FetchRequest) -> FetchResponse:
        body = bytearray()
        try:
            async with (
                httpx.AsyncClient(
                    transport=self._transport,
                    follow_redirects=request.redirect == "follow",
                    timeout=_TIMEOUT_S,
                ) as client,
                client.stream(request.method, request.url, headers=request.headers) as response,
            ):
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > MAX_FILE_BYTES:
                        break
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchFailed(f"{type(error).__name__}: {error}") from error
        return HttpResponse(
            status=response.status_code,
            url=str(response.url),
            headers=dict(response.headers),
            body=bytes(body[: MAX_FILE_BYTES + 1]),
        )
