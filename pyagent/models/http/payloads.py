"""Helpers for reading a reply's payloads one by one. ``HttpModel`` calls them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias

LongestSilence: TypeAlias = Callable[[], float | None]
"""The seconds that the next piece of a body may take, asked before each; None for no limit."""

END = "[DONE]"
"""The payload that ends a stream."""
TAIL_TIMEOUT_S = 5.0
"""How long to wait for token counts and the end of the stream after a reply is complete."""
_AT_ONCE = 64
"""How many payloads are read before other tasks get their turn. A server may send thousands in one
piece, and a person may want to stop."""


async def in_time(
    payloads: AsyncIterator[str], is_complete: Callable[[], bool]
) -> AsyncIterator[str]:
    """The payloads, until nothing follows a complete reply for a while."""
    number = 0
    while True:
        try:
            payload = await asyncio.wait_for(
                anext(payloads, None), TAIL_TIMEOUT_S if is_complete() else None
            )
        except TimeoutError:
            return
        if payload is None:
            return
        yield payload
        number += 1
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)


async def one_payload(payload: str) -> AsyncIterator[str]:
    """The payloads of a reply that came in one piece."""
    yield payload
