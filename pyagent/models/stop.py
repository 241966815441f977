"""Stop strings cut out of a stream by us, because not every server knows or obeys ``stop``."""

from __future__ import annotations

from collections.abc import Sequence


class StopCutter:
    """Passes a reply's text on up to the first stop string, however the text is cut up.

    Text that may be the start of a stop string is held back until the next piece decides.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [text for text in stop if text]
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """The part of the text so far that is surely before any stop string."""
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
        """What was held back at the end of the reply, where no stop string came of it."""
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
