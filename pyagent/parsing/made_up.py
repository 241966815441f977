"""Values that a model made up: numbers and texts in code that nobody gave it.

A small model that lacks a fact writes one down, as in ``price = 100``. It copies facts that it has
from the task. So values that stand nowhere in what it was told show that it lacks a fact.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Final

MAX_CODE_CHARS: Final = 20_000
"""Longer code is not looked at. No small model writes that much to make up a fact."""
_ALWAYS: Final = frozenset({0, 1, 2})
_ROUND: Final = frozenset({100, 1000, 1_000_000})
"""Numbers that are made up so often that they count as known in calculations only."""
_DIVISIONS: Final = (ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_DIVISORS: Final = frozenset(range(13))
_UNITS: Final[Mapping[str, Collection[float]]] = {
    r"%|percent|cent|hundred|cm": (100, 10_000),
    r"kilo|gram|[kcm]?g\b|k?m\b|metre|meter|m?l\b|lit|milli|thousand|k[wb]": (1000,),
    r"million": (1_000_000,),
    r"week|day|weekday": (7, 52),
    r"month|year|quarter|dozen|inch|foot|feet|ft\b": (12, 3, 4),
    r"hour|o'clock|[ap]m\b|noon|midnight|day|night": (12, 24),
    r"hour|minute|second|speed|time|h\b|\d:\d": (60, 3600),
    r"day|year|leap|date": (365, 366, 365.25, 4, 100, 400, 1440, 86_400, 604_800, 30, 31),
    r"fahrenheit|celsius|degree|°|kelvin": (5, 9, 32, 1.8, 273.15),
    r"inch|foot|feet|yard|mile|ft\b|cm|metre|meter|km": (
        *(2.54, 25.4, 0.0254, 0.3048, 30.48, 0.9144, 3, 36, 1760, 5280),
        *(1.6, 1.61, 1.609, 1.6093, 1.60934, 1.609344, 0.62, 0.621, 0.6214, 0.621371),
    ),
    r"pound|ounce|lbs?\b|oz\b|stone|kilo|kg": (
        *(2.2, 2.205, 2.2046, 2.20462, 0.45, 0.454, 0.4536, 0.45359, 0.453592, 0.45359237),
        *(16, 14, 28.35, 28.3495),
    ),
    r"gallon|pint|cup|lit|spoon": (3.785, 3.78541, 4.546, 0.568, 8, 16, 236.6, 240, 15, 5),
    r"circle|radius|diameter|round|sphere|cylinder|ball|pi\b": (3.14, 3.1416, 3.14159, 4, 3),
    r"degree|angle|triangle|polygon": (90, 180, 360),
    r"km/h|m/s|speed": (3.6,),
    r"byte|bit|[kmgt]b\b": (8, 1024, 1000),
    r"calor|kcal|joule|kj": (4.184, 4.186, 4.19),
    r"prime|even|odd|square|cube|power|root": (3, 0.5),
    r"tip|tax|vat|discount|rate|interest|share|average|mean|score|grade": (100,),
}
"""Words of a task, as patterns, and the numbers that everybody knows of them."""
_KNOWN = {
    re.compile(rf"(?<![a-z])(?:{words})"): set(map(float, numbers))
    for words, numbers in _UNITS.items()
}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"\w+")
_NUMBER_WORDS: Final = {
    word: float(number)
    for number, words in enumerate(
        (
            "zero no none",
            "one first once single a an",
            "two second twice both double pair half halve",
            "three third triple",
            "four fourth quarter",
            "five fifth",
            "six sixth",
            "seven seventh week",
            "eight eighth",
            "nine ninth",
            "ten tenth",
            "eleven eleventh",
            "twelve twelfth dozen",
        )
    )
    for word in words.split()
}
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_OUTSIDE: Final = frozenset(
    {"aiohttp", "bs4", "email", "forex_python", "ftplib", "gettext", "googletrans", "http", "httpx"}
    | {"imaplib", "poplib", "random", "requests", "secrets", "selenium", "smtplib", "socket"}
    | {"ssl", "subprocess", "urllib", "urllib3", "webbrowser", "wikipedia", "xmlrpc", "yfinance"}
)
"""Modules by which code asks others, or chance."""
_SHORT: Final = 2
"""Texts of so many characters are separators, units and the like."""
_PLAIN: Final = (ast.Module, ast.Expr, ast.Assign, ast.Name, ast.keyword, ast.expr_context)
"""The parts, beside texts, of code that only writes down an answer."""
_NO_DATA: Final = frozenset({"range", "round", "strftime", "ljust", "rjust", "zfill"})
"""Functions whose last argument, or all arguments, are positions, digits and formats."""
_FACTS: Final = frozenset({"date", "datetime", "time", "timedelta", "Decimal", "Fraction"})
"""Classes whose arguments are data."""


def made_up(code: str, told: str) -> list[str]:
    """The parts of ``code`` that rest on nothing in ``told``, as source; empty if there are none.

    Those are numbers and texts that code writes down as data, and modules that ask others or
    chance. Code that uses nothing of what it was told is one such part as a whole. Code that cannot
    be parsed, or is too long, is another. An answer that is written down is none, see
    ``is_plain_answer``.
    """
    if len(code) > MAX_CODE_CHARS:
        return ["(long code)"]
    tree = _parse(code)
    if tree is None:
        return ["(unreadable code)"]
    if is_plain_answer(code):
        return []
    told_facts = _Told(told)
    try:
        found = [*_outside(tree), *_data(tree, told_facts), *_plain_answers(tree), *_idle(tree)]
    except (RecursionError, ValueError):  # it nests too deep, or has a number of too many digits
        return ["(unreadable code)"]
    if not found and not _uses(tree, told_facts):
        found = ["(nothing of the task)"]
    return list(dict.fromkeys(found))


def is_plain_answer(code: str) -> bool:
    """Whether code does no more than answer with a text that it writes down, such as a greeting."""
    tree = _parse(code) if len(code) <= MAX_CODE_CHARS else None
    try:
        answers = tree is not None and any(_plain_answers(tree))
    except (RecursionError, ValueError):
        return False
    if tree is None or not answers:
        return False
    return all(
        isinstance(part, _PLAIN)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        or (isinstance(part, ast.Call) and _name(part.func) == "final_answer")
        for part in ast.walk(tree)
    )


def _parse(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Told:
    """The numbers and words of a text."""

    def __init__(self, text: str) -> None:
        self._text = text.lower()
        self._words = set(_WORD.findall(self._text))
        self._numbers = {_NUMBER_WORDS[word] for word in self._words & _NUMBER_WORDS.keys()}
        for word in self._words:
            if word[:3] in _MONTHS:
                self._numbers.add(float(_MONTHS.index(word[:3]) + 1))
        for digits in _NUMBER.findall(text):
            self._numbers.update(_readings(digits))
        self.usual = set(map(float, _ALWAYS)).union(
            *(numbers for words, numbers in _KNOWN.items() if words.search(self._text))
        )
        """The numbers that everybody knows of what the text is about."""

    def has_number(self, number: float) -> bool:
        """Whether a number was told, as digits, as a word, or as a percentage."""
        return number in self._numbers

    def has_words(self, text: str) -> bool:
        """Whether a text has words, and all of them were told."""
        words = set(_WORD.findall(text.lower()))
        return bool(words) and words <= self._words

    def has_text(self, text: str) -> bool:
        """Whether a text was told, or all of its words were."""
        lower = text.lower()
        return lower in self._text or set(_WORD.findall(lower)) <= self._words


def _readings(digits: str) -> Iterator[float]:
    """The numbers that digits with points and commas can mean."""
    parts = [*re.split(r"[.,]", digits), *digits.split(",")]
    for written in (*parts, digits.replace(",", ""), digits.replace(".", "").replace(",", ".")):
        if written.count(".") <= 1:
            number = float(written)
            yield from (number, number / 100, 1 + number / 100, 1 - number / 100)


def _data(tree: ast.Module, told: _Told) -> Iterator[str]:
    """The constants that are data and were not told."""
    no_data = {id(node) for node in _not_data(tree)}
    listed = {id(node) for node in _listed(tree)}
    named = {id(node) for node in _named(tree)}
    divisors = {id(node) for node in _divisors(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in no_data:
            continue
        value = node.value
        if isinstance(value, str):
            if not _is_known_text(value, told, is_listed=id(node) in listed):
                yield ast.unparse(node)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            usual: Collection[float] = told.usual
            if id(node) in listed:
                usual = _ALWAYS
            elif id(node) in named:
                usual = told.usual - _ROUND
            is_divisor = id(node) in divisors and value in _DIVISORS
            if value not in usual and not told.has_number(value) and not is_divisor:
                yield ast.unparse(node)


def _is_known_text(text: str, told: _Told, *, is_listed: bool) -> bool:
    """Whether a text was told, or is no data: a separator, a letter, or words without numbers."""
    if told.has_text(text):
        return True
    if is_listed and (len(text) > _SHORT or (len(text) > 1 and text.isalnum())):
        return False
    return all(any(map(told.has_number, _readings(digits))) for digits in _NUMBER.findall(text))


def _not_data(tree: ast.AST) -> Iterator[ast.AST]:
    """Constants that are positions, ranges, digits and formats."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            yield from ast.walk(node.slice)
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.Call) and _name(node.func) in _NO_DATA:
            every = _name(node.func) == "range"
            yield from chain(*map(ast.walk, node.args if every else node.args[-1:]))


