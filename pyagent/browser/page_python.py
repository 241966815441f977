"""Adapts the standard library to a sandbox worker, which has one thread, no network, no programs.

Some functions then work as in a notebook. Others would wait for an answer that never comes, or
fail without a word; they raise an error, and ``sandbox.advice.limits`` says what to use instead.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine to its end in the middle of code. Raises ``RuntimeError`` if it cannot wait."""

SLICE_S = 0.05
"""How long ``time.sleep`` waits until it looks for an interrupt again."""


def adapt(run: Run, *, can_wait: bool) -> None:
    """Adapt this worker's Python. Call it once. ``can_wait`` says that ``run`` can wait."""
    set_asyncio_run(run)
    if can_wait:
        time.sleep = sliced_sleep(run)
    cut_network()
    os.system = _no_program


def set_asyncio_run(run: Run) -> None:
    """Let ``asyncio.run`` work although the worker's event loop is running."""

    def asyncio_run(main: Any, *, debug: bool | None = None, loop_factory: Any = None) -> Any:
        """Run a coroutine and return its result."""
        if not asyncio.iscoroutine(main):
            raise ValueError(f"a coroutine was expected, got {main!r}")
        return run(main)

    asyncio.run = asyncio_run
    setattr(asyncio.Runner, "run", lambda runner, main, *, context=None: asyncio_run(main))  # noqa: B010


def sliced_sleep(run: Run) -> Callable[[Any], None]:
    """Make a ``time.sleep`` that an interrupt ends: those only come between bytecodes."""

    def sleep(seconds: Any, /) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        end = time.monotonic() + seconds
        run(asyncio.sleep(min(seconds, SLICE_S)))
        while (left := end - time.monotonic()) > 0:
            run(asyncio.sleep(min(left, SLICE_S)))

    return sleep


def cut_network() -> None:
    """Let each attempt to reach an address fail at once, whatever library makes it."""
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        setattr(socket, name, _no_network)
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _no_network)
    # It would use the worker's fetch, which gets nothing but packages, and print what that says.
    fetching = ModuleType("urllib3.contrib.emscripten")
    fetching.inject_into_urllib3 = lambda: None  # type: ignore[attr-defined]
    sys.modules[fetching.__name__] = fetching


def _no_network(*args: object, **options: object) -> NoReturn:
    raise socket.gaierror(socket.EAI_FAIL, "No address can be reached")


def _no_program(command: object) -> NoReturn:
    raise OSError("This place does not support processes.")
