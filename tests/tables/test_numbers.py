"""A column is a number only if its cells mean one thing; else it is text, and a note says why."""

# ruff: noqa: RUF001 - minus signs, dashes and apostrophes as people write them.
from __future__ import annotations

import math
from typing import Any

import pytest

from pyagent.tables.numbers import decide

NBSP, THIN = "\xa0", "\u202f"


@pytest.mark.parametrize(
    ("cells", "separator", "values"),
    [
        (["1,5", "2,25"], ";", [1.5, 2.25]),
        (["1,5", "2,25"], ",", [1.5, 2.25]),
        (["1,234", "12,345"], ",", [1234, 12345]),
        (["1,234,567", "999"], ",", [1234567, 999]),
        (["1,234", "2,000", "999"], ";", [1234, 2000, 999]),
        (["1,234.5", "12"], ",", [1234.5, 12.0]),
        (["1.234,5", "12"], ";", [1234.5, 12.0]),
        (["1.234.567", "12"], ";", [1234567, 12]),
        (["1.234", "12.345"], ",", [1.234, 12.345]),
        (["0,125", "1,234"], ";", [0.125, 1.234]),
        (["1 234", "12 345"], ",", [1234, 12345]),
        ([f"1{NBSP}234,5", "7"], ";", [1234.5, 7.0]),
        ([f"1{THIN}234", "7"], ",", [1234, 7]),
        (["1'234.50", "12"], ",", [1234.5, 12.0]),
        (["1’234", "12"], ",", [1234, 12]),
        (["12,34,567", "1,000"], ",", [1234567, 1000]),
        (["12%", "5 %"], ",", [12, 5]),
        (["$1,234.50", "-$2"], ",", [1234.5, -2.0]),
        (["1.234,50 €", "2,00 €"], ";", [1234.5, 2.0]),
        (["EUR 5", "7"], ",", [5, 7]),
        (["EUR5", "7EUR"], ",", [5, 7]),
        (["€1.234", "€2.000", "€5"], ",", [1234, 2000, 5]),
        (["1.234%", "2.000%"], ",", [1.234, 2.0]),
        (["(5.00)", "3.00"], ",", [-5.0, 3.0]),
        (["5,50-", "3,00"], ";", [-5.5, 3.0]),
        (["−5", "+3"], ",", [-5, 3]),
        (["1e5", ".5", "1."], ",", [1e5, 0.5, 1.0]),
        (["NaN", "1.5", "n/a", "-"], ",", [None, 1.5, None, None]),
        (["1234", "-7", ""], ",", [1234, -7, None]),
    ],
)
def test_numbers_are_read_as_they_are_written(
    cells: list[str], separator: str, values: list[Any]
) -> None:
    column = decide(cells, separator=separator)
    assert [column.read(cell) for cell in cells] == values
    assert not column.surprises
    assert column.kind == ("number" if any(isinstance(v, float) for v in values) else "integer")


@pytest.mark.parametrize(
    ("cells", "separator", "note"),
    [
        (["1,234"], ",", "'1,234' could be 1.234 or 1234"),
        (["1,234", "5,678"], ",", "'1,234' could be 1.234 or 1234"),
        (["1,234", "12,345"], ";", "'1,234' could be 1.234 or 1234"),
        (["1.234", "12.345"], ";", "'1.234' could be 1.234 or 1234"),
        (["1,234", "1234"], ",", "'1,234' could be 1.234 or 1234"),
        (["-1,234"], ",", "'-1,234' could be -1.234 or -1234"),
        (["EUR 1.234", "EUR 12.000"], ",", "'EUR 1.234' could be 1.234 or 1234"),
        (["1.234 zł"], "\t", "'1.234 zł' could be 1.234 or 1234"),
        (["USD1,000", "USD2,500"], "\t", "'USD1,000' could be 1.000 or 1000"),
        (["1,5", "1.5"], ";", "it holds both '1,5' and '1.5'"),
        (["1.234,5", "1,234.5"], ";", "it holds both '1.234,5' and '1,234.5'"),
        (["12%", "0.05"], ",", "it mixes no sign and %"),
        (["$5", "€5"], ",", "it mixes $ and €"),
        (["12345678901234567890", "1"], ",", "some have more than 18 digits"),
    ],
)
def test_what_cannot_be_decided_stays_text_and_says_so(
    cells: list[str], separator: str, note: str
) -> None:
    column = decide(cells, separator=separator)
    assert (column.kind, column.note) == ("text", f"text; {note}")
    assert [column.read(cell) for cell in cells] == cells


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "12"],
        ["192.168.100.200", "10.100.200.250"],
        ["600 123 456", "611 222 333"],
        ["1２"],
        ["1_000"],
        ["12 kg", "3 kg"],
        ["1,23,4"],
        ["ABC 5"],
        ["1-2"],
        ["--5"],
        ["$5€"],
        ["(5"],
        ["9" * 100],
        ["0x1F"],
        ["inf"],
    ],
)
def test_what_is_no_number_stays_as_it_is(cells: list[str]) -> None:
    column = decide(cells)
    assert column.kind == "text"
    assert [column.read(cell) for cell in cells] == cells


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (["2024-01-02", "2024-12-31 10:00"], ""),
        (["13/04/2024", "01/05/2024"], "date, day first"),
        (["04/13/2024", "01/05/2024"], "date, month first"),
        (["03.04.2024"], "date; '03.04.2024' may begin with the day or the month"),
        (
            ["13/04/2024", "04/13/2024"],
            "date, some with the day first and some with the month first",
        ),
    ],
)
def test_dates_stay_text_and_say_which_part_comes_first(cells: list[str], note: str) -> None:
    column = decide(cells)
    assert (column.kind, column.note) == ("date", note)
    assert [column.read(cell) for cell in cells] == cells


def test_the_decimal_mark_of_the_file_decides() -> None:
    assert decide(["1,234"], mark=".").read("1,234") == 1234
    assert decide(["1,234"], mark=",").read("1,234") == 1.234
    assert decide(["1.234"], separator=";", mark=",").read("1.234") == 1234


def test_a_number_is_never_infinite_or_nan() -> None:
    column = decide(["1.5", "2"])
    for text in ("inf", "nan", "1e999"):
        value = column.read(text)
        assert not isinstance(value, float) or math.isfinite(value)
