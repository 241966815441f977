"""The event loop behind the synchronous API: one thread for the whole process.

``run`` and ``stream`` work from plain scripts and from inside a running loop (a notebook) alike,
because their own work is always done in this thread. The browser has no threads; there they say
which methods do without.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

from pyagent.errors import AgentError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_THREAD_NAME = "pyagent-loop"
STOP_TIMEOUT_S = 5.0
"""How long an interrupted call waits for its end before it gives up on it."""
_starting = threading.Lock()
"""Threads that come first together would start a loop each."""


def background_loop() -> asyncio.AbstractEventLoop:
    """The running loop, started at its first use."""
    with _starting:
        return _loop_of(os.getpid())


@cache
def _loop_of(process_id: int) -> asyncio.AbstractEventLoop:
    """A forked process has its own: the thread of the first is not there."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop,), name=_THREAD_NAME, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        loop.close()
        raise AgentError(
            "No thread can be started here, as in a browser, and run() and its like need one.",
            advice="Use the asynchronous ones, such as await arun().",
            kind="no_threads",
        ) from error
    return loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    while True:
        # These leave a loop; the task that raised them keeps them for whoever waits for it.
        with suppress(SystemExit, KeyboardInterrupt):
            loop.run_forever()


def call(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end and return the result.

    ``KeyboardInterrupt`` cancels the coroutine, waits for its end, and is raised again. Raises
    ``AgentError`` where waiting would be for ever, and where there are no threads.
    """
    if threading.current_thread().name == _THREAD_NAME:
        coroutine.close()
        raise AgentError(
            "run() was called from asynchronous code of an agent.",
            advice="Use await arun() there.",
        )
    try:
        loop = background_loop()
    except AgentError:
        coroutine.close()
        raise
    running = _Running(coroutine)
    try:
        loop.call_soon_threadsafe(running.start)
        return running.future.result()
    except KeyboardInterrupt:
        # It may come anywhere above. What was scheduled before this runs before this.
        loop.call_soon_threadsafe(running.stop)
        with suppress(CancelledError, TimeoutError):
            running.future.exception(STOP_TIMEOUT_S)  # waits for the end, whatever it is
        raise


class _Running(Generic[T]):
    """A coroutine for the loop's thread, in which ``start`` and ``stop`` are called."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self.future: Future[T] = Future()
        self._coroutine = coroutine
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._coroutine)
        self._task.add_done_callback(self._tell)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:
            self._coroutine.close()
            self.future.cancel()

    def _tell(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.future.cancel()
        elif (error := task.exception()) is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(task.result())


class Closable(Protocol[T_co]):
    """An async iterator that is closed, such as an async generator."""

    def __anext__(self) -> Awaitable[T_co]: ...

    def aclose(self) -> Coroutine[Any, Any, None]: ...


def iterate(items: Closable[T]) -> Iterator[T]:
    """The items as they come. Leaving early, or ``KeyboardInterrupt``, closes what brings them."""
    try:
        while True:
            item = call(_next(items))
            if isinstance(item, _End):
                return
            yield item
    finally:
        call(items.aclose())


class _End:
    """Stands for the end: an exhausted generator."""


async def _next(items: Closable[T]) -> T | _End:
    return await anext(items, _End())
