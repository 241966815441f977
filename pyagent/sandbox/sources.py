"""The source of each step: the file name by which Python knows it, its lines, and its frames."""

from __future__ import annotations

import linecache
from types import FrameType, TracebackType

FILE_PREFIX = "<step "
"""File names of executed code start so."""


def file_name(step: int) -> str:
    """The name under which a step's source is known to tracebacks and ``inspect``."""
    return f"{FILE_PREFIX}{step}>"


def remember_source(filename: str, code: str) -> None:
    """Let tracebacks, ``inspect`` and ``dataclasses`` find the source. It is never a file."""
    lines = [line + "\n" for line in code.splitlines()]
    linecache.cache[filename] = (len(code), None, lines, filename)


def code_frames(error: BaseException) -> list[tuple[FrameType, int]]:
    """The frames that are of executed code, outermost first, each with the line where it was."""
    frames = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(FILE_PREFIX):
            frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return frames
