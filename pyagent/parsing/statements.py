"""Tells Python from prose, statement by statement. ``code`` calls it; its functions are pure.

A lexer and a few rules stand in for Python's own parser: a reply is hostile text, and deep nesting
would overflow the C stack of a browser's interpreter. The simplest rule catches prose: two words
never stand side by side without an operator or a keyword. Inside brackets only the brackets are
checked: code with a mistake is still code, and running it reports the error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<string>(?:[rbfuRBFU]{1,2})?(?:"
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z)|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+(?:\'\'\'|\Z)'
    r'|"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\\\n]|\\.)*+\'))'
    r"|(?P<newline>\n)|(?P<blank>[ \t\f]++|\\\n|#[^\n]*+)"
    r"|(?P<number>0[xX][\da-fA-F_]++|\d[\d_]*+(?:\.[\d_]*+)?+(?:[eE][-+]?\d++)?+j?(?!\w)|\.\d++"
    r"|\.\.\.)"
    r"|(?P<word>[^\W\d]\w*+)|(?P<opening>[(\[{])|(?P<closing>[)\]}])"
    r"|(?P<assign>(?:\*\*|//|>>|<<|[-+*/%&|^@])?=(?!=))"
    r"|(?P<operator>\*\*|//|>>|<<|[<>=!]=|->|:=|[-+*/%@&|^~<>,:;]|\.(?=[A-Za-z_\n\\]))"
    r"|(?P<unknown>.)",
    re.S,
)
_MAX_OPEN = 200
"""Python's own tokenizer refuses deeper nesting (MAXLEVEL)."""
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}
_COMPOUND = {
    *("if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class"),
    "async",
}
_SIMPLE = {
    *("import", "from", "return", "raise", "assert", "del", "global", "nonlocal", "await"),
    *("pass", "break", "continue", "yield"),
}
_SOFT = {"match", "case", "type"}
_BETWEEN = {"and", "or", "in", "is", "if", "else", "for", "as", "from", "import", "not"}
"""Keywords that may follow a value."""
_ONLY_BETWEEN = {"and", "or", "in", "is", "as"}
_PAIRS = {("not", "in"), ("yield", "from"), ("async", "for")}
_MAY_END = {"pass", "break", "continue", "return", "yield", ":", ",", ";"}
_UNARY = {"-", "+", "~", "*", "**"}
_CALL = re.compile(r"[A-Za-z_][\w.]*+(?:\[[^\]\n]*+\][\w.]*+)*+\(|@|\"\"\"|'''")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A logical line. A compound statement and its body are several."""

    start: int
    acts: bool
    """Whether it does something. An expression that does not begin with a call does nothing."""


class ReadStatements(NamedTuple):
    """The part of a text that was read as Python."""

    statements: list[Statement]
    end: int
    """The start of the first line that does not count as Python, or the end of the text."""
    seen: int
    """How far the text was looked at to find the end."""

    @property
    def acts(self) -> bool:
        """Whether any statement does something."""
        return any(statement.acts for statement in self.statements)


def read_statements(text: str, start: int = 0) -> ReadStatements:
    """The statements from ``start`` on, up to the first line that cannot be Python.

    An expression that does nothing counts only if it is last, because then its value is shown. A
    bracket or string that is not closed reaches to the end of the text, as in code that was cut
    off.
    """
    found: list[Statement] = []
    position = start
    while True:
        line = _Line(text, position)
        if line.start is None:
            return ReadStatements(found, len(text), len(text))
        if found and not found[-1].acts:
            return ReadStatements(found[:-1], found[-1].start, line.end)
        if not line.is_python:
            return ReadStatements(found, line.start, line.end)
        found.append(Statement(start=line.start, acts=line.acts))
        position = line.end


class _Line:
    """The logical line that begins at or after a position, read token by token.

    ``end`` is the end of its newline, or of the first token that cannot be Python.
    """

    acts = False

    def __init__(self, text: str, position: int) -> None:
        self.start: int | None = None
        self.end = len(text)
        self.head = ""
        self.is_python = True
        self._open: list[str] = []
        self._last = ""
        self._after_value = False
        self._has_colon = self._has_lambda = self._assigns = False
        for match in _TOKEN.finditer(text, position):
            kind, token = match.lastgroup, match.group()
            if kind == "newline" and not self._open and self.start is not None:
                self.end = match.end()
                break
            if kind in ("newline", "blank"):
                continue
            if self.start is None:
                self.start, self.head = match.start(), token
            if not self._accepts(str(kind), token):
                self.is_python, self.end = False, match.end()
                return
            self._last = token
        if self.start is not None:
            self.is_python = bool(self._open) or self._may_end()
            known = self.head in _COMPOUND | _SIMPLE or self._assigns
            self.acts = known or _CALL.match(text, self.start) is not None

    def _accepts(self, kind: str, token: str) -> bool:
        """Whether this token may come next. Inside brackets only the brackets are checked."""
        if kind == "unknown":
            return False
        if kind == "closing":
            self._after_value = True
            return bool(self._open) and _CLOSED_BY[self._open.pop()] == token
        if kind == "opening":
            self._open.append(token)
            if len(self._open) > _MAX_OPEN:
                return False
            return len(self._open) > 1 or token != "{" or not self._after_value
        if self._open:
            return True
        follows, self._after_value = self._after_value, kind in ("string", "number", "word")
        if kind == "word":
            return self._accepts_word(token, follows)
        if kind == "assign":
            self._assigns = True
            return follows and (self._last != ")" or self.head == "(")
        if kind == "operator":
            return self._accepts_operator(token, follows)
        is_joined = kind == "string" and self._last[-1:] in ("'", '"')
        return not follows or is_joined

    def _accepts_word(self, word: str, follows: bool) -> bool:
        if word in _BETWEEN or word in _COMPOUND or word in _SIMPLE or word == "lambda":
            self._after_value = False
            self._has_lambda |= word == "lambda"
            if follows:
                return word in _BETWEEN
            return word not in _ONLY_BETWEEN or (self._last, word) in _PAIRS
        return not follows or (self._last == self.head and self.head in _SOFT)

    def _accepts_operator(self, operator: str, follows: bool) -> bool:
        if operator == ":":
            self._has_colon = True
            return follows or self._last in ("else", "try", "finally", "except", "lambda")
        if not self._last:
            return operator == "@"
        return follows or operator in _UNARY or (operator == ";" and self._last in _MAY_END)

    def _may_end(self) -> bool:
        if not self._after_value and self._last not in _MAY_END:
            return False
        if self.head in _COMPOUND:
            return self._has_colon
        is_label = self._has_colon and not (self._assigns or self._has_lambda)
        return not is_label or self.head in _SOFT
