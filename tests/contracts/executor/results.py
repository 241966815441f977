"""Contract cases: rich results, tables and files."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress

from contracts.executor.cases import LIMIT_S, TABLE, case, run, run_ok
from pyagent.errors import FileError
from pyagent.executors.base import Executor
from pyagent.protocol import Display, Output


# --- rich results -----------------------------------------------------------------------------
@case
async def rich_values_come_as_mime_bundles(executor: Executor) -> None:
    outcome = await run_ok(
        executor,
        "class Both:\n"
        "    def _repr_html_(self): return '<b>hi</b>'\n"
        "    def _repr_png_(self): return b'\\x89PNG'\n"
        "    def __repr__(self): return 'both'\n"
        "b = Both()\nb",
    )
    assert outcome.value == {
        "text/plain": "both",
        "text/html": "<b>hi</b>",
        "image/png": base64.b64encode(b"\x89PNG").decode(),
    }


@case
async def display_shows_at_once_and_in_order(executor: Executor) -> None:
    events = []
    code = (
        "print('a')\n"
        "display(SVG('<svg/>'), HTML('<p>'), Markdown('*m*'))\n"
        "print('b')\n"
        "display(Image(b'\\xff\\xd8\\xff'))"
    )
    async with asyncio.timeout(LIMIT_S):
        async for event in executor.execute(code):
            if isinstance(event, Output):
                events.append(event.text)
            elif isinstance(event, Display):
                events.extend(key for key in event.bundle if key != "text/plain")
    shown = ["a\n", "image/svg+xml", "text/html", "text/markdown", "b\n", "image/jpeg"]
    assert events == shown


@case
async def lists_of_dicts_are_tables(executor: Executor) -> None:
    outcome = await run_ok(executor, "[{'n': i, 'half': i / 2} for i in range(1_500)]")
    table = outcome.value[TABLE]
    assert isinstance(table, dict)
    assert table["schema"] == {
        "fields": [{"name": "n", "type": "integer"}, {"name": "half", "type": "number"}]
    }
    assert table["data"][:2] == [{"n": 0, "half": 0.0}, {"n": 1, "half": 0.5}]
    assert (len(table["data"]), table["total_rows"]) == (1_000, 1_500)


@case
async def rows_of_sqlite_and_csv_are_tables(executor: Executor) -> None:
    sqlite = (
        "import sqlite3\n"
        "db = sqlite3.connect(':memory:')\n"
        "_ = db.execute('create table t (name text, n int)')\n"
        "_ = db.executemany('insert into t values (?, ?)', [('a', 1), ('b', 2)])\n"
    )
    plain = (await run_ok(executor, f"{sqlite}db.execute('select * from t').fetchall()")).value
    assert plain[TABLE]["data"] == [{"0": "a", "1": 1}, {"0": "b", "1": 2}]
    named = "db.row_factory = sqlite3.Row\ndb.execute('select * from t').fetchall()"
    assert (await run_ok(executor, named)).value[TABLE]["data"][1] == {"name": "b", "n": 2}
    rows = "import csv, io\nlist(csv.reader(io.StringIO('city,t\\nOslo,1\\nRome,2\\n')))"
    table = (await run_ok(executor, rows)).value[TABLE]
    assert table["data"] == [{"city": "Oslo", "t": "1"}, {"city": "Rome", "t": "2"}]


@case
async def columns_are_tables_and_plain_lists_are_not(executor: Executor) -> None:
    columns = (await run_ok(executor, "{'a': [1, 2], 'b': ['x', float('nan')]}")).value
    assert columns[TABLE]["data"] == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    for code in ("[1, 2, 3]", "[(1,), (2,)]", "{'a': 1}", "[]", "{}", "['ab', 'cd']"):
        assert TABLE not in (await run_ok(executor, code)).value, code


# --- files ------------------------------------------------------------------------------------
@case
async def files_go_in_and_out(executor: Executor) -> None:
    data = bytes(range(256)) * 1000
    await executor.write_file("data/in.bin", data)
    outcome = await run_ok(
        executor,
        "data = open('data/in.bin', 'rb').read()\n"
        "import os\n"
        "os.makedirs('out', exist_ok=True)\n"
        "_ = open('out/plot.svg', 'wb').write(data[:300])\n"
        "_ = open('new.csv', 'w').write('a,b')",
    )
    told = [(file.path, file.size_bytes, file.media_type) for file in outcome.executed.files]
    assert told == [("new.csv", 3, "text/csv"), ("out/plot.svg", 300, "image/svg+xml")]
    assert await executor.read_file("out/plot.svg") == data[:300]
    assert await executor.read_file("data/in.bin") == data


@case
async def only_changed_files_are_reported(executor: Executor) -> None:
    await run_ok(executor, "_ = open('a.txt', 'w').write('1')\n_ = open('b.txt', 'w').write('1')")
    outcome = await run_ok(executor, "_ = open('b.txt', 'w').write('22')")
    assert [file.path for file in outcome.executed.files] == ["b.txt"]


@case
async def paths_stay_in_the_work_folder(executor: Executor) -> None:
    code = (
        "import os\n"
        "os.symlink('/', 'root')\n"
        "os.symlink('/etc/passwd', 'link.txt')\n"
        "_ = open('../outside.txt', 'w').write('x')"
    )
    with suppress(FileError):
        await run(executor, code)
    bad = ("../outside.txt", "/etc/passwd", "a/../../b", "", ".", "link.txt", "root/etc/passwd")
    for path in (*bad, "C:\\x", "a\\..\\b", "a\0b"):
        with suppress(FileError):
            await executor.read_file(path)
            raise AssertionError(f"{path!r} was read")
    for path in ("../evil.txt", "/tmp/evil.txt", "", "a\\..\\b"):
        with suppress(FileError):
            await executor.write_file(path, b"x")
            raise AssertionError(f"{path!r} was written")
    await executor.write_file("root/tmp/pyagent-evil.txt", b"x")
    outcome = await run_ok(executor, "import os\nos.path.exists('/tmp/pyagent-evil.txt')")
    assert outcome.text == "False"
    assert "root/tmp/pyagent-evil.txt" in outcome.stderr


@case
async def missing_file_is_a_file_error(executor: Executor) -> None:
    with suppress(FileError):
        await executor.read_file("nothing.txt")
        raise AssertionError("a missing file was read")
