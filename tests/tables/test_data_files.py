"""Data files as people have them: what they are is found, and what is wrong with them is said."""

# ruff: noqa: RUF001 - letters of many languages.
from __future__ import annotations

import json
from typing import Any

import pytest

from pyagent.tables.files import open_file


def rows_of(name: str, data: str | bytes) -> list[list[Any]]:
    data = data.encode() if isinstance(data, str) else data
    (table,) = open_file(name, data).tables
    for _ in range(4):
        rows = list(table.rows())
        if table.settle():
            break
    return [list(table.names), *rows]


def remarks_of(name: str, data: str | bytes) -> str:
    data = data.encode() if isinstance(data, str) else data
    file = open_file(name, data)
    return "; ".join([*file.remarks(), *(r for table in file.tables for r in table.remarks())])


@pytest.mark.parametrize(
    ("data", "rows", "remark"),
    [
        ("a;b\nx;1,5\ny;2,25\n", [["a", "b"], ["x", 1.5], ["y", 2.25]], "decimal comma"),
        ("a\n1,5\n2,25\n", [["a"], [1.5], [2.25]], "decimal comma"),
        ("a|b\n1|2\n", [["a", "b"], [1, 2]], "separator '|'"),
        ("a\tb\n1\t2\n", [["a", "b"], [1, 2]], "separator tab"),
        ("sep=;\na;b\n1;2\n", [["a", "b"], [1, 2]], "begins in line 2"),
        ("Report\n\na;b\n1;2\n3;4\n", [["a", "b"], [1, 2], [3, 4]], "begins in line 3"),
        ("1,2\n3,4\n", [["column_1", "column_2"], [1, 2], [3, 4]], "no header line"),
        ("land,2020,2021\nA,1,2\n", [["land", "2020", "2021"], ["A", 1, 2]], ""),
        ("a,b\n1\n", [["a", "b"], [1, None]], "1 row with fewer cells"),
        ("a,b\n1,2,3\n4,5\n", [["a", "b"], [1, 2], [4, 5]], "1 row with more cells"),
        ("a,b\n1,2,\n4,5,\n", [["a", "b"], [1, 2], [4, 5]], ""),
        ("a,b\nx,1,2\ny,3,4\n", [["column_1", "a", "b"], ["x", 1, 2], ["y", 3, 4]], "no name"),
        (
            "a,A,a\n1,2,3\n",
            [["a", "A_2", "a_3"], [1, 2, 3]],
            "column 'a' comes again and is called",
        ),
        ('a,b\n"x\ny",1\n', [["a", "b"], ["x\ny", 1]], ""),
        ("a,b\r1,2\r", [["a", "b"], [1, 2]], ""),
        ("a,b\n", [["a", "b"]], "there are no rows"),
        ("a;b\n1.234;5,5\n", [["a", "b"], [1234, 5.5]], "a: integer, '.' groups thousands"),
    ],
)
def test_layouts_of_csv(data: str, rows: list[list[Any]], remark: str) -> None:
    assert rows_of("t.csv", data) == rows
    assert remark in remarks_of("t.csv", data)
    assert remark or not remarks_of("t.csv", data)


@pytest.mark.parametrize(
    ("head", "late", "total"),
    [
        ("1", "1.5", 1501.5),
        ("1,5", "2,25", 2252.25),
        ("12,345", "1,5", 18519.0),  # the late cell shows that the comma is a decimal comma
    ],
)
def test_late_cell_decides_for_the_whole_column(head: str, late: str, total: float) -> None:
    data = "n;m\n" + f"{head};x\n" * 1_500 + f"{late};x\n"
    assert sum(row[0] for row in rows_of("t.csv", data)[1:]) == pytest.approx(total)


