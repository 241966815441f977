"""The SQL tool reads the files of a task or a database, and changes nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, SqlTool, ToolError
from pyagent.tables.files import open_file

SALES = b"id,Name,amount,when\n1,ann,2.5,2026-01-02\n2,bob,,2026-01-03\n3,cy,7,\n"


def query(files: dict[str, bytes], sql: str, **options: Any) -> Any:
    db = SqlTool(**options)
    db.receive_files(files)
    return db.forward(sql)


def test_agent_queries_an_uploaded_table() -> None:
    code = (
        "rows = query_db('SELECT sum(amount) AS total FROM sales')\nfinal_answer(rows[0]['total'])"
    )
    model = ScriptedModel([f"```python\n{code}\n```"])
    with CodeAgent([SqlTool()], model) as agent:
        result = agent.run("Total?", files={"Sales.csv": SALES})
    assert result.output == 9.5
    assert "Tables for query_db: sales (Sales.csv)" in model.requests[0].messages[-1].content


def test_cells_have_the_type_of_their_column() -> None:
    rows = query({"sales.csv": SALES}, "SELECT * FROM sales")
    assert rows[0] == {"id": 1, "Name": "ann", "amount": 2.5, "when": "2026-01-02"}
    assert (rows[1]["amount"], rows[2]["amount"], rows[2]["when"]) == (None, 7.0, None)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.tsv", b"a\tb\n1\tx, y\n"),
        ("t.csv", b"\xef\xbb\xbfa;b\n1;x, y\n"),
        ("t.csv", b'a,b\r\n1,"x, y"\r\n'),
        ("t.json", b'[{"a": 1, "b": "x, y"}]'),
        ("t.json", b'{"rows": [{"a": 1, "b": "x, y"}], "n": 1}'),
        ("t.jsonl", b'{"a": 1}\n\n{"b": "x, y", "a": 1}\n'),
    ],
)
def test_every_file_format_is_read(name: str, data: bytes) -> None:
    assert query({name: data}, "SELECT a, b FROM t WHERE b IS NOT NULL") == [{"a": 1, "b": "x, y"}]


def test_odd_files_still_make_tables() -> None:
    data = b"a,A,,a\n007,\xe9,3,4,5\n8\n"
    rows = query({"2024 report (final).csv": data}, "SELECT * FROM t_2024_report_final")
    assert rows == [
        {"a": "007", "A_2": "é", "column_3": 3, "a_3": 4},
        {"a": "8", "A_2": None, "column_3": None, "a_3": None},
    ]


def test_tables_last_until_reset_and_new_files_replace_old_ones() -> None:
    db = SqlTool()
    assert db.receive_files({"a.csv": b"x\n1\n"}) == "Tables for query_db: a (a.csv)"
    assert db.receive_files({"A.csv": b"x\n2\n"}) == "Tables for query_db: a_2 (A.csv)"
    assert db.forward("SELECT a.x, a_2.x AS y FROM a, a_2") == [{"x": 1, "y": 2}]
    db.receive_files({"a.csv": b"x\n5\n"})
    assert db.forward("SELECT x FROM a") == [{"x": 5}]
    db.reset()
    with pytest.raises(ToolError, match="no such table: a"):
        db.forward("SELECT x FROM a")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM nope", "SQL error: no such table: nope. The tables are: sales."),
        ("SELEC 1", 'near "SELEC": syntax error'),
        ("DROP TABLE sales", "Only reading is possible here."),
        ("INSERT INTO sales VALUES (1, 2, 3, 4)", "Only reading is possible here."),
        ("ATTACH '/tmp/x.db' AS x", "Only reading is possible here."),
        ("PRAGMA query_only = OFF", "Only reading is possible here."),
        ("SELECT load_extension('x')", "Only reading is possible here."),
        ("SELECT 1; DROP TABLE sales", "one statement at a time"),
        ("", "Give one SELECT"),
        ("SELECT * FROM sales a, sales b, sales c", "more than 20 rows. Aggregate"),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
            "took longer than 0.2 s",
        ),
    ],
)
def test_bad_query_is_explained_and_changes_nothing(sql: str, message: str) -> None:
    db = SqlTool(max_rows=20, timeout_s=0.2)
    db.receive_files({"sales.csv": SALES})
    with pytest.raises(ToolError) as caught:
        db.forward(sql)
    assert message in str(caught.value)
    assert db.forward("SELECT count(*) AS n FROM sales") == [{"n": 3}]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.json", b"[1, 2]"),
        ("t.json", b"{broken"),
        ("t.json", b"[" * 100_000),
        ("t.csv", b""),
        ("t.csv", b'"' + b"x" * 200_000),
    ],
)
def test_file_that_is_not_a_table_is_explained(name: str, data: bytes) -> None:
    with pytest.raises(ToolError, match=r"t\.\w+ (cannot be read as a table|has no columns)"):
        query({name: data}, "SELECT 1")


def test_database_file_is_read_and_never_written(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE item (name, icon)")
        connection.execute("INSERT INTO item VALUES ('pen', x'00ff')")
    connection.close()
    db = SqlTool(path)
    assert db.receive_files({"a.csv": b"x\n1\n"}) == ""
    assert db.forward("SELECT * FROM item") == [{"name": "pen", "icon": "<2 bytes>"}]
    with pytest.raises(ToolError, match="Only reading"):
        db.forward("DELETE FROM item")
    db.reset()
    with pytest.raises(ToolError, match="cannot be opened"):
        SqlTool(tmp_path / "none.db").forward("SELECT 1")


@pytest.mark.parametrize(
    ("data", "total"),
    [
        (b"a;b\nx;1,5\ny;2,25\n", 3.75),
        (b'a,b\nx,"1,234"\ny,"12,345"\n', 13579),
        ("a;b\nx;1.234,50 €\ny;2,00 €\n".encode("cp1252"), 1236.5),
        ("a;b\nx;1\u202f234\ny;12\u202f345\n".encode("utf-16"), 13579),
        (b"a,b\nx,n/a\ny,2\n", 2),
    ],
)
def test_numbers_of_every_country_are_summed(data: bytes, total: float) -> None:
    assert query({"t.csv": data}, "SELECT sum(b) AS s FROM t") == [{"s": total}]


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        (b'a,b\nx,"1,234"\n', "1,234", "t: b: text; '1,234' could be 1.234 or 1234."),
        (b"a;b\nx;1,5\ny;1.5\n", "1,5", "t: b: text; it holds both '1,5' and '1.5'."),
        (b"a,b\nx,12 kg\ny,3 kg\n", "12 kg", ""),
        (b"a;b\nx;1.000\n", "1.000", "t: b: text; '1.000' could be 1.000 or 1000."),
        (b"a,b\nx,007\n", "007", ""),
        (b'a,b\n1,2\n3,4\n5,"1,234"\n', "2", ""),
    ],
)
@pytest.mark.parametrize("function", ["sum(b)", "avg(b)", "total(b)", "sum(b) OVER ()"])
def test_text_is_never_summed_in_silence(data: bytes, text: str, note: str, function: str) -> None:
    db = SqlTool()
    told = db.receive_files({"t.csv": data})
    assert note in told
    with pytest.raises(ToolError, match=f"came upon the text '{text}', which is not a number"):
        db.forward(f"SELECT {function} AS s FROM t")
    assert db.forward("SELECT count(b) AS n FROM t")[0]["n"] == data.count(b"\n") - 1


def test_strict_sums_give_what_sqlite_gives() -> None:
    data = b"k,n,r,t\na,1,1.5,1 x\na,2,,2 x\nb,3,2.5,3 x\nb,,,4 x\n"
    plain = {name: data.replace(b" x", b"") for name in ("p.csv",)}
    db = SqlTool()
    db.receive_files({"s.csv": data, **plain})
    sql = (
        "SELECT k, sum(n) AS a, avg(n) AS b, total(n) AS c, sum(r) AS d, avg(r) AS e, "
        "sum(n + r) AS f, sum(DISTINCT n) AS g FROM {} GROUP BY k"
    )
    window = "SELECT sum(n) OVER (ORDER BY rowid ROWS 1 PRECEDING) AS w FROM {}"
    strict = [db.forward(sql.format("s")), db.forward(window.format("s"))]
    only = SqlTool()
    only.receive_files(plain)
    assert strict == [only.forward(sql.format("p")), only.forward(window.format("p"))]


def test_file_that_cannot_be_read_leaves_the_others() -> None:
    db = SqlTool()
    told = db.receive_files({"a.csv": b"x\n1\n", "b.json": b"{nope", "c.csv": b""})
    assert "Tables for query_db: a (a.csv)" in told
    assert "b.json cannot be read as a table: it is not JSON" in told
    assert "c.csv cannot be read as a table: it is empty." in told
    assert db.forward("SELECT x FROM a") == [{"x": 1}]
    with pytest.raises(ToolError, match=r"no such table: b.*b\.json cannot be read"):
        db.forward("SELECT * FROM b")


def test_broken_end_of_a_file_is_told_at_the_first_query() -> None:
    db = SqlTool()
    late = b"x,y\n" + b"1,2\n" * 5_000 + b'"' + b"z" * 200_000
    db.receive_files({"a.csv": late, "b.csv": b"n\n7\n"})
    assert db.forward("SELECT n FROM b") == [{"n": 7}]
    with pytest.raises(ToolError, match=r"a\.csv cannot be read as a table: field larger"):
        db.forward("SELECT * FROM a")


def test_large_json_is_read_at_the_first_query() -> None:
    rows = b",".join(b'{"n": 1, "text": "%s"}' % (b"x" * 1_000) for _ in range(3_000))
    db = SqlTool()
    assert db.receive_files({"big.json": b"[" + rows + b"]"}) == (
        "Tables for query_db: big (big.json)"
    )
    assert db.forward("SELECT sum(n) AS s FROM big") == [{"s": 3_000}]


def test_new_file_of_a_name_takes_the_place_of_all_old_tables() -> None:
    db = SqlTool()
    db.receive_files({"a.csv": b"x\n1\n", "b.csv": b"y\n2\n"})
    assert db.forward("SELECT x, y FROM a, b") == [{"x": 1, "y": 2}]
    assert "cannot be read" in db.receive_files({"a.csv": b""})
    with pytest.raises(ToolError, match=r"no such table: a\. The tables are: b\. a\.csv cannot"):
        db.forward("SELECT x FROM a")
    assert db.forward("SELECT y FROM b") == [{"y": 2}]
    assert db.receive_files({"a.csv": b"z\n3\n"}) == "Tables for query_db: a (a.csv)"
    assert db.forward("SELECT * FROM a") == [{"z": 3}]


def test_a_large_table_says_about_how_many_rows_it_has() -> None:
    (table,) = open_file("big.csv", b"n,m\n" + b"1,2\n" * 1_200_000).tables
    assert table.described().startswith("about 1,200,000 rows; columns: n integer")
