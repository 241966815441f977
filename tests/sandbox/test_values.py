"""Values that cross as JSON, as text and as tables."""

from __future__ import annotations

import datetime
import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest

from pyagent.errors import ToolError
from pyagent.protocol import Json
from pyagent.sandbox.results.tables import MAX_ROWS, to_table
from pyagent.sandbox.texts import safe_repr, safe_text, short_repr
from pyagent.sandbox.values import MAX_NESTING, NotJson, to_data, to_json
from pyagent.tools import results


class Text(str):
    """A subclass of str, such as code may define."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**100, 2**100),
        ((1, [2.5]), [1, [2.5]]),
        (OrderedDict(a=Text("x")), {"a": "x"}),
    ],
)
def test_json_values_cross(value: Any, expected: Any) -> None:
    found = to_json(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "value", [math.nan, -math.inf, {1: 2}, {1, 2}, b"x", object(), [10**4_000], [[math.nan]]]
)
def test_other_values_do_not_cross(value: Any) -> None:
    with pytest.raises(NotJson):
        to_json(value)


@dataclass
class City:
    name: str
    founded: datetime.date


class Level(Enum):
    HIGH = "high"


class Frame:
    """Stands in for a data frame."""

    def to_dict(self, orient: str = "dict") -> Any:
        return [{"a": 1, "b": math.nan}] if orient == "records" else {}


class NaTType(datetime.datetime):
    """Stands in for the missing date of pandas, which is a datetime too."""


class Array:
    """Stands in for an array."""

    def tolist(self) -> list[Any]:
        return [1.5, datetime.date(2026, 1, 2)]


SETS = {"fixed": ["a", "b", "c", "d"], "mixed": [9, 10, None, "a", "b"]}
DATA = [
    ({2020: 5, (1, 2): None}, {"2020": 5, "(1, 2)": None}),
    ({"when": datetime.date(2026, 11, 22)}, {"when": "2026-11-22"}),
    (
        [datetime.datetime(2026, 1, 2, 3, 4), datetime.time(5, 6)],
        ["2026-01-02T03:04:00", "05:06:00"],
    ),
    ([math.nan, math.inf, 1.5], [None, None, 1.5]),
    ({"tags": {"a"}, "fixed": frozenset([1])}, {"tags": ["a"], "fixed": [1]}),
    ([Decimal("1.5"), Fraction(1, 4)], [1.5, 0.25]),
    (City("Rome", datetime.date(1, 4, 21)), {"name": "Rome", "founded": "0001-04-21"}),
    ({Level.HIGH: Level.HIGH}, {"high": "high"}),
    ({"frame": Frame()}, {"frame": [{"a": 1, "b": None}]}),
    ((Array(), range(2)), [[1.5, "2026-01-02"], [0, 1]]),
    ((n * n for n in (1, 2)), [1, 4]),
    ([datetime.timedelta(hours=1), datetime.timedelta(0, 0, 500_000)], [3600.0, 0.5]),
    ({"fixed": frozenset("dabc"), "mixed": {10, "b", None, 9, "a"}}, SETS),
    ({frozenset({2, 3}), frozenset({1, 9}), (1, 2)}, [[1, 2], [1, 9], [2, 3]]),
    ({1, 2.5, "a", 10**400}, [1, 2.5, 10**400, "a"]),
    ([Decimal("1e400"), Decimal("-1e400"), Decimal("1e-400")], ["1E+400", "-1E+400", "1E-400"]),
    ([Fraction(10**309), Fraction(1, 10**400) * 0], [str(10**309), 0.0]),
    ([Decimal("inf"), Decimal("nan"), Decimal("sNaN"), Decimal(0)], [None, None, None, 0.0]),
    ([UUID(int=1), PurePosixPath("a/b")], ["00000000-0000-0000-0000-000000000001", "a/b"]),
    ({"when": NaTType(2026, 1, 2)}, {"when": None}),
    ({"\ud800": "a\udc00", "pair": "\U0001f600"}, {"\\ud800": "a\\udc00", "pair": "\U0001f600"}),
    ({("\ud800",): 1}, {"('\\ud800',)": 1}),
]


@pytest.mark.parametrize("convert", [results.to_json, lambda v: to_data(v, max_chars=1_000)])
@pytest.mark.parametrize("case", range(len(DATA)))
def test_answers_and_results_of_tools_become_the_same_data(convert: Any, case: int) -> None:
    value, data = DATA[case]
    if case == 10:  # a generator can be read once
        value = (n * n for n in (1, 2))
    assert convert(value) == data


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"x", "a value of type bytes cannot be converted to JSON"),
        (object(), "a value of type object cannot be converted to JSON"),
        ([[[[b""]]]], "a value of type bytes cannot be converted to JSON"),
        ({"frame": Frame}, "a value of type type cannot be converted to JSON"),
        ([10**4_000], "an integer has more than 3,010 digits"),
        ({"1": 1, 1: 2}, "a dict has two keys that are written as '1'"),
        ([{Level.HIGH: 1, "high": 2}], "a dict has two keys that are written as 'high'"),
        ({None: 1, "None": 2}, "a dict has two keys that are written as 'None'"),
    ],
)
def test_what_has_no_sensible_json_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(NotJson, match=f"^{reason}$"):
        to_data(value, max_chars=10_000)
    with pytest.raises(ToolError, match=f"^The result cannot be sent to the code: {reason}[.]"):
        results.to_json(value)


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(NotJson, match=r"^it is larger than 1,000 characters$"):
        to_data("x" * 1_001, max_chars=1_000)


class Broken:
    """Stands in for an object whose own methods fail."""

    def tolist(self) -> list[Any]:
        raise OSError

    def __repr__(self) -> str:
        raise ValueError("no text")


def test_only_a_part_without_json_becomes_text() -> None:
    day = datetime.date(2026, 1, 2)
    value = [day, b"x", {"n": 1j, "keys": {"1": 1, 1: 2}}, [int, 10**4_000], Broken(), (1, b"y")]
    data = to_data(value, max_chars=100_000, odd_parts_as_text=True)
    assert data == [
        "2026-01-02",
        "b'x'",
        {"n": "1j", "keys": [["1", 1], [1, 2]]},
        ["<class 'int'>", safe_repr(10**4_000, 1_000)],
        "<Broken whose repr failed: no text>",
        [1, "b'y'"],
    ]


def test_value_that_is_too_large_or_has_no_json_itself_is_refused_with_its_parts_as_text() -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (b"x", object(), [b"x" * 1_000] * 2, ["x" * 1_001], endless):
        with pytest.raises(NotJson):
            to_data(value, max_chars=1_000, odd_parts_as_text=True)


def test_caller_adds_json_for_further_types_before_and_after_the_rule() -> None:
    asked: list[Any] = []

    def before(value: Any) -> Any:
        asked.append(value)
        return "early" if isinstance(value, bytes | Frame) else None

    def after(value: Any) -> Any:
        return {"late": value.imag} if isinstance(value, complex) else None

    given = {"a": [b"x", 1j], "b": (Frame(), "text", 1, None), "c": Level.HIGH}
    data = to_data(given, max_chars=1_000, before=before, after=after)
    assert data == {"a": ["early", {"late": 1.0}], "b": ["early", "text", 1, None], "c": "high"}
    assert not [value for value in asked if isinstance(value, str | int | float | None)]
    with pytest.raises(NotJson, match="a value of type object cannot be converted to JSON"):
        to_data([object()], max_chars=1_000, before=before, after=after)


def test_what_a_caller_raises_about_a_type_comes_out() -> None:
    def refuse(value: Any) -> Any:
        if isinstance(value, bytes):
            raise ToolError("No bytes.")
        return None

    for added in ({"before": refuse}, {"after": refuse}):
        with pytest.raises(ToolError, match="No bytes"):
            to_data({"a": [b"x"]}, max_chars=1_000, **added)


def test_deep_and_endless_values_do_not_cross() -> None:
    deep: list[Any] = []
    for _ in range(MAX_NESTING + 1):
        deep = [deep]
    endless: list[Any] = []
    endless.append(endless)
    for value in (deep, endless):
        with pytest.raises(NotJson, match="nested"):
            to_json(value)


def test_text_is_cut_with_a_note_and_carries_only_utf8() -> None:
    assert safe_text("abc", 3) == "abc"
    assert safe_text("abcdef", 3) == "abc… [3 more characters]"
    assert safe_text("\ud800", 10) == "\\ud800"


def test_integer_too_long_for_text_is_still_shown() -> None:
    assert safe_repr(10**10_000, 100).startswith("<int whose repr failed: Exceeds the limit")


def test_short_text_is_one_line() -> None:
    assert short_repr("a\nb" * 100).count("\n") == 0
    assert short_repr({"k": [1] * 100}) == "{'k': [1, 1, 1, 1, 1, 1, ...]}"


def table_of(value: Any) -> Json:
    table = to_table(value)
    assert table is not None
    return table


Row = namedtuple("Row", "name count")


def test_named_tuples_name_their_columns() -> None:
    table = table_of([Row("a", 1), Row("b", 2)])
    assert table["data"] == [{"name": "a", "count": 1}, {"name": "b", "count": 2}]


def test_rows_of_dicts_may_differ() -> None:
    table = table_of([{"a": 1}, {"b": 2.5}, {"a": None, "b": 3}])
    assert table["schema"]["fields"] == [
        {"name": "a", "type": "integer"},
        {"name": "b", "type": "number"},
    ]
    assert table["data"][0] == {"a": 1, "b": None}


def test_cells_that_json_cannot_hold_are_text() -> None:
    table = table_of([{"a": b"x", "n": math.inf, "l": [1]}])
    assert table["data"] == [{"a": "b'x'", "n": None, "l": "[1]"}]


def test_long_table_says_how_many_rows_it_has() -> None:
    table = table_of([(i, i) for i in range(MAX_ROWS * 3)])
    assert (len(table["data"]), table["total_rows"]) == (MAX_ROWS, MAX_ROWS * 3)


@pytest.mark.parametrize("value", [[], [[]], [{}], "ab", [(1, 2)], [(1, [2]), (3, 4)], [(1, 2), 3]])
def test_other_values_are_not_tables(value: Any) -> None:
    assert to_table(value) is None