def test_late_cell_in_another_style_makes_the_column_text() -> None:
    rows = rows_of("t.csv", "n;m\n" + "1,5;x\n" * 1_500 + "1.5;x\n")
    assert {row[0] for row in rows[1:]} == {"1,5", "1.5"}


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_odd_line_separators_do_not_end_a_line(char: str) -> None:
    value = f"x{char}y"
    text = char if char >= "\x20" else f"\\u{ord(char):04x}"
    assert rows_of("t.jsonl", f'{{"a": "x{text}y"}}\r\n{{"a": "z"}}\n')[1:] == [[value], ["z"]]
    assert rows_of("t.csv", f"a,b\nx{char}y,1\n")[1:] == [[value, 1]]


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        ("t.json", '[{"a": NaN, "b": 1e999}]', [["a", "b"], [None, None]]),
        ("t.json", '[{"a": 123456789012345678901}]', [["a"], ["123456789012345678901"]]),
        ("t.json", '{"rows": [{"a": 1}], "ids": [1, 2]}', [["a"], [1]]),
        ("t.json", '{"a": 1, "b": [1, 2]}', [["a", "b"], [1, "[1, 2]"]]),
        ("t.json", '[{"a": "\\ud800"}]', [["a"], ["\ufffd"]]),
        ("t.jsonl", '\ufeff{"a": 1}\n\n{"b": 2}', [["a", "b"], [1, None], [None, 2]]),
        ("t.ndjson", '{"a": {"b": 1}}', [["a"], ['{"b": 1}']]),
    ],
)
def test_odd_json_is_read(name: str, data: str, rows: list[list[Any]]) -> None:
    assert rows_of(name, data) == rows


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize(
    ("name", "text"), [("t.csv", "a,b\n5 €,ü\n"), ("t.json", '[{"a": 5, "b": "ü"}]')]
)
def test_every_format_is_read_in_every_encoding(name: str, text: str, encoding: str) -> None:
    assert rows_of(name, text.encode(encoding)) == [["a", "b"], [5, "ü"]]
    assert encoding in remarks_of(name, text.encode(encoding))


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("t.csv", b"", "it is empty"),
        ("t.csv", b"\x00\x01\x02\x03", "it is not text"),
        ("t.csv", b"a," * 1_000_000, "it has 1,000,001 columns, and 2,000 are possible"),
        ("t.csv", b'a\n"' + b"x" * 200_000, "field larger than field limit"),
        ("t.json", b"[1, 2]", "it holds no list of objects"),
        ("t.json", b"{broken", "it is not JSON"),
        ("t.json", b"[" * 100_000, "it is nested more than"),
        ("t.jsonl", b'{"a": 1}\nnope\nnope\n', "line 2: it is not JSON"),
        ("t.jsonl", b"[1]\n", "line 1 holds no object"),
        ("t.json", b"[]", "it has no columns"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, problem: str) -> None:
    file = open_file(name, data)
    assert problem in file.problem
    assert not file.tables


@pytest.mark.parametrize(
    ("data", "rows", "remark"),
    [
        ('a,b,c\n1,"x,2\n3,y,4\n', [[1, "x", 2], [3, "y", 4]], "line 2: a quote opens"),
        ('a,b\n1,x\n2,"y\n', [[1, "x"], [2, "y"]], "line 3: a quote opens and is not closed"),
        ('a;b;c\n1;"x;2\n3;"y";4\n', [[1, "x", 2], [3, "y", 4]], "line 2: a quote opens"),
        ('a,b\n0,z\n1,"x\n3,y",4\n', [[0, "z"], [1, "x"], [3, 'y"']], "line 3: a quote opens"),
        (
            'a,b,c\n1,"x,2\n3,"y,4\n5,z,6\n"7,w,8\n',
            [[1, "x", 2], [3, "y", 4], [5, "z", 6], [7, "w", 8]],
            "lines 2, 3 and 5: a quote opens",
        ),
        ('a,b\n1,"x\n\ny"\n2,z\n', [[1, "x\n\ny"], [2, "z"]], ""),
        ('a,b\n1,"x\ny" \n2,z\n', [[1, "x\ny "], [2, "z"]], ""),
        ('a,b\n1,5" pipe\n2,"6"" pipe"\n', [[1, '5" pipe'], [2, '6" pipe']], ""),
        ("a,b\n1,2\n3\n4\n", [[1, 2], [3, None], [4, None]], "2 rows with fewer cells"),
        ("a,b\n1,2,x\n3,4\n", [[1, 2], [3, 4]], "left out (line 2)"),
        ("a,b\n1,2\n\ufeffa,b\n3,4\n", [[1, 2], [3, 4]], "line 3: the header comes again"),
        ("a,b\n1,2\n\ufeff3,4\n", [[1, 2], [3, 4]], "line 3: a byte order mark is left out"),
        ("a,b\n1,2\na,b\n3,4\n", [[1, 2], [3, 4]], "line 3: the header comes again"),
        ("a,b\n1,\x002\n3,4\n5,6\n", [[1, 2], [3, 4], [5, 6]], "first in line 2"),
        ("a,b\n1,2\n" + "\x00" * 50, [[1, 2]], "50 NUL characters left out"),
        (",x,\n1,2,3\n", [[1, 2, 3]], "2 columns have no name and are called column_1, column_3"),
        ("x,x\n1,2\n", [[1, 2]], "the column 'x' comes again and is called 'x_2'"),
        ("T;;\n;;\na;b;c\nx;1;2\n", [["x", 1, 2]], "the table begins in line 3"),
        ("T, 2024\n\na;b;c\nx;1,5;2\n", [["x", 1.5, 2]], "the table begins in line 3"),
        ("T\nU\na\tb\nx\t1\n", [["x", 1]], "the table begins in line 3"),
        ("T;5\n\na;b;c\nx;1;2\n", [["x", 1, 2]], "the table begins in line 3"),
        ("a,b\nx,1\nTotal,1\n", [["x", 1], ["Total", 1]], "line 3) looks like a total"),
        ("a;b\nx;1\nИтого:;1\n", [["x", 1], ["Итого:", 1]], "line 3) looks like a total"),
        ("a;b\nx;1\n;合計\n", [["x", "1"], [None, "合計"]], "line 3) looks like a total"),
    ],
)
def test_damaged_csv_is_read_and_told(data: str, rows: list[list[Any]], remark: str) -> None:
    assert rows_of("t.csv", data)[1:] == rows
    assert remark in remarks_of("t.csv", data)


