"""Threads for work that may block: synchronous tools and hooks, and reading files, on CPython.

``in_thread`` is the default of every agent's ``call_blocking``. In a browser, which has no
threads, the event loop ignores the pool and calls the function inline.
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
    """Call the function in a thread and wait for it.

    The pool of ``asyncio.to_thread`` has only a handful of threads on a machine with few cores, so
    ten agents whose tools wait for a server would wait for each other.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(
        _pool_of(os.getpid()), copy_context().run, _call_guarded, function
    )


def _call_guarded(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except StopIteration as error:
        # No future can hold a StopIteration: the caller would wait for ever.
        raise RuntimeError("It raised StopIteration.") from error


@cache
def _pool_of(process_id: int) -> _Pool:
    """The pool of one process. A forked process needs its own: it does not get the threads."""
    return _Pool()


class _Pool(Executor):
    """A pool that starts threads as they are needed and uses them again.

    Unlike the threads of ``ThreadPoolExecutor``, they do not keep the program from ending: a
    stopped run may have left one in ``input()``, or waiting for a server that never answers.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._free = 0
        """The number of threads minus the number of calls; below zero when calls are waiting."""

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
    except BaseException as error:  # SystemExit too is for the caller
        future.set_exception(error)
