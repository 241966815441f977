"""README.md and the pages of docs/, split into parts for the tests.

A page is a program: its Python blocks run in order, in one namespace. The replies of the model are
in comments that readers do not see, ``<!-- replies`` … ``-->``, with a line ``---`` between two
replies. A line ``# → text`` says what the block prints there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_BLOCK = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_REPLIES = re.compile(r"^<!-- replies\n(.*?)^-->$", re.DOTALL | re.MULTILINE)
_PRINTED = re.compile(r"^\s*# → ?(.*)$", re.MULTILINE)
_LINK = re.compile(
    r"(?<!\!)\[[^\]]+\]\(([^)\s]+)\)|src(?:set)?=\"([^\"]+)\"|!\[[^\]]*\]\(([^)]+)\)"
)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block."""

    language: str
    runs: bool
    """False for blocks that are marked ``no-run``."""
    code: str
    line: int
    """The line of the page where the code begins, counted from 1."""

    @property
    def prints(self) -> list[str]:
        """The lines that the block says it prints."""
        return _PRINTED.findall(self.code)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of Markdown."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def _seen(self) -> str:
        """What readers see, with every line in its place."""
        return _REPLIES.sub(lambda match: "\n" * match[0].count("\n"), self.text)

    @property
    def blocks(self) -> list[Block]:
        """The Python blocks of the page."""
        return [
            Block(
                language=match[1],
                runs="no-run" not in match[2],
                code=match[3],
                line=self._seen.count("\n", 0, match.start()) + 2,
            )
            for match in _BLOCK.finditer(self._seen)
            if match[1] == "python"
        ]

    @property
    def replies(self) -> list[str]:
        """The replies of models on this page, first to last."""
        scripts = _REPLIES.findall(self.text)
        return [reply.strip() for script in scripts for reply in script.split("\n---\n")]

    @property
    def links(self) -> list[str]:
        """The targets of links and pictures, without those in code."""
        prose = _BLOCK.sub("", self._seen)
        return [next(filter(None, groups)) for groups in _LINK.findall(prose)]

    @property
    def anchors(self) -> set[str]:
        """The anchors of the headings, as GitHub makes them."""
        plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in _HEADING.findall(self.text))
        return {title.replace(" ", "-") for title in plain}
