"""No query calculates with a text that SQLite would cut or guess; others are as before."""

# ruff: noqa: RUF001 - digits and spaces as people write them.
from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from pyagent import SqlTool, ToolError
from pyagent.tools.builtin.strict_sql import AS_NUMBER, NO_TEXT, strict

UNDECIDED = ["1,234", "1.000", "1 234,50 €", "EUR 1.234", "USD1,000", "１２３", "12%", "1:30"]
UNDECIDED += ["2024-01-05", "3 kg", "n/a", "abc", "12345678901234567890", "1_000", "0x10", "1e"]


def tool(cells: list[str], separator: str = ";") -> SqlTool:
    db = SqlTool()
    # A word among the cells keeps the column from being read as numbers of a style.
    text = "".join(f"{i}{separator}{cell}\n" for i, cell in enumerate(cells))
    db.receive_files({"t.csv": f"a{separator}b\n{text}".encode()})
    return db


@pytest.mark.parametrize("text", UNDECIDED)
@pytest.mark.parametrize(
    "calculation",
    [
        "sum(b)",
        "avg(b)",
        "total(b)",
        "sum(DISTINCT b)",
        "sum(b) OVER ()",
        "sum(b) FILTER (WHERE a = 0)",
        "CAST(b AS REAL)",
        "CAST(b AS INTEGER)",
        "cast ( trim(b) as decimal(10, 2) )",
        "sum(CAST(t.b AS FLOAT))",
        "b * 1",
        "1*b",
        "b+0",
        "0 - b",
        "-b",
        "- - b",
        "~b",
        "b / 2",
        "b % 7",
        'sum("t"."b" * 1.0)',
        "sum([b]+0)",
        "abs(b)",
        "round(b)",
        "round(b, 2)",
        "max(abs(b))",
        "printf('%.2f', b)",
        "format('%s %d', a, b)",
        "(b) * 1",
        "((b)) + 0",
        "(SELECT b) * 1",
        "CASE WHEN a = 0 THEN b ELSE 1 END + 0",
        "coalesce(b, 0) + 0",
        "max(b) * 1",
        "iif(a = 0, b, 5) * 2",
        "a + b",
        "b || '' + 0",
        "b COLLATE NOCASE + 0",
        "sum(trim(b))",
        "sum(b /* all */ + 0)",
        "a > 0 OR b > 5",
        "5 < b",
        "b BETWEEN 1 AND 2000",
        "b NOT BETWEEN -1 AND 5",
    ],
)
def test_no_text_is_calculated_with(text: str, calculation: str) -> None:
    with pytest.raises(ToolError, match="came upon the text"):
        tool([text, "x"]).forward(f"SELECT {calculation} AS s FROM t WHERE a = 0")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(x * 1) AS s FROM (SELECT b AS x FROM t WHERE a = 0)",
        "WITH u AS (SELECT b AS x FROM t WHERE a = 0) SELECT x + 0 AS s FROM u",
        "SELECT CAST(x AS REAL) AS s FROM (SELECT trim(b) AS x FROM t WHERE a = 0)",
    ],
)
@pytest.mark.parametrize("cells", [["1.000", "2.000"], ["1.000,5", "1,000.5", "3"], ["1.000"]])
def test_another_name_does_not_hide_that_a_number_is_undecided(sql: str, cells: list[str]) -> None:
    with pytest.raises(ToolError, match=r"came upon the text '1\.000"):
        tool(cells).forward(sql)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT sum(CAST(REPLACE(b, '.', '') AS INTEGER)) AS s FROM t", 3_000),
        ("SELECT sum(REPLACE(b, '.', '') * 1) AS s FROM t", 3_000),
        ("SELECT sum(CAST(x AS REAL)) AS s FROM (SELECT REPLACE(b, '.', '') AS x FROM t)", 3_000),
        ("SELECT count(b) AS s FROM t", 2),
        ("SELECT max(b) AS s FROM t", "2.000"),
        ("SELECT b AS s FROM t WHERE b = '2.000'", "2.000"),
        ("SELECT length(b) * 2 AS s FROM t LIMIT 1", 10),
        ("SELECT CAST(b AS TEXT) AS s FROM t LIMIT 1", "1.000"),
        ("SELECT b || '!' AS s FROM t LIMIT 1", "1.000!"),
        ("SELECT sum(b = '1.000') AS s FROM t", 1),
        ("SELECT (b > 'x') + (b < 'x') AS s FROM t LIMIT 1", 1),
        ("SELECT strftime('%Y', '2024-01-05') + 1 AS s", 2025),
        ("SELECT printf('%s', b) AS s FROM t LIMIT 1", "1.000"),
    ],
)
def test_what_loses_nothing_is_calculated(sql: str, value: Any) -> None:
    assert tool(["1.000", "2.000"]).forward(sql)[0]["s"] == value


