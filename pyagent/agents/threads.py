"""Threads for what may block: synchronous tools and the reading of files, on CPython.

The default of every agent's ``call_blocking``; the browser has no threads and gives another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import Any

MAX_THREADS = 256


async def in_thread(function: Callable[[], Any]) -> Any:
    """Call in a thread and wait for it.

    Not ``asyncio.to_thread``: its pool has a handful of threads where there are few cores, so
    that ten agents whose tools wait for a server would wait for each other.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_pool(), copy_context().run, _returned, function)


def _returned(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except StopIteration as error:
        # No future can hold it: whoever waits would wait for ever.
        raise RuntimeError("It raised StopIteration.") from error


@cache
def _pool() -> ThreadPoolExecutor:
    """Its threads are started as they are needed, and used again."""
    return ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="pyagent-blocking")
