"""Finds tool calls that are not JSON: elements with parameters, and Python. For ``tool_calls``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pyagent.errors import ProtocolError
from pyagent.parsing.arguments import meant_arguments
from pyagent.parsing.found_call import (
    BEFORE_PYTHON,
    NAME,
    NAMESPACE,
    STRING,
    CallSpan,
    ToolParameters,
    find_bracket,
    make_call,
)
from pyagent.parsing.loose_json import parse_loose_json
from pyagent.parsing.markups import MARKUPS
from pyagent.parsing.values import typed_value
from pyagent.protocol import Json

_ELEMENTS = [
    tuple(
        re.compile(pattern.replace("{name}", f"({NAME})"))
        for pattern in (e.opening, e.closing, e.parameter, e.parameter_end)
    )
    for e in (markup.element for markup in MARKUPS)
    if e is not None
]
_PYTHON_MARKS = "|".join(markup.python for markup in MARKUPS if markup.python)
_PARTS = re.compile(rf"{STRING}|'[^'\\]*+(?:\\.?[^'\\]*+)*+'?|[{{}}\[\]()]", re.S)


def element_calls(text: str, tools: ToolParameters, *, whole: bool) -> Iterator[CallSpan]:
    """Calls such as ``<function=search><parameter=query>…`` or ``<invoke name="search">…``."""
    for opening, closing, parameter, parameter_end in _ELEMENTS:
        for element in _elements(text, opening, closing):
            parameters = list(_elements(element.body, parameter, parameter_end))
            if (whole and not element.closed) or (not parameters and element.body.strip()):
                continue  # more may come, or the arguments are JSON
            schemas = tools.get(element.name, {})
            arguments = {
                one.name: typed_value(one.body, schemas.get(one.name, {}), is_text=one.is_text)
                for one in parameters
            }
            meant = meant_arguments(arguments, element.name, schemas)
            call = make_call(element.name, meant, tools)
            yield element.start, element.end, [call]


class _Element(NamedTuple):
    name: str
    body: str
    start: int
    end: int
    closed: bool
    is_text: bool | None
    """Whether the markup says that the value is text; None when it does not say."""


def _elements(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> Iterator[_Element]:
    """Elements, one after another. An element that is not closed ends where the next begins."""
    openings = list(opening.finditer(text))
    for i, match in enumerate(openings, start=1):
        end = openings[i].start() if i < len(openings) else len(text)
        close = closing.search(text, match.end(), end)
        body = text[match.end() : close.start() if close else end]
        said = match.groupdict().get("string")
        yield _Element(
            match[1],
            body,
            match.start(),
            close.end() if close else end,
            close is not None,
            None if said is None else said in ("true", "string"),
        )


def python_calls(text: str, tools: ToolParameters) -> Iterator[CallSpan]:
    """Calls such as ``search(query="…")`` at the start of a line, or in a list."""
    if not tools:
        return
    names = "|".join(map(re.escape, tools))
    call = rf"(?:{NAMESPACE})?({names})(?:\.call)?\("
    first = re.compile(rf"(?:^[ \t]*+|{_PYTHON_MARKS}){BEFORE_PYTHON}{call}", re.M)
    next_one = re.compile(rf"[\s,;)]*+{call}")
    position, budget = 0, 4 * len(text) + 10_000
    while budget > 0:
        match = next_one.match(text, position) if position else None
        match = match or first.search(text, position)
        if match is None:
            return
        opening = match.end() - 1
        end, missing, seen, too_deep = find_bracket(text, opening, _PARTS)
        budget -= seen - opening
        position = seen if too_deep else match.end()
        if end is None or missing:
            continue
        arguments = _python_arguments(text[opening + 1 : end - 1])
        if arguments is not None:
            yield match.start(), end, [make_call(match[1], arguments, tools)]
            position = end


def _python_arguments(text: str) -> Json:
    """Named arguments as a dict, positional ones as a list; None if one is not a plain value."""
    by_name = re.match(r"\s*(?:\w+\s*=(?!=)|$)", text)
    try:
        return parse_loose_json(f"{{{text}}}" if by_name else f"[{text}]")
    except ProtocolError:
        return None