def test_a_quote_that_is_not_closed_deep_in_a_file_costs_one_line() -> None:
    rows = [f'{n},"t{n}",{n}\n' for n in range(60_000)]
    rows[50_000] = '50000,"t,1\n'
    data = "a,b,c\n" + "".join(rows)
    found = rows_of("t.csv", data)
    assert len(found) == 60_001
    assert found[50_001] == [50_000, "t", 1]
    assert "line 50,002: a quote opens" in remarks_of("t.csv", data)


@pytest.mark.parametrize(
    ("data", "rows", "remark"),
    [
        ('{"a": 1}\n{"a": 2}\n{"a": 3', [[1], [2]], "line 3: it is not JSON"),
        ('{"a": 1}\nnope\n{"a": 2}\n', [[1], [2]], "the line is left out"),
        ('{"a": 1}\n5\n{"a": 2}\n[]\n{"a": 3}', [[1], [2], [3]], "and so is line 4"),
        (
            '{"a": "x\x00y"}\n{"a": "z"}\n{"a": "w"}\n',
            [["xy"], ["z"], ["w"]],
            "1 NUL character left out",
        ),
    ],
)
def test_damaged_json_lines_are_left_out_and_told(
    data: str, rows: list[list[Any]], remark: str
) -> None:
    assert rows_of("t.jsonl", data)[1:] == rows
    assert remark in remarks_of("t.jsonl", data)


MARKS = ["NA", "N/A", "n/a", "-", "--", "null", "NULL", "None", "nan", "#N/A", "?", ".", "k.A."]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_for_no_value_is_null_among_numbers_and_text_among_texts(mark: str) -> None:
    data = f"n;r;t\n1;1,5;x\n{mark};{mark};{mark}\n3;2,5;z\n"
    assert rows_of("t.csv", data)[1:] == [[1, 1.5, "x"], [None, None, mark], [3, 2.5, "z"]]
    remarks = remarks_of("t.csv", data)
    assert f"n: integer, {mark!r} stands for no value (1 cell)" in remarks
    assert f"r: number, decimal comma, {mark!r} stands for no value (1 cell)" in remarks
    rows = [{"n": 1, "t": "x"}, {"n": mark, "t": mark}, {"n": 2.5, "t": "NAN"}]
    for name, text in [
        ("t.json", json.dumps(rows)),
        ("t.jsonl", "\n".join(map(json.dumps, rows))),
    ]:
        assert rows_of(name, text)[1:] == [[1, "x"], [None, mark], [2.5, "NAN"]]
        assert f"n: number, {mark!r} stands for no value (1 cell)" in remarks_of(name, text)


def test_marks_in_texts_stay_and_the_reader_in_code_is_warned() -> None:
    data = "country,name\nNA,Null\nDE,Ann\nNA,null\n"
    assert rows_of("t.csv", data)[1:] == [["NA", "Null"], ["DE", "Ann"], ["NA", "null"]]
    remarks = remarks_of("t.csv", data)
    assert "country: 'NA' is text here (2 cells); pandas takes it for no value unless" in remarks
    assert "name: 'null' is text here (1 cell)" in remarks


def test_marks_are_counted_in_the_whole_file() -> None:
    data = "a,b\n" + "1,x\n" * 2_000 + "NA,x\n-,NA\nNA,y\n"
    remarks = remarks_of("t.csv", data)
    assert "a: integer, 'NA' and '-' stand for no value (3 cells)" in remarks
    assert "b: 'NA' is text here (1 cell)" in remarks
    assert [row[0] for row in rows_of("t.csv", data)[-3:]] == [None, None, None]


@pytest.mark.parametrize("cells", [["NA"], ["-", "?"], ["NA", "", "null"]])
def test_a_column_of_marks_alone_is_text(cells: list[str]) -> None:
    data = "a,b\n" + "".join(f"{cell},1\n" for cell in cells)
    assert [row[0] for row in rows_of("t.csv", data)[1:]] == [cell or None for cell in cells]
