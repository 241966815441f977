"""Whatever table somebody writes, in any encoding, separator and style of numbers, comes back."""

# ruff: noqa: RUF001 - spaces and letters as people write them.
from __future__ import annotations

import csv
import io
import re
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pyagent import SqlTool, ToolError
from pyagent.agents.inputs.previews import preview
from pyagent.tables.files import open_file
from tests.support.tables.language_files import LANGUAGES

PAIRS = [(name, encoding) for name, known in LANGUAGES.items() for encoding in known["encodings"]]
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
GROUPS = [",", ".", " ", "\xa0", "’", ""]
MARKS = ["", "NA", "n/a", "-", "?", "null", "#N/A"]


def written(rows: list[list[str]], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def loaded(data: bytes) -> list[dict[str, Any]]:
    db = SqlTool()
    db.receive_files({"t.csv": data})
    found: list[dict[str, Any]] = db.forward("SELECT * FROM t")
    return found


def phrases(language: str, encoding: str) -> list[str]:
    known = LANGUAGES[language]
    cells = {cell for line in known["held_out"] for cell in line.replace(",", ";").split(";")}
    return sorted(
        cell
        for cell in map(str.strip, cells)
        if cell == cell.encode(encoding, "ignore").decode(encoding) and not re.search("[0-9]", cell)
    )


@st.composite
def number_columns(draw: st.DrawFn) -> tuple[list[str], list[float | None], str]:
    """Cells of numbers with decimals, the values they stand for, and a separator that fits."""
    mark = draw(st.sampled_from([".", ","]))
    group = draw(st.sampled_from([other for other in GROUPS if other != mark]))
    unit = draw(st.sampled_from(["", " €", "%", " kr."]))
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    values = draw(st.lists(st.integers(-99_999_999, 99_999_999), min_size=5, max_size=30))
    cells, numbers = [], list[float | None]()
    # The first two show the decimal mark and, with a group, both.
    for value in [123_456_789, 150, *values]:
        if draw(st.integers(0, 9)) == 0 and value not in (123_456_789, 150):
            cells.append(draw(st.sampled_from(MARKS)))
            numbers.append(None)
            continue
        whole = f"{abs(value) // 100:,}".replace(",", group)
        cells.append(f"{'-' * (value < 0)}{whole}{mark}{abs(value) % 100:02}{unit}")
        numbers.append(value / 100)
    return cells, numbers, separator


@settings(max_examples=60, deadline=None)
@given(column=number_columns(), encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_numbers_of_every_style_come_back(
    column: tuple[list[str], list[float | None], str], encoding: str
) -> None:
    cells, numbers, separator = column
    rows = [["label", "amount"], *([f"label {i}", cell] for i, cell in enumerate(cells))]
    found = loaded(written(rows, separator).encode(encoding))
    assert [row["amount"] for row in found] == numbers
    assert [row["label"] for row in found] == [row[0] for row in rows[1:]]


@settings(max_examples=120, deadline=None)
@given(
    pair=st.sampled_from([*PAIRS, *((name, u) for name in LANGUAGES for u in UNICODE)]),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    chance=st.randoms(use_true_random=False),
)
def test_texts_of_every_language_come_back(
    pair: tuple[str, str], separator: str, chance: Any
) -> None:
    words = phrases(*pair)
    rows = [["n", "first", "second"]]
    for n in range(30):
        rows.append([str(n), chance.choice(words), chance.choice(words)])
    data = written(rows, separator).encode(pair[1])
    found = loaded(data)
    assert [[str(row["n"]), row["first"], row["second"]] for row in found] == [
        [n, (first.strip() and first) or None, (second.strip() and second) or None]
        for n, first, second in rows[1:]
    ]
    told = SqlTool().receive_files({"t.csv": data})
    (table,) = open_file("t.csv", data).tables
    for remark in table.remarks():
        assert remark in told
        assert remark in preview("t.csv", data, lines=3)


ALPHABET = st.sampled_from("ab1,;.'\"\n\r\t |-€é ?NA0")


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.text(ALPHABET, max_size=8), st.text(ALPHABET, max_size=8)),
        min_size=1,
        max_size=20,
    ),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_cells_with_quotes_and_line_ends_come_back(
    rows: list[tuple[str, str]], separator: str
) -> None:
    body = [["w", first + "x", second + "x"] for first, second in rows]
    data = written([["k", "first cell", "second cell"], *body], separator).encode("utf-8")
    found = loaded(data)
    assert [list(row.values()) for row in found] == body


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300) | st.text(ALPHABET, max_size=300).map(str.encode))
@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.tsv"])
def test_any_bytes_are_read_or_refused_in_a_sentence(name: str, data: bytes) -> None:
    db = SqlTool()
    told = db.receive_files({name: data})
    assert preview(name, data, lines=3) is not None
    try:
        db.forward("SELECT * FROM t")
        problem = ""
    except ToolError as error:
        problem = str(error)
    assert ("cannot be read as a table" in problem) == bool(problem)
    assert told
