"""Tells whether a text holds a tool call, readable or not. Actors ask before they take an answer.

A call that nobody can read must go back to the model. Words about calls are no calls: a mark in
quotes or ticks, or inside a sentence without brackets behind it, is only mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pyagent.errors import ProtocolError
from pyagent.parsing.found_call import NAME, find_bracket
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.parsing.markups import MARKUPS
from pyagent.parsing.tool_calls import ARGUMENTS, JSON_PARTS, NAMES

_MARK = re.compile("|".join(f"(?:{row.mark})" for row in MARKUPS if row.mark), re.M)
_QUOTES = "`'\"\u201c\u2018\u00ab"
_LINE_BEFORE = re.compile(r"(?:\A|\n|```\w{0,20}|[>|\]\uff5c])[ \t]*\Z")
_CONTENT = re.compile(r"[\s>|\uff5c]{0,20}(?:[{\[<]|[\w.:-]{1,80}\s{0,9}[({\[<=]|\Z)")
_QUOTE = "[\"'\u201c\u201d]?"
_BEGINNING = re.compile(
    rf"[{{\[]\s{{0,20}}{_QUOTE}(?:(?:{'|'.join(NAMES)}){_QUOTE}\s{{0,9}}[:=]?\s{{0,9}}{_QUOTE}"
    rf"(?P<name>{NAME})"
    rf"(?P<arguments>[^{{}}\[\]]{{0,80}}?\b(?:{'|'.join(ARGUMENTS)}){_QUOTE}\s{{0,9}}[:=])?"
    rf"|(?P<key>{NAME}){_QUOTE}\s{{0,9}}:)"
)
"""The beginning of an object that may be a call, however the rest of it may look."""
_MAX_TRIES = 20


def has_mark(text: str) -> bool:
    """Whether a text holds the markup of a call, and not only a word about it."""
    return any(_is_meant(text, mark) for mark in _MARK.finditer(text))


def looks_like_call(text: str, tools: Collection[str]) -> bool:
    """Whether a text without a call that was read holds one that could not be read."""
    return has_mark(text) or _has_broken_json(text, tools) or _has_broken_python(text, tools)


def _is_meant(text: str, mark: re.Match[str]) -> bool:
    before, after = text[max(mark.start() - 1, 0) : mark.start()], text[mark.end() : mark.end() + 1]
    if (before and before in _QUOTES) or (after and after in _QUOTES and not mark[0].endswith("=")):
        return False
    starts_line = _LINE_BEFORE.search(text[max(mark.start() - 40, 0) : mark.start()])
    return starts_line is not None or _CONTENT.match(text, mark.end()) is not None


def _has_broken_json(text: str, tools: Collection[str]) -> bool:
    """Whether an object names a tool, or a name and arguments, and is not JSON."""
    objects = (
        match
        for match in _BEGINNING.finditer(text)
        if match["arguments"] or (match["name"] or match["key"]) in tools
    )
    for tries, match in enumerate(objects):
        end, missing, *_ = find_bracket(text, match.start(), JSON_PARTS)
        if tries >= _MAX_TRIES or end is None or missing:
            return True
        try:
            parse_loose_json(text[match.start() : end])
        except ProtocolError:
            return True
    return False


def _has_broken_python(text: str, tools: Collection[str]) -> bool:
    """Whether a line is a call of a tool whose arguments are not plain values."""
    if not tools:
        return False
    names = "|".join(map(re.escape, tools))
    line = re.compile(rf"^[ \t]{{0,20}}\[?(?:{names})\((?=[^\n]*(?:[)\],;][ \t]*$|[^\n]\Z))", re.M)
    return line.search(text) is not None
