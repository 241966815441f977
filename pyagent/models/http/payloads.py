"""Helpers for reading a reply's payloads one by one. ``HttpModel`` calls them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

TAIL_TIMEOUT_S = 5.0
"""How long to wait for token counts and the end of the stream after a reply is complete."""


async def next_payload(payloads: AsyncIterator[str], is_complete: bool) -> str | None:
    """The next payload; None at the end, or when nothing follows a complete reply for a while."""
    try:
        return await asyncio.wait_for(
            anext(payloads, None), TAIL_TIMEOUT_S if is_complete else None
        )
    except TimeoutError:
        return None


async def one_payload(payload: str) -> AsyncIterator[str]:
    """The payloads of a reply that came in one piece."""
    yield payload
