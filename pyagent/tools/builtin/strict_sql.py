"""Rewrites a SELECT so that SQLite never reads a text as a number in silence.

SQLite calculates with the first digits of a text: ``1,234`` counts as 1, ``EUR 5`` as 0. Wherever a
query calculates, each operand that is not a literal number is put through a function that refuses
such texts: the operands of ``+ - * / % & | ~ << >>``, what is cast to a number, and the arguments
of functions that calculate. Results and the names of columns stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

AS_NUMBER = "as_number__"
"""SQL function that refuses a text unless it means one number."""

NO_TEXT = "no_text__"
"""SQL function that refuses every text."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|$))
    |(?P<text>[xX]?'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[^\W\d][\w$]*|[?:@$]\w*)
    |(?P<sign>\|\||->>|->|<<|>>|<=|>=|<>|!=|==|.)""",
    re.VERBOSE | re.DOTALL,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BINARY = frozenset(("+", "-", "*", "/", "%", "&", "|", "<<", ">>"))
_UNARY = frozenset("+-~")
_CALCULATING_UNARY = frozenset("-~")
_JOINS = frozenset(("||", "->", "->>"))
_COMPARES = frozenset(("<", "<=", ">", ">="))
_KEYWORDS = _words(
    "ALL AND AS ASC BETWEEN BY CASE COLLATE CROSS DESC DISTINCT ELSE ESCAPE EXCEPT EXISTS FILTER "
    "FROM FULL GLOB GROUP HAVING IN INNER INTERSECT IS ISNULL JOIN LIKE LIMIT MATCH NATURAL NOT "
    "NOTNULL OFFSET ON OR ORDER OUTER OVER PARTITION REGEXP RETURNING SELECT THEN UNION USING "
    "VALUES WHEN WHERE WITH"
)
_SUMS = frozenset(("sum", "total", "avg"))
_CALCULATE = _words(
    "abs round sqrt pow power exp ln log log10 log2 floor ceil ceiling trunc mod sign radians "
    "degrees sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh median percentile "
    "percentile_cont percentile_disc"
)
_FORMATS = frozenset(("printf", "format"))
_DIRECTIVE = re.compile(r"%[-+ 0#,!]*(?:[0-9]+|\*)?(?:\.(?:[0-9]+|\*))?[lh]*(.)")
_NUMERIC = re.compile(r"INT|REAL|FLOA|DOUB|NUM|DEC|BOOL|DATE|TIME", re.IGNORECASE)
_TEXTUAL = re.compile(r"CHAR|CLOB|TEXT|BLOB", re.IGNORECASE)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "name" else ""


@dataclass(frozen=True, kw_only=True)
class StrictSql:
    """A query whose calculations refuse texts."""

    text: str
    replaced: tuple[tuple[str, str], ...]
    """What was put into the query, longest first, and what had been there."""

    def original(self, name: str) -> str:
        """The name of a column as the query that came would give it."""
        for new, old in self.replaced:
            name = name.replace(new, old)
        return name


def strict(sql: str, *, comparisons: bool) -> StrictSql:
    """Rewrite a query. ``comparisons`` is whether ``x > 5`` refuses texts in ``x`` too."""
    tokens = [
        _Token(match.lastgroup or "", match[0], match.start(), match.end())
        for match in _TOKEN.finditer(sql)
        if match.lastgroup != "space"
    ]
    return _Rewriter(tokens, comparisons=comparisons).rewritten(sql)


def names(sql: str) -> set[str]:
    """Every name that stands in a query, in small letters and without quotes."""
    return {
        match[0].strip('"`[]').lower()
        for match in _TOKEN.finditer(sql)
        if match.lastgroup in ("name", "quoted")
    }


class _Rewriter:
    def __init__(self, tokens: list[_Token], *, comparisons: bool) -> None:
        self._tokens = tokens
        self._comparisons = comparisons
        self._partners = _partners(tokens)
        self._spans: dict[tuple[int, int], str] = {}

    def rewritten(self, sql: str) -> StrictSql:
        for i, token in enumerate(self._tokens):
            if token.text in _BINARY and self._ends_operand(i - 1):
                self._guard(self._first(i - 1), i - 1)
                self._guard(*self._after(i + 1))
            elif token.text in _CALCULATING_UNARY:
                self._guard(*self._primary(i + 1))
            elif token.text in _COMPARES and self._comparisons:
                self._compare(i)
            elif (
                token.word == "BETWEEN"
                and self._comparisons
                and self._is_number(*self._after(i + 1))
            ):
                last = i - 1 - (self._word(i - 1) == "NOT")
                self._guard(self._first(last), last, function=NO_TEXT)
            elif token.kind == "name" and self._text(i + 1) == "(" and i + 1 in self._partners:
                self._call(i)
        return self._put_in(sql)

    def _compare(self, i: int) -> None:
        left, right = (self._first(i - 1), i - 1), self._after(i + 1)
        if self._is_number(*right):
            self._guard(*left, function=NO_TEXT)
        elif self._is_number(*left):
            self._guard(*right, function=NO_TEXT)

    def _call(self, i: int) -> None:
        """Guard what a function calculates with. ``i`` is where its name stands."""
        name, close = self._tokens[i].text.lower(), self._partners[i + 1]
        arguments = list(self._arguments(i + 1, close))
        if name == "cast":
            self._cast(i + 2, close)
        elif name in _SUMS and len(arguments) == 1:
            self._guard(*arguments[0], function=NO_TEXT)
        elif name in _CALCULATE:
            for argument in arguments:
                self._guard(*argument)
        elif name in _FORMATS and arguments and arguments[0][0] == arguments[0][1]:
            found = _DIRECTIVE.findall(self._text(arguments[0][0]).replace("%%", ""))
            for letter, argument in zip(found, arguments[1:], strict=False):
                if letter in "dieEfgGuxXo":
                    self._guard(*argument)

    def _cast(self, start: int, close: int) -> None:
        at = next((i for i in self._level(start, close) if self._tokens[i].word == "AS"), 0)
        kind = " ".join(self._text(i) for i in range(at + 1, close))
        numeric = _NUMERIC.search(kind) and ("INT" in kind.upper() or not _TEXTUAL.search(kind))
        if at and numeric:
            self._guard(start, at - 1)

    def _level(self, start: int, close: int) -> Iterator[int]:
        """The tokens up to ``close`` that stand in no inner brackets and no inner CASE."""
        i = start
        while i < close:
            yield i
            i = max(i, self._partners.get(i, i)) + 1

    def _arguments(self, start: int, close: int) -> Iterator[tuple[int, int]]:
        first = start + 1
        if self._word(first) in ("DISTINCT", "ALL"):
            first += 1
        begin = first
        for i in self._level(first, close):
            if self._text(i) == "," and i > begin:
                yield begin, i - 1
                begin = i + 1
        if begin < close:
            yield begin, close - 1

    def _guard(self, first: int, last: int, *, function: str = AS_NUMBER) -> None:
        """Put the tokens through a function, if they may be a text."""
        if not 0 <= first <= last < len(self._tokens) or self._is_number(first, last):
            return
        if self._text(first) == "*" or self._calculates(first, last):
            return
        if self._spans.get((first, last)) != NO_TEXT:
            self._spans[first, last] = function

    def _calculates(self, first: int, last: int) -> bool:
        """Whether the tokens give a number or NULL because they calculate themselves."""
        if self._text(first) == "(" and self._partners.get(first) == last:
            return self._word(first + 1) not in ("SELECT", "WITH", "VALUES") and self._calculates(
                first + 1, last - 1
            )
        level = list(self._level(first, last + 1))
        if any(self._text(i) in _JOINS or self._text(i) == "," for i in level):
            return False
        return any(self._text(i) in _BINARY and self._ends_operand(i - 1) for i in level)

    def _is_number(self, first: int, last: int) -> bool:
        while first < last and self._text(first) in _UNARY:
            first += 1
        return first == last and self._tokens[first].kind == "number"

    def _ends_operand(self, i: int) -> bool:
        if i < 0:
            return False
        token = self._tokens[i]
        if token.kind == "name":
            return token.word not in _KEYWORDS
        return token.kind != "sign" or token.text == ")"

    def _first(self, i: int) -> int:
        """Where the operand begins whose last token is ``i``. -1 if it is never a text."""
        if i < 0:
            return i
        start = i
        if self._text(i) == ")" or self._word(i) == "END":
            start = self._partners.get(i, i)
            if self._text(i) == ")" and self._kind(start - 1) in ("name", "quoted"):
                word = self._word(start - 1)
                if word in ("OVER", "FILTER"):
                    return self._first(start - 2)
                if word in ("EXISTS", "IN"):
                    return -1
                start -= word not in _KEYWORDS
        elif self._word(i - 1) in ("OVER", "COLLATE"):
            return self._first(i - 2)
        while self._text(start - 1) == "." and start >= 2:
            start -= 2
        if self._text(start - 1) not in _JOINS:
            return start
        start = self._first(start - 2)
        while self._text(start - 1) in _UNARY and not self._ends_operand(start - 2):
            start -= 1  # a sign before a join belongs to its first part
        return start

    def _after(self, i: int) -> tuple[int, int]:
        """The operand that begins at ``i``, without its signs unless it joins texts."""
        first, last = self._primary(i)
        if self._text(last + 1) not in _JOINS:
            return first, last
        return i, self._after(last + 2)[1]

    def _primary(self, i: int) -> tuple[int, int]:
        """The name, call, case or bracket that begins at ``i``, without its signs."""
        while self._text(i) in _UNARY:
            i += 1
        last = i
        if self._text(i) == "(" or self._word(i) == "CASE":
            last = self._partners.get(i, i)
        else:
            while self._text(last + 1) == ".":
                last += 2
            if self._text(last + 1) == "(" and self._kind(last) in ("name", "quoted"):
                last = self._partners.get(last + 1, last)
        while self._word(last + 1) in ("OVER", "FILTER", "COLLATE"):
            last = self._partners.get(last + 2, last + 2)
        return i, last

    def _text(self, i: int) -> str:
        return self._tokens[i].text if 0 <= i < len(self._tokens) else ""

    def _kind(self, i: int) -> str:
        return self._tokens[i].kind if 0 <= i < len(self._tokens) else ""

    def _word(self, i: int) -> str:
        return self._tokens[i].word if 0 <= i < len(self._tokens) else ""

    def _put_in(self, sql: str) -> StrictSql:
        openings: dict[int, str] = {}
        closings: dict[int, str] = {}
        replaced: dict[str, str] = {}
        for (first, last), function in sorted(
            self._spans.items(), key=lambda item: (item[0][0], -item[0][1])
        ):
            start, end = self._tokens[first].start, self._tokens[last].end
            old = sql[start:end]
            if all(
                self._kind(i) in ("name", "quoted") or self._text(i) == "."
                for i in range(first, last + 1)
            ):
                # The check of a plain column costs a call in Python only if it holds text.
                before = f"CASE typeof({old}) WHEN 'text' THEN {function}({old}) ELSE "
                replaced[f"{before}{old} END"] = old
                openings[start] = openings.get(start, "") + before
                closings[end] = " END" + closings.get(end, "")
            else:
                openings[start] = openings.get(start, "") + f"{function}("
                closings[end] = "/*n*/)" + closings.get(end, "")
                replaced |= {f"{function}(": "", "/*n*/)": ""}
        parts, at = [], 0
        for position in sorted(openings.keys() | closings.keys()):
            parts += [sql[at:position], closings.get(position, ""), openings.get(position, "")]
            at = position
        return StrictSql(
            text="".join([*parts, sql[at:]]),
            replaced=tuple(sorted(replaced.items(), key=lambda item: -len(item[0]))),
        )


def _partners(tokens: list[_Token]) -> dict[int, int]:
    """Where the bracket or CASE that opens at a token closes, and the other way round."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for i, token in enumerate(tokens):
        if token.text == "(" or token.word == "CASE":
            opened.append(i)
        elif opened and (token.text == ")" or token.word == "END"):
            start = opened.pop()
            found[start], found[i] = i, start
    return found
