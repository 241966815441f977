"""What has come of one reply: ``HttpModel`` passes the events of the format's reader through it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pyagent.messages import ToolUse
from pyagent.models.base import ReasoningDelta, TextDelta, ToolRequested
from pyagent.models.http.reader import ReplyEvent, WholePairs
from pyagent.models.http.sendable import WireNames
from pyagent.models.stop import StopCutter


class Received:
    """Joins characters that came in halves, cuts at stop strings, and gives tools their names."""

    def __init__(self, stop: Sequence[str], names: WireNames) -> None:
        self.uses: list[ToolUse] = []
        self.is_over = False
        """Whether the stream's end mark came."""
        self._cutter = StopCutter(stop)
        self._said, self._thought = WholePairs(), WholePairs()
        self._names = names
        self._words: list[str] = []

    @property
    def is_cut(self) -> bool:
        """Whether a stop string was found: nothing after it counts."""
        return self._cutter.found

    @property
    def text(self) -> str:
        """The words that the model wrote, for counting tokens."""
        return "".join(self._words)

    def take(self, events: Iterable[ReplyEvent]) -> Iterator[ReplyEvent]:
        """The events up to the first stop string in their text."""
        for event in events:
            if self.is_cut:
                return
            if isinstance(event, ToolRequested):
                yield from self.finish()
                yield self._requested(event.use)
            elif isinstance(event, ReasoningDelta):
                yield from self._events(ReasoningDelta, self._thought.feed(event.text))
            else:
                said = self._cutter.feed(self._said.feed(event.text))
                yield from self._events(TextDelta, said)

    def finish(self) -> Iterator[ReplyEvent]:
        """What was held back because more could follow."""
        yield from self._events(ReasoningDelta, self._thought.finish())
        said = self._cutter.feed(self._said.finish())
        yield from self._events(TextDelta, said + self._cutter.finish())

    def _events(
        self, kind: type[TextDelta] | type[ReasoningDelta], text: str
    ) -> Iterator[ReplyEvent]:
        if text:
            self._words.append(text)
            yield kind(text=text)

    def _requested(self, use: ToolUse) -> ToolRequested:
        use = replace(use, name=self._names.ours(use.name))
        self.uses.append(use)
        self._words.append(use.name + json.dumps(use.arguments, ensure_ascii=False))
        return ToolRequested(use=use)
