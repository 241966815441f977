"""Values that cross as JSON, as text and as tables."""

from __future__ import annotations

import math
from collections import OrderedDict, namedtuple
from typing import Any

import pytest

from pyagent.protocol import Json
from pyagent.sandbox.results.tables import MAX_ROWS, to_table
from pyagent.sandbox.texts import safe_repr, safe_text, short_repr
from pyagent.sandbox.values import MAX_NESTING, NotJson, to_json


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
