"""Workbooks, Parquet and SQLite files: their tables are found, and hostile ones cost little."""

from __future__ import annotations

import datetime
import io
import sqlite3
import zipfile
from time import monotonic
from typing import Any

import pytest

from pyagent import SqlTool
from pyagent.tables import workbooks
from pyagent.tables.files import open_file


def tables_of(name: str, data: bytes) -> dict[str, list[list[Any]]]:
    file = open_file(name, data)
    assert not file.problem
    return {table.title: [table.names, *table.rows()] for table in file.tables}


def database(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    data = bytes(connection.serialize())
    connection.close()
    return data


def workbook(**sheets: list[list[Any]]) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_sqlite_file_has_its_tables_without_views_and_generated_columns() -> None:
    data = database(
        "CREATE TABLE item (n INTEGER, price REAL, twice AS (n * 2))",
        "INSERT INTO item VALUES (1, 2.5), (2, NULL)",
        'CREATE TABLE "o\'x" (a)',
        "CREATE VIEW v AS SELECT * FROM item",
    )
    assert tables_of("shop.db", data) == {
        "item": [["n", "price"], [1, 2.5], [2, None]],
        "o'x": [["a"]],
    }


def test_database_with_a_write_ahead_log_is_read() -> None:
    data = bytearray(database("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)"))
    data[18:20] = b"\x02\x02"
    assert tables_of("t.sqlite", bytes(data)) == {"t": [["a"], [1]]}


def test_query_reads_every_table_of_a_database() -> None:
    db = SqlTool()
    two = database("CREATE TABLE a (x)", "CREATE TABLE b (y)", "INSERT INTO b VALUES (7)")
    one = database("CREATE TABLE only (z)", "INSERT INTO only VALUES (8)")
    told = db.receive_files({"two.db": two, "one.sqlite3": one})
    assert told == "Tables for query_db: two_a (two.db), two_b (two.db), one (one.sqlite3)"
    assert db.forward("SELECT y, z FROM two_b, one") == [{"y": 7, "z": 8}]


def test_sheets_are_tables_with_typed_cells() -> None:
    data = workbook(
        Sales=[
            ["when", "n", "code"],
            [datetime.date(2024, 1, 2), 1.5, "007"],
            [datetime.datetime(2024, 1, 2, 3, 4), 2, "x"],
        ],
        Titled=[["Report"], [], ["a", "b"], [1, "1,5"]],
        Empty=[],
    )
    assert tables_of("a.xlsx", data) == {
        "Sales": [
            ["when", "n", "code"],
            ["2024-01-02", 1.5, "007"],
            ["2024-01-02 03:04:00", 2, "x"],
        ],
        "Titled": [["a", "b"], [1, "1,5"]],
    }


def test_text_numbers_of_a_sheet_are_not_summed_in_silence() -> None:
    db = SqlTool()
    told = db.receive_files({"a.xlsx": workbook(One=[["n"], ["1,234"], ["5"]])})
    assert "n: text, although it looks like numbers" in told
    with pytest.raises(Exception, match="came upon the text '1,234'"):
        db.forward("SELECT sum(n) FROM a")


def test_marks_for_no_value_in_a_sheet_are_null_among_numbers() -> None:
    data = workbook(A=[["n", "t"], [1, "NA"], ["#N/A", "x"], [2.5, "-"], ["?", "y"]])
    assert tables_of("t.xlsx", data) == {
        "A": [["n", "t"], [1, "NA"], [None, "x"], [2.5, "-"], [None, "y"]]
    }
    (table,) = open_file("t.xlsx", data).tables
    assert table.remarks() == [
        "n: number, '#N/A' and '?' stand for no value (2 cells)",
        "t: 'NA' is text here (1 cell); pandas takes it for no value unless keep_default_na=False",
    ]


def test_parquet_is_a_table() -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    target = io.BytesIO()
    columns = {"a": [1, None], "d": [datetime.date(2024, 1, 1)] * 2, "l": [[1, 2], None]}
    parquet.write_table(arrow.table(columns), target)
    assert tables_of("a.parquet", target.getvalue()) == {
        "": [["a", "d", "l"], [1, "2024-01-01", "[1, 2]"], [None, "2024-01-01", None]]
    }


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("a.xlsx", b"nope", "its content is not what its name says"),
        ("a.xlsx", b"PK\x03\x04xxxx", "it is no Excel workbook that can be read"),
        ("a.xls", b"<html><table>", "it is HTML or XML, and no Excel workbook"),
        ("a.db", b"SQLite format 3\x00" + b"x" * 3_000, "it is no SQLite database"),
        ("a.db", b"", "its content is not what its name says"),
        ("a.db", database("CREATE VIEW v AS SELECT 1"), "it has no tables"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ""),
        ("a.parquet", b"PAR1xxxxPAR1", ""),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, problem: str) -> None:
    file = open_file(name, data)
    assert file.problem
    assert problem in file.problem


def test_text_under_the_name_of_a_workbook_is_a_table() -> None:
    assert tables_of("a.xls", b"a\tb\n1\t2\n") == {"": [["a", "b"], [1, 2]]}


def test_missing_reader_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(workbooks.importlib, "import_module", missing)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    problem = open_file("a.xlsx", target.getvalue()).problem
    assert "openpyxl is not installed" in problem
    assert "pip install 'pyagent[data]'" in problem


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(50 * 2**20))
    started = monotonic()
    assert "unpacked it has 314,572,800 bytes" in open_file("a.xlsx", target.getvalue()).problem
    assert monotonic() - started < 1


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"]
)
def test_entities_in_a_workbook_cost_little(part: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "' + "b" * 1_000 + '">'
    for before, name in zip("abcdefg", "bcdefgh", strict=True):
        bomb += f'<!ENTITY {name} "{f"&{before};" * 20}">'
    bomb += "]><x>&h;</x>"
    source = io.BytesIO(workbook(One=[["a", "b"], ["x", 1]]))
    target = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, bomb if info.filename == part else old.read(info))
    started = monotonic()
    file = open_file("a.xlsx", target.getvalue())
    for table in file.tables:
        list(table.rows())
    assert monotonic() - started < 5


def test_rows_far_below_and_columns_far_right_cost_little() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    book.active["A1048576"] = "end"
    wide = book.create_sheet("wide")
    wide["XFD1"] = 1
    target = io.BytesIO()
    book.save(target)
    started = monotonic()
    (table,) = open_file("a.xlsx", target.getvalue()).tables
    assert "the sheet 'wide' is left out: it has 16,384 columns" in table.remarks()[0]
    assert list(table.rows()) == [[1, 2]]
    assert monotonic() - started < 5
