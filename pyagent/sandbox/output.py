"""Captures what code prints, sends it in pieces while the code runs, and caps it for each step.

The first lines are sent at once; only a flood is slowed. Each send takes one from a bucket that
refills with time, and text that finds the bucket empty is joined to the next piece.
"""

from __future__ import annotations

import codecs
import io
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

StreamName = Literal["stdout", "stderr"]

MAX_OUTPUT_CHARS = 100_000
"""Limit for one step, stdout and stderr together."""

_PIECE_CHARS = 8_192
_SENDS_PER_S = 40.0
_MAX_SENDS = 10_000
"""Most pieces of one step. After them, only long pieces are sent, and the two streams as one."""


class OutputHub:
    """Collects what is written to both streams and hands it on in order.

    ``sources`` are called at the end of a step, to hand in output that is still on its way.
    """

    def __init__(
        self,
        send: Callable[[StreamName, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._clock = clock
        self._lock = threading.RLock()
        self._stream: StreamName = "stdout"
        self._waiting: list[str] = []
        self._waiting_chars = 0
        self._left = 0
        self._sends = 0
        self._bucket = _SENDS_PER_S
        self._refilled_at = 0.0
        self.sources: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Start a step. Text written since the last step belongs to no step and is dropped."""
        with self._lock:
            self._waiting.clear()
            self._waiting_chars = 0
            self._left = MAX_OUTPUT_CHARS
            self._sends = 0

    def end(self) -> None:
        """End a step: send the text that is waiting, and take no more."""
        for source in self.sources:
            source()
        with self._lock:
            self.flush()
            self._left = 0

    def write(self, stream: StreamName, text: str) -> None:
        """Take text of any length. Text beyond the cap is dropped, and one sentence says so."""
        with self._lock:
            if not text or not self._left:
                return
            if stream != self._stream and self._sends < _MAX_SENDS:
                self.flush()
                self._stream = stream
            if len(text) >= self._left:
                text = (
                    f"{text[: self._left]}\n[Output ends here: a step may print "
                    f"{MAX_OUTPUT_CHARS:,} characters. Print less, or write to a file.]\n"
                )
                self._left = 0
            else:
                self._left -= len(text)
            self._waiting.append(text)
            self._waiting_chars += len(text)
            if self._waiting_chars >= _PIECE_CHARS or self._may_send():
                self.flush()

    def flush(self) -> None:
        """Send the text that is waiting."""
        with self._lock:
            if self._waiting:
                text = "".join(self._waiting)
                self._waiting.clear()
                self._waiting_chars = 0
                self._sends += 1
                self._send(self._stream, text)

    def _may_send(self) -> bool:
        if self._sends >= _MAX_SENDS:
            return False
        now = self._clock()
        self._bucket += (now - self._refilled_at) * _SENDS_PER_S
        self._bucket = min(self._bucket, _SENDS_PER_S)
        self._refilled_at = now
        if self._bucket < 1:
            return False
        self._bucket -= 1
        return True


class _Sink(io.BufferedIOBase):
    """The byte stream under a text stream, so that ``sys.stdout.buffer`` works too."""

    def __init__(self, hub: OutputHub, stream: StreamName, descriptor: int | None) -> None:
        self._hub = hub
        self._stream = stream
        self._descriptor = descriptor
        self.name = f"<{stream}>"
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._hub.write(self._stream, self._decoder.decode(bytes(data)))
        return len(data)

    def fileno(self) -> int:
        if self._descriptor is None:
            raise io.UnsupportedOperation("This stream has no file descriptor.")
        return self._descriptor


def make_stream(
    hub: OutputHub, stream: StreamName, descriptor: int | None = None
) -> io.TextIOWrapper:
    """A stand-in for ``sys.stdout`` or ``sys.stderr``. ``descriptor`` is for subprocesses."""
    sink = _Sink(hub, stream, descriptor)
    return io.TextIOWrapper(
        sink, encoding="utf-8", errors="backslashreplace", newline="\n", line_buffering=True
    )
