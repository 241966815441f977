"""Cuts a stream at stop strings, because not every server knows or obeys ``stop``."""

from __future__ import annotations

from collections.abc import Sequence


class StopCutter:
    """Passes on a reply's text up to the first stop string, wherever the stream splits the text.

    Text that may be the start of a stop string is held back until the next piece decides.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [text for text in stop if text]
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """The next part of the text that cannot belong to a stop string."""
        if self.found:
            return ""
        text = self._held + text
        starts = [at for at in map(text.find, self._stop) if at >= 0]
        if starts:
            self.found = True
            self._held = ""
            return text[: min(starts)]
        safe = len(text) - self._unsure(text)
        self._held = text[safe:]
        return text[:safe]

    def finish(self) -> str:
        """The text that is still held back at the end of the reply: it was no stop string."""
        held, self._held = self._held, ""
        return held

    def _unsure(self, text: str) -> int:
        """Length of the longest end of ``text`` that could begin a stop string."""
        longest = max(map(len, self._stop), default=1) - 1
        for length in range(min(longest, len(text)), 0, -1):
            end = text[-length:]
            if any(stop.startswith(end) for stop in self._stop):
                return length
        return 0
