"""Tables of pandas as answers, as results of tools and as values that come with a task."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest

from pyagent.sandbox.results.tables import to_table
from pyagent.sandbox.values import to_data
from pyagent.tools import results

pd = pytest.importorskip("pandas")

FRAME = pd.DataFrame({"m": ["a", "a", "b"], "k": [1, 2, 1], "v": [1, 3, 2]})
DAYS = pd.DatetimeIndex(["2026-01-01", "2026-01-02"], name="day")
PAIRS = FRAME.set_index(["m", "k"])
TWICE = pd.DataFrame([[1, 2]], columns=["a", "a"])


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (FRAME[:1], [{"m": "a", "k": 1, "v": 1}]),
        (FRAME[1:2], [{"m": "a", "k": 2, "v": 3}]),
        (FRAME[["m", "v"]].groupby("m").sum(), [{"m": "a", "v": 4}, {"m": "b", "v": 2}]),
        (FRAME.groupby("m").v.sum(), {"a": 4, "b": 2}),
        (FRAME.v, [1, 3, 2]),
        (FRAME.iloc[0], {"m": "a", "k": 1, "v": 1}),
        (FRAME.m.value_counts(), {"a": 2, "b": 1}),
        (FRAME.set_index("m").v, [{"m": "a", "v": 1}, {"m": "a", "v": 3}, {"m": "b", "v": 2}]),
        (PAIRS[:1], [{"m": "a", "k": 1, "v": 1}]),
        (PAIRS.v[:1], [{"m": "a", "k": 1, "v": 1}]),
        (
            pd.Series([1], index=pd.MultiIndex.from_tuples([(1, 2)])),
            [{"level_0": 1, "level_1": 2, "value": 1}],
        ),
        (pd.DataFrame({"v": [1]}, index=["x"]), [{"index": "x", "v": 1}]),
        (pd.DataFrame({"index": [1]}, index=["x"]), [{"level_0": "x", "index": 1}]),
        (pd.DataFrame({"v": [1]}, index=[2020]), [{"index": 2020, "v": 1}]),
        (pd.DataFrame({"v": [1]}, index=pd.RangeIndex(1, name="id")), [{"id": 0, "v": 1}]),
        (FRAME.set_index("m", drop=False)[:1], [{"m_index": "a", "m": "a", "k": 1, "v": 1}]),
        (
            FRAME.groupby("m").agg({"v": ["sum", "max"]})[:1],
            [{"m": "a", "v sum": 4, "v max": 3}],
        ),
        (
            pd.DataFrame({"v": [1, 2]}, index=DAYS)[:1],
            [{"day": "2026-01-01T00:00:00", "v": 1}],
        ),
        (
            pd.Series([1, math.nan], index=DAYS),
            {"2026-01-01T00:00:00": 1.0, "2026-01-02T00:00:00": None},
        ),
        (pd.Series([1, 2], index=["1", 1]), [{"index": "1", "value": 1}, {"index": 1, "value": 2}]),
        (pd.Series([1], index=pd.IntervalIndex.from_breaks([0, 5])), {"(0, 5]": 1}),
        (
            pd.Series([1], name="n", index=pd.PeriodIndex(["2026-01"], freq="M")).reset_index(),
            [{"index": "2026-01", "n": 1}],
        ),
        (TWICE, [{"a": 1, "a_2": 2}]),
        (pd.DataFrame({1: [2], "b": [3]}), [{"1": 2, "b": 3}]),
        (FRAME.pivot(index="m", columns="k", values="v")[1:], [{"m": "b", "1": 2.0, "2": None}]),
        (FRAME[:0], []),
        (FRAME[:0].set_index("m"), []),
        (pd.DataFrame(index=["x"]), [{"index": "x"}]),
        (pd.Series([], dtype=float), []),
        (pd.Categorical(["a", "b"]), ["a", "b"]),
        ({"all": [FRAME[:1].set_index("m")]}, {"all": [[{"m": "a", "k": 1, "v": 1}]]}),
    ],
)
def test_index_of_a_table_is_kept(value: Any, data: Any) -> None:
    assert to_data(value, max_chars=10_000) == data
    assert results.to_json(value) == data


@pytest.mark.parametrize("frame", [FRAME.set_index("m", drop=False), TWICE, PAIRS])
def test_person_sees_the_columns_of_the_answer(frame: Any) -> None:
    shown: Any = to_table(frame)
    assert shown["data"] == to_data(frame, max_chars=1_000)


def test_subclass_of_a_frame_is_a_frame() -> None:
    class Places(pd.DataFrame):  # type: ignore[misc, name-defined]
        """As geopandas has them."""

    assert to_data(Places({"v": [1]}, index=["x"]), max_chars=99) == [{"index": "x", "v": 1}]


def test_key_that_is_a_moment_is_in_iso_form() -> None:
    moment = datetime.datetime(2026, 1, 2, 3)
    assert to_data({moment: moment}, max_chars=99) == {"2026-01-02T03:00:00": "2026-01-02T03:00:00"}


def test_rows_of_pyarrow_are_rows() -> None:
    pa = pytest.importorskip("pyarrow")
    assert to_data(pa.table({"a": [1, 2]}), max_chars=99) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("answer", "data"),
    [
        ({1: "a", "1": "b"}, [[1, "a"], ["1", "b"]]),
        ({"in": {None: 1, "None": {2: 3}}}, {"in": [[None, 1], ["None", {"2": 3}]]}),
        ([{1: b"x", "1": 0}], [[[1, "b'x'"], ["1", 0]]]),
    ],
)
def test_answer_whose_keys_are_the_same_as_text_becomes_pairs(answer: Any, data: Any) -> None:
    assert to_data(answer, max_chars=99, odd_parts_as_text=True) == data
