"""Notices which modules the code in a streaming reply imports, as soon as a line says so.

A guess for getting packages ready: prose may be taken for an import, which costs nothing, because
only modules that a site has packages for matter. Work is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

MAX_LINE_CHARS = 2_000
"""Longer lines are looked at in parts; an import is short."""

_LINE_END = re.compile(r"\\n|\n|\r|;|```")
"""The ends of statements. In a reply that is JSON, a line ends with an escaped line break."""
_IMPORT = re.compile(
    r"(?:^|[\s>:\"'])import[ \t]++(?P<names>[A-Za-z_][\w.]*+(?:[ \t]++as[ \t]++\w++)?"
    r"(?:[ \t]*+,[ \t]*+[A-Za-z_][\w.]*+(?:[ \t]++as[ \t]++\w++)?)*+)"
)
_FROM = re.compile(r"(?:^|[\s>:\"'])from[ \t]++(?P<name>[A-Za-z_][\w.]*+)[ \t]++import\b")
_MENTION = re.compile(r"(?<![\w.])(?P<name>pd|np|plt|sns)\.[A-Za-z_]")
_USUAL = {"pd": "pandas", "np": "numpy", "plt": "matplotlib.pyplot", "sns": "seaborn"}
"""The names that code gives to these modules."""


class ImportWatch:
    """Reads a reply piece by piece, and calls ``expect`` with modules that were not seen before."""

    def __init__(self, expect: Callable[[Collection[str]], None]) -> None:
        self._expect = expect
        self._rest = ""
        self._seen: set[str] = set()

    def feed(self, piece: str) -> None:
        """Take the next piece of the reply."""
        *lines, rest = _LINE_END.split(self._rest + piece)
        if len(rest) > MAX_LINE_CHARS:
            lines.append(rest)
            rest = ""
        found = {
            module for line in lines for part in _parts(line) for module in imported_modules(part)
        }
        self._rest = rest
        new = found - self._seen
        if new:
            self._seen |= new
            self._expect(new)

    def end(self) -> None:
        """Look at the last line, which nothing ended."""
        self.feed("\n")


def _parts(line: str) -> list[str]:
    return [line[i : i + MAX_LINE_CHARS] for i in range(0, len(line), MAX_LINE_CHARS)]


def imported_modules(line: str) -> set[str]:
    """The modules that a line of code seems to import, or to use by their usual names."""
    found = {_USUAL[match["name"]] for match in _MENTION.finditer(line)}
    found.update(match["name"] for match in _FROM.finditer(line))
    for match in _IMPORT.finditer(line):
        names = (name.split()[0] for name in match["names"].split(","))
        if "from " not in line[: match.start("names")]:
            found.update(names)
    return found