def _named(tree: ast.AST) -> Iterator[ast.AST]:
    """Constants that get a name, as in ``price = 100``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            yield _unsigned(node.value)


def _divisors(tree: ast.AST) -> Iterator[ast.AST]:
    """What values are divided by or raised to: counts of items, parity, squares."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, _DIVISIONS):
            yield node.right


def _listed(tree: ast.AST) -> Iterator[ast.AST]:
    """Constants in lists, tuples, sets and dicts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            yield from map(_unsigned, node.elts)
        elif isinstance(node, ast.Dict):
            yield from map(_unsigned, node.values)


def _outside(tree: ast.AST) -> Iterator[str]:
    """The modules by which code asks others."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _top(alias.name) in _OUTSIDE)
        elif isinstance(node, ast.ImportFrom) and _top(node.module or "") in _OUTSIDE:
            yield node.module or ""


def _uses(tree: ast.AST, told: _Told) -> bool:
    """Whether code uses a number or a text that it was told."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
            continue
        value = node.value
        if isinstance(value, int | float) and told.has_number(abs(value)):
            return True
        if isinstance(value, str) and told.has_words(value):
            return True
    return False


def _plain_answers(tree: ast.Module) -> Iterator[str]:
    """The answers of straight code that were written down rather than computed."""
    plain: dict[str, ast.expr | None] = {}
    for statement in tree.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and _name(call.func) == "final_answer":
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            yield from (ast.unparse(value) for value in given if _is_plain(value, plain))
        else:
            _note(statement, plain)


def _idle(tree: ast.Module) -> Iterator[str]:
    """Calculations that come to nothing: a value minus, by or compared to itself, and times 1."""
    plain: dict[str, ast.expr | None] = {}
    for statement in tree.body:
        for node in ast.walk(statement):
            pairs: list[tuple[ast.expr, ast.expr]] = []
            if isinstance(node, ast.BinOp):
                if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv):
                    pairs = [(node.left, node.right)]
                if isinstance(node.op, ast.Mult | ast.Div) and _is_one(node.right):
                    yield ast.unparse(node)
            elif isinstance(node, ast.Compare):
                pairs = [(node.left, node.comparators[0])]
            for left, right in pairs:
                if _are_same(_value(left, plain), _value(right, plain)):
                    yield ast.unparse(node)
        _note(statement, plain)


def _are_same(left: ast.expr, right: ast.expr) -> bool:
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return bool(left.value == right.value)
    return isinstance(left, ast.Name) and isinstance(right, ast.Name) and left.id == right.id


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _value(node: ast.expr, plain: Mapping[str, ast.expr | None]) -> ast.expr:
    if isinstance(node, ast.Name):
        return plain.get(node.id) or node
    return node


def _note(statement: ast.stmt, plain: dict[str, ast.expr | None]) -> None:
    """Keep which names hold values that were written down."""
    if isinstance(statement, ast.Assign):
        value = statement.value if _is_plain(statement.value, plain) else None
        is_one = len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)
        names = chain(*map(_names, statement.targets))
        plain |= dict.fromkeys(names, value if is_one or value is None else statement.value)
    else:
        plain |= dict.fromkeys(_names(statement), None)


def _is_plain(value: ast.expr, plain: Mapping[str, ast.expr | None]) -> bool:
    """Whether a value was written down. ``plain`` has the values of names that were."""
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.Name):
        return plain.get(value.id) is not None
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return all(_is_plain(item, plain) for item in value.elts)
    if isinstance(value, ast.Dict):
        return all(_is_plain(item, plain) for item in value.values)
    if isinstance(value, ast.JoinedStr):
        parts = [part.value for part in value.values if isinstance(part, ast.FormattedValue)]
        return all(_is_plain(part, plain) for part in parts)
    return False


def _unsigned(value: ast.expr) -> ast.expr:
    return value.operand if isinstance(value, ast.UnaryOp) else value


def _names(node: ast.AST) -> Iterator[str]:
    return (part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _top(module: str) -> str:
    return module.partition(".")[0]
