"""Threads for what may block: synchronous tools and hooks, and the reading of files, on CPython.

The default of every agent's ``call_blocking``. The event loop of a browser, which has no threads,
takes the pool and calls inline.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from functools import cache, partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

MAX_THREADS = 256


async def in_thread(function: Callable[[], Any]) -> Any:
    """Call in a thread and wait for it.

    Not ``asyncio.to_thread``: its pool has a handful of threads where there are few cores, so
    that ten agents whose tools wait for a server would wait for each other.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(
        _pool_of(os.getpid()), copy_context().run, _returned, function
    )


def _returned(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except StopIteration as error:
        # No future can hold it: whoever waits would wait for ever.
        raise RuntimeError("It raised StopIteration.") from error


@cache
def _pool_of(process_id: int) -> _Pool:
    """After a fork the child has none of the threads."""
    return _Pool()


class _Pool(Executor):
    """Its threads are started as they are needed, and used again.

    Unlike those of ``ThreadPoolExecutor`` they do not keep the program from ending: a stopped run
    may have left one in ``input()``, or with a server that never answers.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._free = 0
        """Threads less calls; below zero when calls wait."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock:
            if self._free <= 0 and self._threads < MAX_THREADS:
                Thread(target=self._work, name="pyagent-blocking", daemon=True).start()
                self._threads += 1
                self._free += 1
            self._free -= 1
        self._calls.put(partial(_settle, future, partial(function, *args, **kwargs)))
        return future

    def _work(self) -> None:
        while True:
            self._calls.get()()
            with self._lock:
                self._free += 1


def _settle(future: Future[Any], function: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function())
    except BaseException as error:  # also SystemExit is for whoever waits
        future.set_exception(error)
