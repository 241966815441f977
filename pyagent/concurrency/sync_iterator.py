"""Reads async iterators of the background loop from synchronous code.

Readers are often left half read: by ``break``, by an exception, by ``del``, by the garbage
collector, or because the program ends. Each of these closes the async iterator, and none of them
may wait for a loop that cannot answer.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
from collections.abc import Awaitable, Coroutine, Iterator
from concurrent.futures import CancelledError, wait
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from pyagent.concurrency.background import (
    STOP_TIMEOUT_S,
    BackgroundTask,
    call,
    is_loop_thread,
)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

CLOSE_TIMEOUT_S = 30.0
"""How long a reader that nobody refers to any longer waits for its run to end.

In a thread with an event loop it waits ``STOP_TIMEOUT_S``: a tool may need that loop to end.
"""


class Closable(Protocol[T_co]):
    """An async iterator that can be closed, such as an async generator."""

    def __anext__(self) -> Awaitable[T_co]: ...

    def aclose(self) -> Coroutine[Any, Any, None]: ...


class SyncIterator(Iterator[T]):
    """Yields the items of an async iterator as they come.

    ``close``, an exception and the end of the last reference close the iterator and wait for that.
    The end of the program closes it too. Any thread may call ``close``, also while another one
    waits for an item; that thread then finds no more items.
    """

    def __init__(self, items: Closable[T]) -> None:
        self._reading = _Reading(items)
        self._busy = threading.Lock()
        self._closed = False

    def __next__(self) -> T:
        if not self._busy.acquire(blocking=False):
            raise ValueError("Another thread is waiting for the next item.")
        try:
            return self._next()
        finally:
            self._busy.release()

    def _next(self) -> T:
        if self._closed:
            raise StopIteration
        try:
            item = call(self._reading.next())
        except CancelledError:
            if self._closed:  # by another thread
                raise StopIteration from None
            self.close()
            raise
        except BaseException:
            self.close()
            raise
        if isinstance(item, _End):
            self.close()
            raise StopIteration
        return item

    def close(self) -> None:
        """Close the iterator and wait for it. The thread of the loop does not wait."""
        self._close(timeout_s=None)

    def __del__(self) -> None:
        if not self._closed and not sys.is_finalizing():
            self._close(timeout_s=STOP_TIMEOUT_S if _has_loop() else CLOSE_TIMEOUT_S)

    def _close(self, *, timeout_s: float | None) -> None:
        if self._closed:
            return
        self._closed = True
        ending = self._reading.start_to_end()
        if ending is not None and not is_loop_thread():
            with suppress(TimeoutError, CancelledError):
                ending.future.result(timeout_s)


class _End:
    """Marks the end of an exhausted iterator."""


class _Reading(Generic[T]):
    """An iterator that is being read. It outlives a reader that is collected.

    Otherwise the garbage collector would finalize an async generator together with its reader, and
    both would close it.
    """

    def __init__(self, items: Closable[T]) -> None:
        self._items = items
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process_id = 0
        self._task: asyncio.Task[Any] | None = None

    async def next(self) -> T | _End:
        self._loop = asyncio.get_running_loop()
        self._process_id = os.getpid()
        self._task = asyncio.current_task()
        _under_way.add(self)
        try:
            return await anext(self._items, _End())
        finally:
            self._task = None

    def start_to_end(self) -> BackgroundTask[None] | None:
        """Let the loop close the iterator. Returns None if it was never read in this process.

        The garbage collector may interrupt anything, so this takes no lock.
        """
        if self._loop is None or self._process_id != os.getpid():
            return None
        ending = BackgroundTask(self._end())
        self._loop.call_soon_threadsafe(ending.start)
        return ending

    async def _end(self) -> None:
        try:
            if (task := self._task) is not None:
                task.cancel()
                await asyncio.wait([task])
            await self._items.aclose()
        finally:
            _under_way.discard(self)


_under_way: set[_Reading[Any]] = set()
"""Changed only in the thread of the loop."""


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@atexit.register
def _end_all() -> None:
    """Close what is still being read, while the thread of the loop still runs."""
    endings = [reading.start_to_end() for reading in _under_way.copy()]
    wait([ending.future for ending in endings if ending is not None], STOP_TIMEOUT_S)
