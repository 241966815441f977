"""Files of earlier tasks: after a conversation is taken back, tools still read them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pyagent.protocol import ConversationRestored, FileInfo, RestoreConversation
from pyagent.tools.builtin.sql import SqlTool
from support.agents.scripted_agents import use
from support.browser.kept import Journal, KeepingPage, StepsModel, with_worker
from support.browser.page_end import PageEnd

ROWS = [("Lisbon", 3), ("Porto", 4)]
SUM = "final_answer(query_db(sql='SELECT sum(n) AS n FROM {table}'))"


def csv_file(rows: Any = ROWS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([("city", "n"), *rows])
    return text.getvalue().encode()


def database(folder: Path) -> bytes:
    path = folder / "made.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE visits (city, n)")
        connection.executemany("INSERT INTO visits VALUES (?, ?)", ROWS)
    return path.read_bytes()


def reopened(journal: Journal, *steps: str) -> Any:
    """Give the conversation to a new worker. Returns the output of one more task."""
    outputs: list[Any] = []

    async def scenario(end: PageEnd) -> None:
        assert (await journal.give_back(end)).problem is None
        outputs.append((await end.run("Again.", "again")).output)

    with_worker(scenario, StepsModel(steps), tools=[SqlTool()])
    return outputs[0]


def asked(*tasks: dict[str, bytes]) -> Journal:
    """What a page keeps of tasks that came with these files."""
    journal = Journal()

    async def scenario(end: PageEnd) -> None:
        page = KeepingPage(end, journal, {})
        for number, files in enumerate(tasks):
            await page.begin(f"r{number}", files)

    with_worker(scenario, StepsModel(["final_answer('read')"] * len(tasks)), tools=[SqlTool()])
    return journal


@pytest.mark.parametrize("name", ["sums.csv", "sums.tsv", "sums.json", "sums.jsonl", "sums.sqlite"])
def test_tables_are_there_again_after_a_conversation_is_reopened(name: str, tmp_path: Path) -> None:
    records = [{"city": city, "n": number} for city, number in ROWS]
    data = {
        "sums.csv": csv_file(),
        "sums.tsv": csv_file().replace(b",", b"\t"),
        "sums.json": json.dumps(records).encode(),
        "sums.jsonl": "\n".join(map(json.dumps, records)).encode(),
        "sums.sqlite": database(tmp_path),
    }[name]
    journal = asked({name: data})

    assert reopened(journal, "0", SUM.format(table="sums")) == [{"n": 7}]


def test_the_last_file_of_a_name_is_the_one_that_is_asked() -> None:
    later = csv_file([("Faro", 50)])
    journal = asked({"a.csv": csv_file()}, {"a.json": b'[{"n": 1}]'}, {"a.csv": later})
    both = "final_answer([query_db(sql=f'SELECT sum(n) AS n FROM {t}') for t in ('a', 'a_2')])"

    assert reopened(journal, "0", "0", "0", both) == [[{"n": 50}], [{"n": 1}]]


def test_an_agent_that_calls_tools_reads_them_too() -> None:
    journal = asked({"sums.csv": csv_file()})
    query = [use("query_db", sql="SELECT city FROM sums WHERE n = 4")]
    model = StepsModel(["0", query, [use("final_answer", answer="done")]], supports_tools=True)

    async def scenario(end: PageEnd) -> None:
        assert (await journal.give_back(end)).problem is None
        await end.run("Again.", "again")

    with_worker(scenario, model, tools=[SqlTool()], kind="tool_calling")
    assert "Porto" in model.requests[-1].messages[-1].content


def test_a_file_that_cannot_be_read_as_a_table_costs_only_itself() -> None:
    journal = asked({"sums.csv": csv_file(), "broken.xlsx": b"no workbook", "note.txt": b"hello"})

    assert reopened(journal, "0", SUM.format(table="sums")) == [{"n": 7}]


def test_another_conversation_has_none_of_these_tables() -> None:
    journal = asked({"sums.csv": csv_file()})
    query = "final_answer(query_db(sql='SELECT count(*) AS n FROM sqlite_master'))"

    async def scenario(end: PageEnd) -> None:
        await journal.give_back(end)
        assert (await Journal().give_back(end)).problem is None
        assert (await end.run("New.", "new")).output == [{"n": 0}]

    with_worker(scenario, StepsModel([query]), tools=[SqlTool()])


def test_files_and_a_checkpoint_may_come_with_the_last_of_several_messages() -> None:
    journal = asked({"sums.csv": csv_file()})
    info = FileInfo(path="sums.csv", size_bytes=len(csv_file()), media_type="text/csv")

    async def scenario(end: PageEnd) -> None:
        for name, part in journal.parts.items():
            end.send(RestoreConversation(parts={name: part}, more=True))
        last = RestoreConversation(parts={}, files=[info])
        end.send(last, [csv_file(), journal.checkpoint])
        assert (await end.until(ConversationRestored)).problem is None
        assert (await end.run("Again.", "again")).output == [{"n": 3}, "city,n\n"]

    read = "final_answer([query_db(sql='SELECT n FROM sums')[0], open('sums.csv').readline()])"
    with_worker(scenario, StepsModel(["0", read]), tools=[SqlTool()])
