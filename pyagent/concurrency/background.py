"""The event loop behind the synchronous API, in one thread for the whole process.

An agent's ``run`` and ``stream`` work both in plain scripts and inside a running loop (a
notebook), because this thread does their work. The browser has no threads; there they raise an
error that names the methods to use instead.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import cache
from typing import Any, Generic, TypeVar

from pyagent.errors import AgentError

T = TypeVar("T")

_THREAD_NAME = "pyagent-loop"
STOP_TIMEOUT_S = 5.0
"""How long an interrupted call waits for its coroutine to end before it gives up."""
_start_lock = threading.Lock()
"""Keeps two threads that come first at the same time from starting a loop each."""


def background_loop() -> asyncio.AbstractEventLoop:
    """The running loop. Its first use starts it."""
    with _start_lock:
        return _loop_of(os.getpid())


@cache
def _loop_of(process_id: int) -> asyncio.AbstractEventLoop:
    """The loop of one process. A forked process needs its own: it does not get the thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop,), name=_THREAD_NAME, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        loop.close()
        raise AgentError(
            "run() and other synchronous methods need a thread, and none can be started here, "
            "as in a browser.",
            advice="Use the asynchronous methods, such as await arun().",
            kind="no_threads",
        ) from error
    return loop


def is_loop_thread() -> bool:
    """Whether this is the thread of the loop, which must not wait for the loop."""
    return threading.current_thread().name == _THREAD_NAME


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    while True:
        # These two end run_forever. The task that raised them keeps them for its caller.
        with suppress(SystemExit, KeyboardInterrupt):
            loop.run_forever()


def call(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in the background loop and return its result.

    ``KeyboardInterrupt`` cancels the coroutine, waits for its end, and is raised again. Raises
    ``AgentError`` in the loop's own thread, which would wait for itself, without threads, and
    while the interpreter shuts down, when the loop's thread no longer runs.
    """
    if is_loop_thread():
        coroutine.close()
        raise AgentError(
            "run() was called from asynchronous code of an agent.",
            advice="Use await arun() there.",
        )
    if sys.is_finalizing():
        coroutine.close()
        raise AgentError(
            "The program is ending, so no agent can work any longer.",
            advice="Close agents before the program ends, for example in a with block.",
            kind="ending",
        )
    try:
        loop = background_loop()
    except AgentError:
        coroutine.close()
        raise
    running = BackgroundTask(coroutine)
    try:
        loop.call_soon_threadsafe(running.start)
        return running.future.result()
    except KeyboardInterrupt:
        # It may come anywhere above. If start was scheduled, it runs before stop.
        loop.call_soon_threadsafe(running.stop)
        with suppress(CancelledError, TimeoutError):
            running.future.exception(STOP_TIMEOUT_S)  # waits for any kind of end
        raise


async def acall(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in the background loop, from a coroutine of any loop.

    Cancelling this cancels the coroutine.
    """
    if is_loop_thread():
        return await coroutine
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, background_loop()))


class BackgroundTask(Generic[T]):
    """A coroutine that runs in the loop's thread. Call ``start`` and ``stop`` in that thread."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self.future: Future[T] = Future()
        self._coroutine = coroutine
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._coroutine)
        self._task.add_done_callback(self._pass_on)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        else:
            self._coroutine.close()
            self.future.cancel()

    def _pass_on(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.future.cancel()
        elif (error := task.exception()) is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(task.result())
