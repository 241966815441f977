"""Payloads of a reply, one by one: what ``http`` needs of them, whoever sends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

TAIL_TIMEOUT_S = 5.0
"""For what follows the end of a reply: token counts and the end of the stream."""


async def next_payload(payloads: AsyncIterator[str], is_complete: bool) -> str | None:
    """The next payload; None at the end, or when nothing follows a complete reply for a while."""
    try:
        return await asyncio.wait_for(
            anext(payloads, None), TAIL_TIMEOUT_S if is_complete else None
        )
    except TimeoutError:
        return None


async def one_payload(payload: str) -> AsyncIterator[str]:
    """A reply that came as a whole."""
    yield payload
