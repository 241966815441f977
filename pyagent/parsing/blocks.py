"""Finds blocks in a reply: fenced as in Markdown, or in tags. ``code`` calls it.

All work is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CODE_LANGUAGES = {"python", "py", "python3", "py3", "ipython", "tool_code", "pycon"}

_OPENING = re.compile(
    r"^[ \t]*+(?:(?:[-*+]|\d{1,3}[.)])[ \t]++)?+(?:\*\*)?"
    r"(?P<fence>`{3,}+|~{3,}+|'''(?=py))(?P<info>[^\n]*)$"
    r"|^[^\n]*?[^`\n](?P<ticks>`{3,}+)(?P<language>\w*+)[ \t]*+$",
    re.M,
)
"""A fence that opens a block. It begins a line, a list item or bold text, or it follows words and
ends the line. Some models write apostrophes for backticks.
"""
_INFO = re.compile(
    r"[ \t]*+(?P<language>[A-Za-z][\w+.#-]*+[ \t]*+)?+"
    r"(?P<attributes>(?:[:,]\S*|\{[^}\n]*\}"
    r"|(?:(?:title|name|file|filename|id|hl_lines|linenums)=(?:\"[^\"\n]*\"|\w+)[ \t]*)+)?"
    r"[ \t]*$)?",
    re.M,
)
_SCANNED = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|(?P<endless>\Z))'
    r"|'''(?:[^'\\]|\\.|'(?!''))*+(?:'''|(?P<endless_too>\Z))"
    r'|"(?:[^"\\\n]|\\.)*+(?:"|\Z)'
    r"|'(?:[^'\\\n]|\\.)*+(?:'|\Z)"
    r"|\#[^\n`]*+(?:`++(?![ \t]*+$)[^\n`]*+)*+"
    r"|(?P<fence>`{3,}+|^[ \t]*+~{3,}+)|^(?P<end_tag><end_code>)",
    re.S | re.M,
)
"""Fences, and the parts of Python in which a fence does not count: strings, and comments except
for their ends.
"""
_LAST_FENCE = re.compile(r"(?:^[ \t]*+|(?<=[^`\n]))(?P<fence>`{3,}+|~{3,}+|''')[ \t]*+$", re.M)
_FENCE = re.compile(r"`{3,}+(?P<info>[^\n]*)$", re.M)
_AFTER_FENCE = re.compile(
    r"[ \t]*+(?:[.,;:!)*]*+|</?\w{1,20}>|(?P<language>\w{1,20}))[ \t]*+$", re.M
)
_TAG_NAMES = "code|code_block|python|py|execute|execute_python|run_python|tool_code|ipython"
_TAG = re.compile(
    rf"(?:<(?P<tag>{_TAG_NAMES})(?:\s[^>\n]{{0,99}})?>|\[PYTHON\]|^\[(?P<box>code)\])"
    r"(?P<code>.*?)(?P<end>(?(tag)< ?[/\\] ?(?P=tag)(?:_block)?(?:[ \t]?>|(?=[ \t]{0,9}\n))"
    r"|(?(box)\[/code\]|\[/PYTHON\]))|(?(tag)^<(?P=tag) ?/>|(?!))|^<end_code>|\Z)",
    re.S | re.I | re.M,
)
_PART_OF_END = re.compile(
    r"(?:(?:\A|\n)[ \t]*(?:`{1,3}|~{1,3}|<"
    rf"|<(?:{_TAG_NAMES})>)|(?:<|&lt;)[/\\] ?\w{{0,20}} ?(?:>|&gt;)?|\[/\w{{0,10}}\]?)\s*\Z",
    re.I,
)
_LONGEST_END = 60
"""The end of a block is looked for in so many characters, because white space may be long."""
_LINE_START = re.compile(r"(?:\A|\n)[ \t]*(?:<\w{1,20}(?: [^<>\n]{0,99})?>[ \t]*)*\Z")
_LINE_END = re.compile(r"[ \t]*+(?:</?\w{1,20}>)*+[ \t]*+$", re.M)
_LOOK_BACK_CHARS = 200


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a text that is set apart. Its marks lie between ``start`` and ``end`` too."""

    language: str
    """The language in lower case; empty when the block does not name one."""
    code: str
    start: int
    end: int
    closed: bool
    """Whether a mark ends the block."""
    apart: bool = True
    """Whether the block begins on a line of its own. If not, the text may only mention a mark."""


