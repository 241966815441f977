"""The payloads of a response, whatever chunks the network cut it into. Called by ``http``.

Server-sent events are read by httpx-sse. Size is bounded here, so that no server fills the memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import httpx
from httpx_sse import EventSource

from pyagent.errors import StreamError
from pyagent.models.http.endpoint import Endpoint
from pyagent.models.http.explain import explain_wrong_reply

MAX_REPLY_BYTES = 64 * 1024 * 1024
TAIL_TIMEOUT_S = 5.0
"""For what follows the end of a reply: token counts and the end of the stream."""


async def payloads_of(endpoint: Endpoint, response: httpx.Response) -> AsyncGenerator[str, None]:
    """The payloads of a stream, or the one payload of a server that does not stream."""
    content_type = response.headers.get("content-type", "")
    if "json" in content_type:
        yield await text_of(endpoint, response)
    elif "event-stream" in content_type or not content_type:
        stream = httpx.Response(
            200,
            headers={"content-type": "text/event-stream"},
            content=_bounded(endpoint, response),
        )
        stream.encoding = "utf-8-sig"
        async with aclosing(EventSource(stream).aiter_sse()) as events:
            async for event in events:
                if event.data:
                    yield event.data
    else:
        raise explain_wrong_reply(endpoint, content_type, await text_of(endpoint, response))


async def next_payload(payloads: AsyncIterator[str], is_complete: bool) -> str | None:
    """The next payload; None at the end, or when nothing follows a complete reply for a while."""
    try:
        return await asyncio.wait_for(
            anext(payloads, None), TAIL_TIMEOUT_S if is_complete else None
        )
    except TimeoutError:
        return None


async def _bounded(endpoint: Endpoint, response: httpx.Response) -> AsyncIterator[bytes]:
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > MAX_REPLY_BYTES:
            raise StreamError(
                f"{endpoint.host} sent more than {MAX_REPLY_BYTES >> 20} MB as one reply.",
                advice="Check the base URL.",
            )
        yield piece


async def text_of(endpoint: Endpoint, response: httpx.Response) -> str:
    return b"".join([piece async for piece in _bounded(endpoint, response)]).decode(
        "utf-8-sig", "replace"
    )
