"""Says what failed code probably meant, in a sentence that a small model can act on.

Nothing is corrected silently: the model writes the code again. ``tracebacks`` adds the sentence
to each error.
"""

from __future__ import annotations

import difflib
import linecache
import os
import re
import sys
from collections.abc import Iterable

from pyagent.sandbox.sources import code_frames
from pyagent.sandbox.texts import short_repr

_MAX_FILES = 20
_MAX_NUMBERS = 5
_MAX_KEYS = 20

_NAMES_OF = {
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "csv": "DictReader DictWriter",
    "datetime": "date timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "functools": "cache lru_cache partial reduce",
    "itertools": "accumulate chain combinations count cycle groupby islice permutations product",
    "io": "BytesIO StringIO",
    "math": "ceil cos exp factorial floor gcd isqrt lcm log log10 pi prod sin sqrt tan",
    "operator": "attrgetter itemgetter",
    "pathlib": "Path",
    "pprint": "pprint",
    "random": "choice randint sample shuffle",
    "statistics": "mean median mode pstdev stdev",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits punctuation",
    "textwrap": "dedent fill wrap",
    "time": "sleep strptime",
    "zoneinfo": "ZoneInfo",
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names.split()}
"""The module of each name that models use without importing it."""

_NOT_A_NUMBER = ("could not convert string to float: ", "invalid literal for int() ")
_NUMBER = re.compile(r"-?\d+(?:,\d{3})*+(?:\.\d+)?")
_TEXT_AMONG_NUMBERS = re.compile(
    r"unsupported operand .*'str'|not supported between .*'str'|can't convert type 'str'"
    r"|must be real number, not str|bad operand type .*'str'|multiply sequence by non-int"
)
_WRONG_SUBSCRIPT = re.compile(r"(string|list|tuple) indices must be integers|not subscriptable")
_ITEM = re.compile(r"\b[A-Za-z_]\w*(?:\[[^\]]+\])?")
"""A name, with or without a subscript: ``total``, ``row["price"]``."""


def hint(error: BaseException, text: str, names: Iterable[str]) -> str:
    """The sentence to add to ``text``, the error's own message; empty when there is none.

    ``names`` are the names that the code could have meant by one that is not defined.
    """
    if isinstance(error, SyntaxError):
        return _syntax_hint(error)
    if isinstance(error, NameError) and error.name:
        return _undefined_name_hint(error.name, names)
    if isinstance(error, ValueError) and text.startswith(_NOT_A_NUMBER):
        return _not_a_number_hint(text)
    if isinstance(error, TypeError) and _TEXT_AMONG_NUMBERS.search(text):
        return _text_among_numbers_hint(error)
    if isinstance(error, KeyError):
        return _missing_key_hint(error)
    if isinstance(error, TypeError) and _WRONG_SUBSCRIPT.search(text):
        return _wrong_subscript_hint(error)
    if isinstance(error, FileNotFoundError):
        return _missing_file_hint(error)
    if isinstance(error, AttributeError) and error.name and "Did you mean" not in text:
        return _closest_name_hint(error.name, _public(error.obj))
    return ""


def _syntax_hint(error: SyntaxError) -> str:
    if (error.text or "").lstrip().startswith(("!", "%")):
        return ". Notebook and shell commands do not work here; write Python only"
    return ""


def _undefined_name_hint(name: str, names: Iterable[str]) -> str:
    if name in sys.stdlib_module_names:
        return f". Did you forget to import {name!r}? Write: import {name}"
    if name in _MODULE_OF:
        return f". Write: from {_MODULE_OF[name]} import {name}"
    return _closest_name_hint(name, names) or f". Assign a value to {name!r} first"


def _missing_file_hint(error: FileNotFoundError) -> str:
    if os.path.isabs(str(error.filename or "")):
        return ""
    try:
        there = sorted(entry.name for entry in os.scandir("."))
    except OSError:
        return ""
    if not there:
        return (
            ". There are no files here. If the task contains the data, write it into the code as a "
            "string"
        )
    more = f" and {len(there) - _MAX_FILES} more" if len(there) > _MAX_FILES else ""
    return f". Files here: {', '.join(there[:_MAX_FILES])}{more}"


def _text_among_numbers_hint(error: TypeError) -> str:
    """Say which operand is a string, as far as the failing line and its variables show it."""
    items, values = _failing_line(error)
    for name in items:
        if type(value := values.get(name)) is str:
            return f". {name} is the string {value[:80]!r}: {_conversion(value)}"
    item = next((item for item in items if "[" in item), "...")
    return f". One of the values is a string, not a number: convert it with float({item})"


def _conversion(text: str) -> str:
    numbers = _NUMBER.findall(text[:1_000])
    example = f": float('{numbers[0].replace(',', '')}')" if len(numbers) == 1 else ""
    return f"convert it to a number first{example}"


def _missing_key_hint(error: KeyError) -> str:
    """Say which keys are there, if the failing line names what it looked into."""
    if len(error.args) != 1:
        return ""
    items, values = _failing_line(error)
    for name in dict.fromkeys(item.partition("[")[0] for item in items if "[" in item):
        keys = _keys(values.get(name))
        if keys and error.args[0] not in keys:
            more = f" and {len(keys) - _MAX_KEYS} more" if len(keys) > _MAX_KEYS else ""
            return f". {name} has the keys {', '.join(map(short_repr, keys[:_MAX_KEYS]))}{more}"
    return ""


def _keys(value: object) -> list[object]:
    """The keys of a dict, or the columns of a DataFrame."""
    if not isinstance(value, dict) and type(value).__name__ != "DataFrame":
        return []
    try:
        return list(value.keys())  # type: ignore[attr-defined]
    except Exception:  # whatever the code calls a DataFrame
        return []


def _wrong_subscript_hint(error: TypeError) -> str:
    """Say what the value is that the failing line takes an item of."""
    items, values = _failing_line(error)
    for name in dict.fromkeys(item.partition("[")[0] for item in items if "[" in item):
        value = values.get(name)
        if name in values and not isinstance(value, dict):
            return f". {name} is the {type(value).__name__} {short_repr(value)}"
    return ""


def _failing_line(error: BaseException) -> tuple[list[str], dict[str, object]]:
    """The names in the line of the code that failed, some with subscripts, and all variables."""
    if not (frames := code_frames(error)):
        return [], {}
    frame, line = frames[-1]
    items = _ITEM.findall(linecache.getline(frame.f_code.co_filename, line))
    return items, {**frame.f_globals, **frame.f_locals}


def _not_a_number_hint(text: str) -> str:
    numbers = [number.replace(",", "") for number in _NUMBER.findall(text.partition(": ")[2])]
    if len(numbers) > 1:
        return f". The string contains several numbers: {', '.join(numbers[:_MAX_NUMBERS])}"
    return "".join(f". Extract the number from the string: float('{number}')" for number in numbers)


def _closest_name_hint(name: str, names: Iterable[str]) -> str:
    meant = difflib.get_close_matches(name, list(names), n=1, cutoff=0.8)
    return f". Did you mean {meant[0]!r}?" if meant else ""


def _public(value: object) -> list[str]:
    try:
        return [name for name in dir(value) if not name.startswith("_")]
    except Exception:  # a __dir__ that the code defines
        return []
