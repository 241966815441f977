"""Tells whether a text holds a tool call, readable or not. Actors ask before they take an answer.

A call that nobody can read must go back to the model. Words about calls are no calls: a mark in
quotes or ticks, or inside a sentence without brackets behind it, is only mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pyagent.errors import ProtocolError
from pyagent.parsing.found_call import BEFORE_PYTHON, NAME, NAMESPACE, find_bracket
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.parsing.markups import ACTION, MARKUPS
from pyagent.parsing.tool_calls import ARGUMENTS, JSON_PARTS, NAMES, json_values

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
_INSIDE = r">\s{0,20}(?:<(?P<parameter>\w{1,50})>[^<>]*+</(?P=parameter)>|\{)"
_ATTRIBUTES = r"(?: \w{1,50}=(?:\"[^\"\n]*+\"|'[^'\n]*+'))++\s{0,9}/?>"
"""What makes an element named like a tool a call: a parameter as an element, JSON, attributes."""
_QUOTED_KEY = rf"(?:{'|'.join(NAMES)})(?:[\"'\u201c\u201d]\s{{0,9}}(?::|=>?)|\s{{0,9}}=>)\s{{0,9}}"
"""The key of a name as no YAML has it: in quotes, or before an arrow."""
_ARGUMENTS_KEY = rf"(?:{'|'.join(ARGUMENTS)}){_QUOTE}\s{{0,9}}(?::|=>?)?\s{{0,9}}{_QUOTE}[{{\[]"


def has_mark(text: str) -> bool:
    """Whether a text holds the markup of a call, and not only a word about it."""
    return any(_is_meant(text, mark) for mark in _MARK.finditer(text))


def looks_like_call(text: str, tools: Collection[str]) -> bool:
    """Whether a text without a call that was read holds one that could not be read."""
    if has_mark(text) or _has_broken_json(text, tools):
        return True
    if not tools:
        return False
    names = "|".join(map(re.escape, tools))
    return (
        _has_parts_of_json(text, names)
        or _has_broken_python(text, names)
        or _has_element(text, names)
        or _has_action(text, names)
    )


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


def _has_parts_of_json(text: str, names: str) -> bool:
    """Whether a tool's name and arguments stand close together, and not in JSON that was read."""
    tool = rf"(?<!`)\b{_QUOTED_KEY}{_QUOTE}(?:{names})\b"
    close = re.compile(
        rf"(?P<name>{tool})[^{{}}\[\]]{{0,200}}?\b{_ARGUMENTS_KEY}"
        rf"|\b{_ARGUMENTS_KEY}[^\n]{{0,200}}?(?P<late_name>{tool})"
    )
    found = [m.start("name") if m["name"] else m.start("late_name") for m in close.finditer(text)]
    if not found:
        return False
    read = [(start, end) for start, end, _ in json_values(text, whole=False)]
    return any(not any(start <= at < end for start, end in read) for at in found[:_MAX_TRIES])


def _has_broken_python(text: str, names: str) -> bool:
    """Whether a line is a call of a tool whose arguments are not plain values.

    Code that defines a function of that name is about another function.
    """
    line = re.compile(
        rf"^[ \t]{{0,20}}{BEFORE_PYTHON}(?:{NAMESPACE})?(?P<name>{names})(?:\.call)?\("
        r"(?=[^\n]*(?:[)\],;][ \t]*$|[^\n.!?]\Z))",
        re.M,
    )
    called = {match["name"] for match in line.finditer(text)}
    return any(not re.search(rf"\bdef {re.escape(name)}\b", text) for name in called)


def _has_element(text: str, names: str) -> bool:
    """Whether an element has a tool's name, and its parameters as elements, attributes or JSON."""
    element = re.compile(rf"^[ \t]{{0,20}}<(?:{names})(?:{_INSIDE}|{_ATTRIBUTES})", re.M)
    return element.search(text) is not None


def _has_action(text: str, names: str) -> bool:
    """Whether a line names a tool as the action, in the style of ReAct."""
    action = rf"^{ACTION}[ \t]{{0,9}}[\"'`]?(?:{names})[ \t]{{0,9}}(?:[\[({{\"'`]|$)"
    return re.search(action, text, re.M) is not None
