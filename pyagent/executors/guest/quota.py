"""What a guest may send in one step, counted on the trusted side.

The guest's kernel keeps limits of its own, which are lower. Code that has replaced the kernel does
not, so ``Quota`` counts everything again. What honest code can reach ends in a sentence; what only
a guest that cheats can send ends the guest.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyagent.errors import ProtocolError
from pyagent.protocol import MAX_FILE_BYTES, Display, Executed, Json, Output, ToolCall
from pyagent.sandbox.files import MAX_CHANGED

MAX_OUTPUT_CHARS = 200_000
"""The guest's own cap is half of it."""

MAX_OUTPUTS = 40_000
"""Most pieces of output. A guest sends 10,000, and at most one more before each call of a tool."""

MAX_DISPLAYS = 200
"""The guest's own cap is half of it."""

MAX_DISPLAY_CHARS = 64_000_000
"""Most characters of all displays. What is beyond is left out, and one sentence says so."""

MAX_MESSAGES = 100_000
"""Most messages of every kind."""

MAX_CALLS = 20_000
"""Most calls of tools. Those beyond fail."""

MAX_CALL_CHARS = 64_000_000
"""Most characters of all arguments of tools. Calls beyond fail."""

MAX_BYTES = 1024 * 1024 * 1024
"""Most bytes that come beside messages that the host has not asked for."""

MAX_UNASKED_BYTES = 1024 * 1024
"""Most bytes that come with messages for which nobody waits."""

_MAX_VARIABLES = 1_000
_MAX_PATH_CHARS = 4_096

_LEFT_OUT = (
    f"[Displays end here: a step may show {MAX_DISPLAY_CHARS:,} characters. Show less, or write to "
    "a file.]\n"
)


class Quota:
    """Counts what a guest sends in one step. The methods raise ``ProtocolError`` for a cheat."""

    def __init__(self) -> None:
        self._messages = 0
        self._bytes = 0
        self._unasked = 0
        self._outputs = 0
        self._output_chars = 0
        self._displays = 0
        self._display_chars = 0
        self._calls = 0
        self._call_chars = 0

    def message(self, buffers: Sequence[bytes], *, is_awaited: bool = False) -> None:
        """Count a message of any kind. One that the host has asked for only has to fit."""
        if not is_awaited:
            self._messages += 1
            self._bytes += sum(map(len, buffers))
        if self._messages > MAX_MESSAGES:
            raise ProtocolError("The sandbox sent too many messages.")
        if self._bytes > MAX_BYTES or any(len(data) > MAX_FILE_BYTES for data in buffers):
            raise ProtocolError("The sandbox sent more bytes than it may.")

    def unasked(self, buffers: Sequence[bytes]) -> None:
        """Count the bytes of an answer for which nobody waits."""
        self._unasked += sum(map(len, buffers))
        if self._unasked > MAX_UNASKED_BYTES:
            raise ProtocolError("The sandbox sent files that nobody asked for.")

    def output(self, output: Output) -> None:
        """Count printed text."""
        self._outputs += 1
        self._output_chars += len(output.text)
        if self._output_chars > MAX_OUTPUT_CHARS or self._outputs > MAX_OUTPUTS:
            raise ProtocolError("The sandbox sent more output than it may.")

    def display(self, display: Display) -> Display | Output | None:
        """Count a display. Returns what to show for it."""
        self._displays += 1
        if self._displays > MAX_DISPLAYS:
            raise ProtocolError("The sandbox showed more than it may.")
        is_over = self._display_chars > MAX_DISPLAY_CHARS
        self._display_chars += weight(display.bundle)
        if self._display_chars <= MAX_DISPLAY_CHARS:
            return display
        return None if is_over else Output(id=display.id, stream="stderr", text=_LEFT_OUT)

    def call(self, call: ToolCall) -> str:
        """Count a call of a tool. Returns why it is not made; empty if it is."""
        self._calls += 1
        self._call_chars += weight(call.args) + weight(call.kwargs)
        if self._calls > MAX_CALLS:
            return f"A step may call tools {MAX_CALLS:,} times. Do less in one step."
        if self._call_chars > MAX_CALL_CHARS:
            return f"A step may give tools {MAX_CALL_CHARS:,} characters in all."
        return ""

    def executed(self, executed: Executed) -> None:
        """Check the end of a step."""
        if (
            len(executed.variables) > _MAX_VARIABLES
            or len(executed.files) > MAX_CHANGED
            or any(len(file.path) > _MAX_PATH_CHARS for file in executed.files)
        ):
            raise ProtocolError("The sandbox reported more variables or files than it may.")


def weight(value: Json) -> int:
    """About how many characters a JSON value has."""
    total, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, dict):
            total += 8 + sum(map(len, item))
            waiting += item.values()
        elif isinstance(item, list):
            total += 8
            waiting += item
        else:
            total += 8
    return total
