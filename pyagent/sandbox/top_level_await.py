"""Runs top-level ``await`` on CPython. The entry on Pyodide passes in a way of its own."""

from __future__ import annotations

from collections.abc import Coroutine
from types import TracebackType
from typing import Any


class LoopRunner:
    """Runs coroutines on one event loop that lasts as long as the namespace."""

    def __init__(self) -> None:
        self._loop: Any = None

    def __call__(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        # Imported here: asyncio takes 40 ms to import, and few steps use ``await``.
        import asyncio

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(task)
        except BaseException as error:
            if task.done():
                raise
            # An interrupt came while every task slept. The code must not go on in a later step,
            # and the traceback must show where it was waiting.
            trace = None
            for frame in task.get_stack():
                trace = TracebackType(trace, frame, frame.f_lasti, frame.f_lineno)
            task.cancel()
            self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            raise error.with_traceback(trace) from None
