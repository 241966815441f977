"""The source of each step: its file name inside Python, its lines, and its frames."""

from __future__ import annotations

import linecache
from types import FrameType, TracebackType

FILE_PREFIX = "<step "
"""Every file name of executed code starts with this."""


def file_name(step: int) -> str:
    """The file name of a step's source in tracebacks and ``inspect``."""
    return f"{FILE_PREFIX}{step}>"


def remember_source(filename: str, code: str) -> None:
    """Let tracebacks, ``inspect`` and ``dataclasses`` find the source. No file is written."""
    lines = [line + "\n" for line in code.splitlines()]
    linecache.cache[filename] = (len(code), None, lines, filename)


def code_frames(error: BaseException) -> list[tuple[FrameType, int]]:
    """The frames of executed code, outermost first, each with the line that it had reached."""
    frames = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(FILE_PREFIX):
            frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return frames