QUERIES = [
    "SELECT * FROM t",
    "SELECT t.*, a*2 FROM t",
    "SELECT count(*) FROM t",
    "SELECT a*b, a * b + c, -a, - -a, a - -b, a/2, ~a, a<<1 | 2 & 3 FROM t",
    "SELECT sum(a*b), sum(a) , avg(b), total(a), sum(DISTINCT a) FROM t",
    'SELECT k, sum(a) * 2 AS "double", [k] FROM t GROUP BY k HAVING sum(a) > 1 ORDER BY 2 DESC',
    "SELECT a * 1 FROM t GROUP BY a * 1 ORDER BY a * 1",
    "SELECT sum(a) OVER (PARTITION BY k ORDER BY b ROWS 1 PRECEDING) * 100 FROM t",
    "SELECT sum(a) OVER w + 1 FROM t WINDOW w AS (ORDER BY a)",
    "SELECT sum(a) FILTER (WHERE b > 1) * 1.5 FROM t",
    "SELECT CASE WHEN a > 1 THEN b ELSE CASE k WHEN 'x' THEN 1 END END + 1 FROM t",
    "SELECT (SELECT max(a) FROM t) - a, a IN (1, 2) + 1, EXISTS (SELECT 1) + 1 FROM t",
    "SELECT round(avg(b), 2), abs(-a), printf('%05.1f %s%%', a, k) FROM t",
    "SELECT CAST(a AS TEXT) || k || '-1', CAST(a AS REAL) / 2, cast(b as int) % 2 FROM t",
    "SELECT k -- a * b\n, /* + */ a FROM t WHERE k LIKE '%x%' ESCAPE '\\' AND a < 2 + 1",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 9) SELECT sum(i) FROM n",
    "SELECT x.a + y.a FROM t AS x JOIN t y ON x.a = y.a + 1 LEFT JOIN t USING (k) LIMIT 5 OFFSET 1",
    "VALUES (1 + 1, 2 * 3)",
    "SELECT a FROM t WHERE a NOT BETWEEN 2 AND 9 AND b BETWEEN 0 AND 2 + 1",
    "SELECT json_extract('{\"a\": [1, 2]}', '$.a[0]') + 1, '{\"a\": 3}' ->> '$.a' + 0",
    "SELECT +a, + b - + a, a*-1, a-1, (a)-(b), a IS NOT NULL + 0 FROM t",
    "SELECT a AS n FROM t ORDER BY n*-1; ",
    "SELECT max(a, b) * min(a, b), coalesce(a, 0)+1, NULL + 1, 1e3*a, .5*a, x'00' FROM t",
    "SELECT total(a)+total(b), count(DISTINCT k)*1.0/count(*) FROM t WHERE -a < 0 AND 0 <= a",
    "SELECT julianday('2024-01-05') - julianday('2024-01-01'), 7 % 3 ",
    "SELECT a AS 'end', b AS `case` FROM t WHERE \"k\" <> 'a*b' UNION SELECT 1*1, 2",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_queries_give_the_names_and_values_that_sqlite_gives(sql: str) -> None:
    data = b"k,a,b,c\nx,1,1.5,\nx,2,2.5,7\ny,3,,8\n"
    db = SqlTool()
    db.receive_files({"t.csv": data})
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE TABLE t (k, a, b, c)")
    rows = [("x", 1, 1.5, None), ("x", 2, 2.5, 7), ("y", 3, None, 8)]
    plain.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    cursor = plain.execute(sql)
    names = [column[0] for column in cursor.description]
    expected = [
        {
            name: f"<{len(value)} bytes>" if isinstance(value, bytes) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor
    ]
    plain.close()
    assert db.forward(sql) == expected


@pytest.mark.parametrize("sql", QUERIES)
def test_rewritten_queries_are_sql(sql: str) -> None:
    db = SqlTool()
    db.receive_files({"t.csv": b"k,a,b,c\nx,1,1.5,\n"})
    db.forward("SELECT 1")
    assert db._connection is not None
    db._connection.execute(strict(sql, comparisons=True).text).close()


@pytest.mark.parametrize(
    "sql",
    ["SELECT (a * FROM t", "SELECT 'a * 1", "* *", ")", "SELECT a) * (b", "CASE", "- ", "END+"],
)
def test_broken_sql_is_told_in_its_own_words(sql: str) -> None:
    with pytest.raises(ToolError) as caught:
        tool(["x"]).forward(sql)
    assert "SQL error" in str(caught.value)
    assert "__" not in str(caught.value)


def test_a_database_of_your_own_is_calculated_with_as_strictly(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE item (price TEXT, n INTEGER)")
        connection.executemany("INSERT INTO item VALUES (?, ?)", [("12.5", 2), ("1,5", 3)])
    connection.close()
    db = SqlTool(path)
    assert db.forward("SELECT sum(n) AS s FROM item WHERE price > '0'") == [{"s": 5}]
    assert db.forward("SELECT price * n AS s FROM item WHERE n = 2") == [{"s": 25.0}]
    with pytest.raises(ToolError, match="came upon the text '1,5'"):
        db.forward("SELECT sum(price * n) AS s FROM item")


LEAVES = ["a", "b", "c", "t.a", '"b"', "[c]", "1", "2.5", "-3", "k", "NULL", "'7'", "x'31'"]
SHAPES = [
    "{} + {}",
    "{}*{}",
    "({})",
    "- {}",
    "CASE WHEN {} > {} THEN {} ELSE {} END",
    "coalesce({}, {})",
    "CAST({} AS REAL)",
    "CAST({} AS TEXT)",
    "{} || {}",
    "round({}, 1)",
    "({} IN ({}, {}))",
    "{} - {}",
    "({} BETWEEN {} AND {})",
    "(SELECT {})",
    "{} COLLATE NOCASE",
    "abs({})",
]


def filled(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    shapes = st.sampled_from(SHAPES)
    return shapes.flatmap(
        lambda shape: st.lists(
            children, min_size=shape.count("{}"), max_size=shape.count("{}")
        ).map(lambda parts: shape.format(*parts))
    )


@settings(max_examples=400, deadline=None)
@given(expression=st.recursive(st.sampled_from(LEAVES), filled, max_leaves=8))
def test_any_expression_means_what_it_meant(expression: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (k, a, b, c)")
    connection.execute("INSERT INTO t VALUES ('x', 1, 1.5, NULL), ('y', 2, 2.5, 7)")
    for name in (AS_NUMBER, NO_TEXT):
        connection.create_function(name, 1, lambda value: value, deterministic=True)
    sql = f"SELECT {expression} FROM t"
    cursor = connection.execute(sql)
    expected = (cursor.description[0][0], cursor.fetchall())
    query = strict(sql, comparisons=False)
    cursor = connection.execute(query.text)
    assert (query.original(cursor.description[0][0]), cursor.fetchall()) == expected
    connection.close()
