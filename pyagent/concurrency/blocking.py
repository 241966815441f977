"""Calls functions from users, which may be async and may block: tools, checks, callbacks.

Async functions are awaited. ``CallBlocking`` decides where the others run.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

CallBlocking: TypeAlias = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a function that may block: ``asyncio.to_thread``, or ``call_inline`` without threads."""


async def call_inline(function: Callable[[], Any]) -> Any:
    """Call the function at once, in the running loop. The browser uses this ``CallBlocking``."""
    return function()


async def call_either(
    call_blocking: CallBlocking, function: Callable[..., Any], /, *args: Any, **kwargs: Any
) -> Any:
    """Call a function, async or not, and await its result if it can be awaited."""
    if inspect.iscoroutinefunction(function):
        return await function(*args, **kwargs)
    outcome = await call_blocking(partial(function, *args, **kwargs))
    return await outcome if inspect.isawaitable(outcome) else outcome