def fenced_blocks(text: str, *, growing: bool = False) -> Iterator[Block]:
    """The blocks between backticks or tildes. ``growing`` means that more text may come."""
    position = 0
    while opening := _OPENING.search(text, position):
        fence = opening["fence"] or opening["ticks"]
        language, begin = _language(opening)
        closing = _closing(text, begin, fence, language=language, growing=growing)
        start, stop = closing or (len(text), len(text))
        on_one_line = stop <= opening.end()
        if on_one_line and not _AFTER_FENCE.match(text, stop):
            position = opening.end()  # the line goes on, so the text only mentions a fence
            continue
        position = stop if on_one_line else _after(text, start, stop)
        code = text[begin:start]
        yield Block(
            language=language,
            code=code if closing else _without_part_of_end(code),
            start=opening.start("ticks") if opening["ticks"] else opening.start(),
            end=position,
            closed=closing is not None,
            apart=not opening["ticks"] and (on_one_line or begin > opening.end()),
        )


def tagged_blocks(text: str) -> Iterator[Block]:
    """The blocks in tags that models use for code."""
    for match in _TAG.finditer(text):
        code, closed = match["code"], bool(match["end"])
        before = text[max(match.start() - _LOOK_BACK_CHARS, 0) : match.start()]
        begins_line = _LINE_START.search(before) is not None
        on_one_line = "\n" not in code.strip(" \t")
        if on_one_line and not (begins_line and _LINE_END.match(text, match.end())):
            continue  # there are words around it, so the text only mentions a tag
        yield Block(
            language="python",
            code=code if closed else _without_part_of_end(code),
            start=match.start(),
            end=match.end(),
            closed=closed,
            apart=begins_line and (closed or code.startswith("\n")),
        )


def _without_part_of_end(code: str) -> str:
    """The code of a block without an end, less a mark that was meant to be its end.

    A mark may be cut off by a stop sequence, misspelled, or be that of another kind of block.
    """
    before, end = code[:-_LONGEST_END], code[-_LONGEST_END:]
    return before + _PART_OF_END.sub("", end)


def _language(opening: re.Match[str]) -> tuple[str, int]:
    """The language that an opening fence names, and where its code begins."""
    next_line = opening.end() + 1
    if opening["ticks"]:
        return opening["language"].lower(), next_line
    info = _INFO.match(opening.string, opening.start("info"))
    language = (info["language"] or "").strip().lower() if info else ""
    if info and info["attributes"] is not None:
        return language, next_line
    if info and language in CODE_LANGUAGES:
        return language, info.end("language")
    return "", opening.start("info")  # the rest of the line is code


def _closing(
    text: str, begin: int, fence: str, *, language: str, growing: bool
) -> tuple[int, int] | None:
    """Start and end of the fence that closes a block; None when there is none.

    In Python a closing fence may stand anywhere except inside a string or a comment.
    """
    if fence == "'''" or (language and language not in CODE_LANGUAGES):
        return _last_on_line(text, begin, fence)
    for match in _SCANNED.finditer(text, begin):
        if match["endless"] is not None or match["endless_too"] is not None:
            # A string without an end: the end may still come, or the model forgot it.
            return None if growing else _last_on_line(text, match.start(), fence)
        if match["fence"] and match["fence"].lstrip().startswith(fence):
            return match.span("fence")
        if match["end_tag"]:
            return match.span("end_tag")
    return None


def _last_on_line(text: str, begin: int, fence: str) -> tuple[int, int] | None:
    for match in _LAST_FENCE.finditer(text, begin):
        if match["fence"].startswith(fence):
            return match.span("fence")
    return None


def _after(text: str, start: int, stop: int) -> int:
    """Where the text continues after a closing fence: at the fence if it also opens a block."""
    after = _AFTER_FENCE.match(text, stop)
    if after is None or (after["language"] or "python").lower() not in CODE_LANGUAGES:
        return stop
    if after["language"]:
        following = _FENCE.search(text, after.end())
        if following and not following["info"].strip():
            return text.rfind("\n", 0, start) + 1
    return after.end()
