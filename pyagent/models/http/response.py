"""A server's response, read as payloads however the network split them.

``client`` makes it. httpx-sse reads server-sent events. The size is bounded here, so that no
server can fill the memory.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing

import httpx
from httpx_sse import EventSource

from pyagent.errors import StreamError
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.explain import explain_wrong_reply

MAX_REPLY_BYTES = 64 * 1024 * 1024


class Response:
    """A response whose body is read once, by ``payloads`` or by ``text``."""

    def __init__(self, endpoint: Endpoint, response: httpx.Response) -> None:
        self.is_success = response.is_success
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._endpoint = endpoint
        self._response = response

    async def payloads(self) -> AsyncGenerator[str, None]:
        """The payloads of a stream, or the one payload of a server that does not stream."""
        content_type = self.headers.get("content-type", "")
        if "json" in content_type:
            yield await self.text()
        elif "event-stream" in content_type or not content_type:
            headers = {"content-type": "text/event-stream"}
            stream = httpx.Response(200, headers=headers, content=self._bounded())
            stream.encoding = "utf-8-sig"
            async with aclosing(EventSource(stream).aiter_sse()) as events:
                async for event in events:
                    if event.data:
                        yield event.data
        else:
            raise explain_wrong_reply(self._endpoint, content_type, await self.text())

    async def text(self) -> str:
        body = b"".join([piece async for piece in self._bounded()])
        return body.decode("utf-8-sig", "replace")

    async def _bounded(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._response.aiter_bytes():
            size += len(piece)
            if size > MAX_REPLY_BYTES:
                raise StreamError(
                    f"{self._endpoint.host} sent more than {MAX_REPLY_BYTES >> 20} MB as one"
                    " reply.",
                    advice="Check the base URL.",
                )
            yield piece
