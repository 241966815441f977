"""``final_answer``: how code ends a task, whatever handlers surround the call.

The call raises ``FinalAnswer``. Handlers in the code let it pass (see ``compiling``). Other things
can swallow an exception too: ``finally`` with ``continue``, ``contextlib.suppress``, a library. A
trace function raises it again there. The function is set only by the call, so code that has not
answered pays nothing.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


class FinalAnswer(BaseException):
    """Unwinds the code after ``final_answer``."""


class AnswerSlot:
    """Holds the answer of the running step. The first answer counts."""

    def __init__(self, file_prefix: str) -> None:
        self.given = False
        self.value: Any = None
        self._file_prefix = file_prefix

    def clear(self) -> None:
        """Forget the last answer, before a step."""
        self.given, self.value = False, None

    def release(self) -> None:
        """Stop tracing, after a step."""
        if self.given:
            sys.settrace(None)

    def final_answer(self, answer: Any = None) -> None:
        """End the task with this answer. The code stops here."""
        if not self.given:
            self.given, self.value = True, answer
            self._watch(sys._getframe(1))
        raise FinalAnswer

    def _watch(self, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_filename.startswith(self._file_prefix):
                frame.f_trace = self._trace
            frame = frame.f_back
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        if not frame.f_code.co_filename.startswith(self._file_prefix):
            return None
        # While FinalAnswer is being handled, a finally block or an __exit__ is cleaning up.
        # Python stops tracing when this raises, so code that swallows it twice runs on until the
        # deadline.
        if event in ("call", "line") and not isinstance(sys.exc_info()[1], FinalAnswer):
            raise FinalAnswer
        return self._trace
