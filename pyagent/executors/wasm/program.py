"""Deno as a file without a name, so that no guest learns where it is installed.

A program can ask for its own path. That of Deno holds the name of the user and of folders.
"""

from __future__ import annotations

import os
import sys
from functools import cache

from pyagent.executors.wasm.site import find_deno

_EXECUTABLE = 0x10
"""MFD_EXEC, which ``os`` does not have yet."""


def program() -> str:
    """What to execute. The copy in memory is made once and lasts as long as this process."""
    path = find_deno()
    copy = _copy_of(path)
    # A forked process has the same descriptor, but another number of its own.
    return path if copy is None else f"/proc/{os.getpid()}/fd/{copy}"


@cache
def _copy_of(path: str) -> int | None:
    if sys.platform != "linux":
        return None
    try:
        return _copy(path)
    except OSError:  # no memory, or a kernel that makes no such file
        return None


def _memory() -> int:
    """A file in memory that may be executed. Kernels before 6.3 do not know the flag for it."""
    try:
        return os.memfd_create("deno", os.MFD_CLOEXEC | _EXECUTABLE)
    except OSError:
        return os.memfd_create("deno", os.MFD_CLOEXEC)


def _copy(path: str) -> int:
    """A descriptor of a copy that can only be read: what may still be written cannot be run."""
    writing = _memory()
    try:
        with open(path, "rb", buffering=0) as source:
            left = os.fstat(source.fileno()).st_size
            while left > 0:
                left -= os.sendfile(writing, source.fileno(), None, left)
        return os.open(f"/proc/self/fd/{writing}", os.O_RDONLY)
    finally:
        os.close(writing)
