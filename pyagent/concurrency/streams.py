"""Makes sure that async iterators are closed. Used wherever an agent reads a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def closing(iterator: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close ``iterator`` when the block ends, if it has an ``aclose``.

    Leaving an ``async for`` early does not end the generator behind it, so the request or the code
    behind that generator would go on.
    """
    try:
        yield iterator
    finally:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            await aclose()
