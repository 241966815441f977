"""Formulas in workbooks whose values the file does not store."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from pyagent import SqlTool
from pyagent.agents.inputs.previews import preview
from pyagent.tables.files import open_file

NOT_STORED = "read as NULL (open the file in a spreadsheet program and save it to store them)"


def workbook(*sheets: list[list[Any]], cell: tuple[str, str] | None = None) -> bytes:
    """A workbook with these sheets. ``cell`` replaces a pattern in the XML of the first sheet."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"s{number}")
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    if cell is None:
        return target.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data, count = re.subn(cell[0].encode(), cell[1].encode(), data)
                assert count == 1
            new.writestr(name, data)
    return changed.getvalue()


ROWS = [["item", "qty", "price", "total"], ["a", 2, 3.5, "=B2*C2"], ["b", 1, 10, 10]]


def notes_of(data: bytes) -> list[str]:
    file = open_file("a.xlsx", data)
    return [note for table in file.tables for note in table.notes]


@pytest.mark.parametrize(
    ("sheets", "notes"),
    [
        (
            [ROWS],
            "1 cell of column total holds a formula whose value the file does not store: ",
        ),
        (
            [[["a", "b"], ["=1+1", "=2"], ["=3", "x"]]],
            "2 cells of column a, 1 cell of column b hold formulas whose values the file does not "
            "store: ",
        ),
        (
            [[["n"], [1]], [["a", "sum"], ["x", "=A2"], ["y", "=A3"], ["z", "=A4"]]],
            "3 cells of column sum hold formulas whose values the file does not store: ",
        ),
    ],
)
def test_formulas_without_a_value_are_counted(sheets: list[list[list[Any]]], notes: str) -> None:
    assert notes_of(workbook(*sheets)) == [notes + NOT_STORED]


@pytest.mark.parametrize(
    "stored",
    ["<f>B2*C2</f><v>7</v></c>", '<f t="shared" si="0"/><v>7</v></c>'],
)
def test_formula_with_a_value_needs_no_note(stored: str) -> None:
    data = workbook(ROWS, cell=(r"<f>B2\*C2</f><v ?/?>(?:</v>)?</c>", stored))
    assert notes_of(data) == []
    db = SqlTool()
    db.receive_files({"t.xlsx": data})
    assert db.forward("SELECT sum(total) AS s FROM t") == [{"s": 17}]


def test_formula_that_came_to_an_empty_text_needs_no_note() -> None:
    data = workbook(ROWS, cell=('<c r="D2"><f>', '<c r="D2" t="str"><f>'))
    assert notes_of(data) == []


def test_sheet_of_formulas_alone_is_not_called_empty() -> None:
    file = open_file("a.xlsx", workbook([["=1", "=2"], ["=3", "=4"]]))
    assert "hold only formulas whose values the file does not store" in file.problem


def test_model_reads_of_the_formulas_in_the_preview_and_for_query_db() -> None:
    data = workbook(ROWS)
    assert "1 cell of column total holds a formula" in preview("t.xlsx", data, lines=5)
    assert "1 cell of column total holds a formula" in SqlTool().receive_files({"t.xlsx": data})
