"""Blocks in a reply: fenced as in Markdown, or in tags. For ``parsing``; linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+.-]*)[ \t]*(.*)$")
_TAG = re.compile(
    r"<(code|python|py|execute|tool_code|ipython)(?:\s[^>\n]{0,99})?>(.*?)(?:</\1>|\Z)", re.S | re.I
)
_PART_OF_FENCE = re.compile(r"(?:^|\n)[`~]{1,2}\Z")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a text that is set apart, from ``start`` to ``end`` with its marks."""

    language: str
    """In lower case; empty when it is not told."""
    code: str
    start: int
    end: int
    closed: bool
    """Whether its end is marked."""


def fenced_blocks(text: str) -> Iterator[Block]:
    """Those between lines of backticks or tildes."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    i = 0
    while i < len(lines):
        opening = _OPENING.match(lines[i].rstrip("\n"))
        if not opening:
            i += 1
            continue
        fence, language, rest = opening.groups()
        if rest.rstrip().endswith(fence):
            j, code, closed = i, rest.rstrip().removesuffix(fence), True
        else:
            j = _closing_line(lines, i + 1, fence)
            code = (f"{rest}\n" if rest and language else "") + "".join(lines[i + 1 : j])
            closed = j < len(lines)
            code = code if closed else _PART_OF_FENCE.sub("", code)
        end = starts[min(j + 1, len(lines))]
        yield Block(language=language.lower(), code=code, start=starts[i], end=end, closed=closed)
        i = j + 1


def tagged_blocks(text: str) -> Iterator[Block]:
    """Those in tags that models use for code."""
    for match in _TAG.finditer(text):
        closed = match.group(0).endswith(">") and match.end() > match.end(2)
        yield Block(
            language="python",
            code=match.group(2),
            start=match.start(),
            end=match.end(),
            closed=closed,
        )


def _closing_line(lines: list[str], first: int, fence: str) -> int:
    """Index of the line that closes a fence, or the number of lines when there is none.

    A fence inside a triple-quoted string, as in code that writes Markdown, does not close.
    """
    candidate = None
    double = single = 0
    for j in range(first, len(lines)):
        line = lines[j].strip()
        if line.startswith(fence) and not line.strip(fence[0]):
            if double % 2 == 0 and single % 2 == 0:
                return j
            candidate = j if candidate is None else candidate
        double += line.count('"""')
        single += line.count("'''")
    return len(lines) if candidate is None else candidate
