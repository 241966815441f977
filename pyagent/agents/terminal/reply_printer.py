"""Prints a model's reply as it streams: prose at once, code line by line with highlighting."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from pyagent.agents.terminal.printing import highlighter

_FENCES = ("```", "~~~")


class ReplyPrinter:
    """Prints a reply piece by piece. ``end`` closes the reply."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._highlighter = highlighter()
        self._line = ""
        self._shown = 0
        self._in_code = False
        self._in_reasoning = False

    def feed(self, text: str, *, reasoning: bool = False) -> None:
        """Print a piece."""
        if reasoning != self._in_reasoning:
            self._finish_line()
            self._in_reasoning = reasoning
        *whole, rest = text.split("\n")
        for part in whole:
            self._line += part
            self._finish_line(newline=True)
        self._line += rest
        self._show_rest()

    def end(self) -> None:
        """Print what is left, and end the line."""
        self._finish_line()
        self._in_code = self._in_reasoning = False

    def _show_rest(self) -> None:
        """Show the start of a line of prose. Code and possible fences wait for its end."""
        if self._in_code or (not self._shown and self._line.lstrip()[:1] in ("", "`", "~")):
            return
        self._print(self._line[self._shown :])
        self._shown = len(self._line)

    def _finish_line(self, *, newline: bool = False) -> None:
        line, shown = self._line, self._shown
        self._line, self._shown = "", 0
        if not shown and line.lstrip().startswith(_FENCES):
            self._in_code = not self._in_code
        elif self._in_code and (line or newline):
            highlighted = self._highlighter.highlight(line)
            highlighted.rstrip()
            self._console.print(Text("  ") + highlighted, soft_wrap=True)
        elif line or newline:
            self._print(f"{line[shown:]}\n")

    def _print(self, text: str) -> None:
        style = "dim italic" if self._in_reasoning else "none"
        self._console.print(Text(text, style), end="", soft_wrap=True)
