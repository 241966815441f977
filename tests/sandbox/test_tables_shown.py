"""Series, indexes and arrays are shown as tables, as frames are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pyagent.sandbox.asking import Secret
from pyagent.sandbox.results.tables import MAX_ROWS, to_table

pd = pytest.importorskip("pandas")
np = pytest.importorskip("numpy")

FRAME = pd.DataFrame({"m": ["a", "a", "b"], "k": [1, 2, 1], "v": [1, 3, 2]})


def rows_of(value: Any) -> Any:
    table: Any = to_table(value)
    assert table is not None
    names = [field["name"] for field in table["schema"]["fields"]]
    assert all(list(row) == names for row in table["data"])
    return [names, *(list(row.values()) for row in table["data"])]


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (FRAME.v, [["v"], [1], [3], [2]]),
        (FRAME.groupby("m").v.sum(), [["m", "v"], ["a", 4], ["b", 2]]),
        (FRAME.set_index(["m", "k"]).v, [["m", "k", "v"], ["a", 1, 1], ["a", 2, 3], ["b", 1, 2]]),
        (FRAME.m.value_counts(), [["m", "count"], ["a", 2], ["b", 1]]),
        (FRAME[["k", "v"]].dtypes, [["index", "value"], ["k", "int64"], ["v", "int64"]]),
        (FRAME.columns, [["index"], ["m"], ["k"], ["v"]]),
        (pd.MultiIndex.from_tuples([("a", 1)], names=["p", None]), [["p", "level_1"], ["a", 1]]),
        (pd.Series([1.5, None], name=("a", "b")), [["a b"], [1.5], [None]]),
        (pd.Series([1], index=pd.Index(["x"], name="value")), [["value_index", "value"], ["x", 1]]),
        (pd.Series([1e-12]), [["value"], [1e-12]]),
        (np.array([["2020-01-01"]], dtype="M8[ns]"), [["0"], ["2020-01-01T00:00:00.000000000"]]),
        (np.array([(1,)], dtype=[("t", "m8[ns]")]), [["t"], ["1 nanoseconds"]]),
        (np.zeros((1, 5_000), int), [[str(i) for i in range(100)], [0] * 100]),
        (np.arange(4).reshape(2, 2), [["0", "1"], [0, 1], [2, 3]]),
        (np.array([["a", None]], dtype=object), [["0", "1"], ["a", None]]),
        (np.array([(1, "a")], dtype=[("n", int), ("s", "U1")]), [["n", "s"], [1, "a"]]),
    ],
)
def test_what_a_notebook_lists_is_a_table(value: Any, rows: Any) -> None:
    assert rows_of(value) == rows


@pytest.mark.parametrize(
    "value",
    [
        FRAME.index,
        FRAME.groupby("m"),
        FRAME.v.rolling(2),
        pd.Timestamp("2024"),
        np.arange(3),
        np.float64(3),
        np.zeros((0, 3)),
        np.zeros((2, 2, 2)),
        pd.Series,
    ],
)
def test_what_has_no_rows_is_none(value: Any) -> None:
    assert to_table(value) is None


@pytest.mark.parametrize("width", [1, 20, 100, 1_000])
def test_a_large_table_crosses_in_a_bounded_part(width: int) -> None:
    table: Any = to_table(np.zeros((5_000, width)))
    cells = sum(map(len, table["data"]))
    assert table["total_rows"] == 5_000
    assert 1_000 <= cells <= 20_000
    assert len(table["data"]) <= MAX_ROWS


def test_a_table_of_long_texts_has_fewer_rows() -> None:
    frame = pd.DataFrame({name: ["x" * 5_000] * 900 for name in "abcdefgh"})
    table: Any = to_table(frame)
    assert 100 < len(table["data"]) < 900
    assert table["total_rows"] == 900
    assert len(json.dumps(table)) < 4_000_000


def test_what_was_typed_unseen_shows_masked_in_a_table() -> None:
    shown = json.dumps(to_table([{"user": "eve", "word": Secret("hunter2")}]))
    assert "eve" in shown
    assert "hunter2" not in shown
