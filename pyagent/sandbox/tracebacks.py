"""Turns exceptions of generated code into ``ErrorInfo``, for a model that will fix the code."""

from __future__ import annotations

import linecache
from collections.abc import Iterable

from pyagent.protocol.guest import ErrorInfo
from pyagent.sandbox.advice.hints import hint
from pyagent.sandbox.advice.limits import limit_met
from pyagent.sandbox.sources import code_frames
from pyagent.sandbox.texts import safe_str, safe_text

MAX_MESSAGE_CHARS = 4_000
_MAX_CAUSE_CHARS = 500
_MAX_FRAMES = 12
_MAX_CAUSES = 3
_EXIT = (
    "exit() does not end the task: the code stopped here. "
    "Call final_answer(...) with the result instead."
)

Frame = tuple[str, int, str]
"""File name, line, function."""


def error_info(error: BaseException, filename: str, names: Iterable[str]) -> ErrorInfo:
    """Describe ``error``, raised by the code in ``filename``.

    ``names`` are the names that the code could have meant by one that is not defined.
    """
    frames = [
        (frame.f_code.co_filename, line, frame.f_code.co_qualname)
        for frame, line in code_frames(error)
    ]
    lines = [line for name, line, _ in frames if name == filename]
    line = lines[-1] if lines else None
    if isinstance(error, SyntaxError) and error.filename == filename:
        line = error.lineno
    message = limit_met(error, safe_str(error))
    if not message:
        message = "\n".join([_message(error, names), *_causes(error, filename)])
    return ErrorInfo(
        type=type(error).__name__,
        message=message,
        line=line,
        source_line=_source_line(filename, line) if line else None,
        traceback=safe_text("\n".join(_traceback(error, frames, filename, message)), 8_000),
        can_retry=getattr(error, "can_retry", True) is not False,
    )


def _message(error: BaseException, names: Iterable[str]) -> str:
    if isinstance(error, SystemExit):
        reason = "" if error.code is None or error.code == 0 else safe_str(error.code)
        return f"{safe_text(reason, MAX_MESSAGE_CHARS)}\n{_EXIT}" if reason else _EXIT
    text = (error.msg or "invalid syntax") if isinstance(error, SyntaxError) else safe_str(error)
    if isinstance(error, BaseExceptionGroup):
        inner = "; ".join(f"{type(e).__name__}: {safe_str(e)}" for e in error.exceptions[:5])
        text = f"{text}: {inner}"
    return safe_text(f"{text}{hint(error, text, names)}", MAX_MESSAGE_CHARS)


def _traceback(
    error: BaseException, frames: list[Frame], filename: str, message: str
) -> Iterable[str]:
    shown: list[Frame | None] = list(frames)
    if len(frames) > _MAX_FRAMES:
        half = _MAX_FRAMES // 2
        shown = [*frames[:half], None, *frames[-half:]]
    for frame in shown:
        if frame is None:
            yield f"… {len(frames) - _MAX_FRAMES:,} frames …"
        else:
            yield _frame_text(frame, filename)
    yield f"{type(error).__name__}: {message}"


def _causes(error: BaseException, filename: str) -> Iterable[str]:
    """The exceptions that ``error`` was raised from, or while the code handled them.

    The cause often says what to mend, where the last exception only says what was being done.
    Repetitions are left out, and so are exceptions that a library handled inside.
    """
    told, cause = {(type(error), safe_str(error))}, error
    for _ in range(_MAX_CAUSES):
        explicit = cause.__cause__
        after = explicit or (None if cause.__suppress_context__ else cause.__context__)
        if after is None:
            return
        cause, text, frames = after, safe_str(after), code_frames(after)
        if (type(after), text) in told or not (explicit or frames):
            continue
        told.add((type(after), text))
        lines = [line for frame, line in frames if frame.f_code.co_filename == filename]
        where = f" (line {lines[-1]})" if lines else ""
        how = "caused by" if explicit else "while handling"
        said = f"{type(after).__name__}: {safe_text(text, _MAX_CAUSE_CHARS)}".removesuffix(": ")
        yield f"{how} {said}{where}"


def _frame_text(frame: Frame, filename: str) -> str:
    name, line, function = frame
    step = "" if name == filename else f"{name.strip('<>')}, "
    where = "" if function == "<module>" else f" in {function}"
    return f"{step}line {line}{where}: {_source_line(name, line) or ''}"


def _source_line(filename: str, line: int) -> str | None:
    return safe_text(linecache.getline(filename, line).strip(), 300) or None
