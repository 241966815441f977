"""Files that come with a task and files that the code makes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pyagent.agents.inputs import files as agent_files
from pyagent.memory import ActionStep
from pyagent.protocol import FileProduced, Notice, RunStarted
from support.agents.scripted_agents import agent_with, asked, block


def test_file_of_a_task_is_read_by_the_code(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("month,amount\nMay,10\nJune,20\n")
    code = (
        "import csv\nfinal_answer(sum(int(r['amount']) for r in csv.DictReader(open('sales.csv'))))"
    )
    with agent_with(block(code)) as agent:
        result = agent.run("Sum up.", files=[path])
        assert "- sales.csv (28 bytes), begins:\n  month,amount\n  May,10" in asked(agent)
    assert result.output == 30
    assert result.files == {}


def test_bytes_may_be_given_by_name_and_binary_files_are_not_previewed() -> None:
    with agent_with(block("final_answer(len(open('data/a.bin', 'rb').read()))")) as agent:
        events = list(agent.stream("Count.", files={"data/a.bin": b"\x00\xff\xfe"}))
        assert "- data/a.bin (3 bytes)" in asked(agent)
        assert "begins" not in asked(agent)
        assert agent.last_result is not None
        assert agent.last_result.output == 3
    assert isinstance(events[0], RunStarted)
    assert [info.path for info in events[0].files] == ["data/a.bin"]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("NOTES.MD", "text/markdown"),
        ("sales.parquet", "application/vnd.apache.parquet"),
        ("a/t.csv", "text/csv"),
        ("noidea.zzz", "application/octet-stream"),
    ],
)
def test_file_has_one_media_type_whoever_made_it(name: str, media_type: str) -> None:
    code = f"final_answer(open({name!r}, 'ab').write(b'x'))"
    with agent_with(block(code)) as agent:
        events = list(agent.stream("Add to it.", files={name: b"x"}))
    given = [info for event in events if isinstance(event, RunStarted) for info in event.files]
    made = [event.file for event in events if isinstance(event, FileProduced)]
    assert [info.media_type for info in [*given, *made]] == [media_type] * 2


@pytest.mark.parametrize(
    ("code", "handed_over", "told"),
    [
        (
            "for i in range(60): open(f'{i:02}.txt', 'w').write('x')",
            50,
            "10 of the files were not handed over to the person, from 50.txt on: 50 are possible",
        ),
        (
            "for i in range(150): open(f'{i:03}.txt', 'w').write('x')",
            50,
            "50 or more of the files were not handed over to the person, from 050.txt on",
        ),
        (
            "open('a.txt', 'w').write('x')\nopen('big.bin', 'wb').truncate(300_000_000)",
            1,
            "big.bin is too large to be handed over to the person (300,000,000 bytes; 134,217,728 ",
        ),
        ("open('a.txt', 'w').write('x')", 1, ""),
    ],
)
def test_model_and_person_are_told_of_files_that_are_not_handed_over(
    code: str, handed_over: int, told: str
) -> None:
    again = code.replace("'x", "'y")
    with agent_with(block(code), block(f"{again}\nfinal_answer(1)")) as agent:
        result = agent.run("Write.")
    assert len(result.files) == handed_over
    assert len(result.warnings) == bool(told)
    assert told in "".join(result.warnings)
    step = result.steps[0]
    assert isinstance(step, ActionStep)
    assert told in step.observation
    assert ("handed over" in step.observation) == bool(told)
    assert result.to_dict()["warnings"] == list(result.warnings)


def test_changed_files_are_handed_over_in_their_latest_version() -> None:
    write = "open('out.txt', 'w').write('{}')"
    with agent_with(
        block(write.format("one")), block(write.format("two") + "\nfinal_answer(1)")
    ) as agent:
        events = list(agent.stream("Write."))
        assert agent.last_result is not None
        assert agent.last_result.files == {"out.txt": b"two"}
    produced = [event for event in events if isinstance(event, FileProduced)]
    assert [(event.step, event.file.media_type) for event in produced] == [
        (1, "text/plain"),
        (2, "text/plain"),
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["missing.csv"], "missing.csv cannot be read: No such file"),
        (["."], "is not a valid name for a file"),
        ({"../x": b""}, "is not a valid name for a file in the work folder"),
        ({"/etc/x": b""}, "is not a valid name for a file in the work folder"),
        ({"C:\\x": b""}, "is not a valid name for a file in the work folder"),
        ({"": b""}, "is not a valid name for a file in the work folder"),
        (["a/x.csv", "b/x.csv"], "cannot be read"),
        ("/nope.csv", "/nope.csv cannot be read: No such file"),
        (Path("nope.csv"), "nope.csv cannot be read: No such file"),
        ("/", "'/' is not a valid name for a file: it is a folder"),
        ("a\0b.csv", "cannot be read: "),
        ({"t.txt": 5}, "The content of t.txt must be text, bytes or a Path, not int"),
        ({"t.txt": None}, "The content of t.txt must be text, bytes or a Path, not NoneType"),
        ({"t.csv": [["a"], [1]]}, "The content of t.csv must be text, bytes or a Path, not list"),
        ({7: b""}, "A file's name must be text, not 7"),
        (b"a,b", "files must be paths, or contents by name, not bytes"),
        (7, "files must be paths, or contents by name, not int"),
        ([b"a,b"], "files must be paths, or contents by name, not bytes"),
        ({"a/" * 600 + "x": b""}, "lies in too many folders"),
    ],
)
def test_bad_file_ends_the_run_with_a_sentence(files: Any, message: str) -> None:
    with agent_with(block("final_answer(1)")) as agent:
        result = agent.run("Go.", files=files)
        assert result.problem is not None
        assert (result.reason, result.problem.kind) == ("error", "file")
        assert message in result.problem.message
        assert agent.run("Go.").success


def test_too_large_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_files, "MAX_FILE_BYTES", 2**20)
    path = tmp_path / "big.csv"
    path.write_bytes(bytes(3 * 2**20))
    with agent_with() as agent:
        result = agent.run("Go.", files=[path])
    assert result.problem is not None
    assert result.problem.message == "big.csv is too large: 3 MB, at most 1 MB are possible."
    assert result.problem.advice


def test_table_of_100_megabytes_reaches_the_code(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_bytes(b"a,b\n" + b"1234,some text of a row\n" * 4_200_000)
    assert path.stat().st_size > 100_000_000
    with agent_with(block("import os\nfinal_answer(os.path.getsize('big.csv'))")) as agent:
        assert agent.run("Go.", files=path).output == path.stat().st_size
        assert len(asked(agent)) < 1_000


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text("1")
    with agent_with() as agent:
        result = agent.run("Go.", files=[tmp_path / "a/x.csv", tmp_path / "b/x.csv"])
    assert result.problem is not None
    assert "Two files are called x.csv" in result.problem.message


SIZE = block("import os\nfinal_answer({n: os.path.getsize(n) for n in sorted(os.listdir())})")


@pytest.mark.parametrize(
    "content", ["né", "né".encode(), bytearray("né".encode()), memoryview("né".encode())]
)
def test_content_is_text_or_any_kind_of_bytes(content: Any) -> None:
    with agent_with(SIZE) as agent:
        assert agent.run("Go.", files={"t.txt": content}).output == {"t.txt": 3}


@pytest.mark.parametrize("kind", [str, Path])
def test_single_path_is_a_file(tmp_path: Path, kind: Any) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a\n1\n")
    with agent_with(SIZE, SIZE) as agent:
        assert agent.run("Go.", files=kind(path)).output == {"d.csv": 4}
        renamed = agent.run("Go.", files={"e.csv": path}, reset=True)
        assert renamed.output == {"e.csv": 4}


@pytest.mark.parametrize(
    "name",
    ["y" * 256 + ".csv", "é" * 200 + ".csv", "d/" + "x" * 300 + "/a.csv", "y." + "s" * 300],
    ids=["letters", "accents", "folder", "suffix"],
)
def test_long_name_is_shortened_and_told(name: str) -> None:
    code = "import pathlib\nfinal_answer([p.read_text() for p in pathlib.Path().rglob('*.*')])"
    with agent_with(block(code), block("final_answer(2)")) as agent:
        events = list(agent.stream("Go.", files={name: b"x"}))
        assert agent.last_result is not None
        assert agent.last_result.output == ["x"]
        short = started(events)[0]
        assert all(len(part.encode()) <= 255 for part in short.split("/"))
        assert short.endswith(".csv") or not name.endswith(".csv")
        assert f"- {short} (1 bytes), given with a name of {len(name)} letters" in asked(agent)
        warnings = [event.message for event in events if isinstance(event, Notice)]
        assert any(f"was given to the agent as {short}" in text for text in warnings)
        assert agent.run("Again.").output == 2


def test_long_names_that_become_equal_stay_two_files() -> None:
    with agent_with(SIZE) as agent:
        result = agent.run("Go.", files={"y" * 256 + "a.csv": b"1", "y" * 256 + "b.csv": b"22"})
    assert sorted(result.output.values()) == [1, 2]
    assert all(name.endswith(".csv") for name in result.output)


@pytest.mark.parametrize("name", ["a\0b.csv", "a\nb.csv", "a\x7fb.csv", "a\udc80b.csv"])
def test_character_that_no_folder_takes_is_replaced(name: str) -> None:
    with agent_with(SIZE) as agent:
        events = list(agent.stream("Go.", files={name: b"x"}))
        assert agent.last_result is not None
        assert agent.last_result.output == {"a_b.csv": 1}
    assert started(events) == ["a_b.csv"]


@pytest.mark.parametrize(
    ("name", "data", "about"),
    [
        (
            "a.csv",
            "Stadt;Preis\nKöln;1,5\n".encode("cp1252"),
            "begins:\n  Stadt;Preis\n  Köln;1,5\n  (encoding probably cp1252; separator ';'; "
            "1 row; columns: Stadt text, Preis number; Preis: number, decimal comma)",
        ),
        (
            "a.csv",
            "a,b\nx,€\n".encode("utf-16"),
            "begins:\n  a,b\n  x,€\n  (encoding utf-16; 1 row; columns: a text, b text)",
        ),
        (
            "a.csv",
            b'a,b\nx,"1,234"\n',
            "(1 row; columns: a text, b text; b: text; '1,234' could be 1.234 or 1234)",
        ),
        ("a.txt", "Größe\n".encode("utf-16-le"), "begins:\n  Größe\n  (encoding utf-16-le)"),
        ("a.jsonl", '{"a": "x\u2028y"}\n', "(1 row; columns: a text)"),
        ("a.json", '[{"n": 1}, {"n": 2.5}]', "(2 rows; columns: n number)"),
        ("a.json", "{", "(it cannot be read as a table: it is not JSON"),
        ("a.csv", "", "(it cannot be read as a table: it is empty)"),
    ],
)
def test_model_is_told_how_to_read_a_file(name: str, data: Any, about: str) -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("Go.", files={name: data})
        assert about in asked(agent)


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n" + b"1,2\n" * 2_000_000,
        b",".join(b"column_with_a_long_name_%d" % i for i in range(2_000)) + b"\n",
        b"n\n" + b"x" * 10_000_000,
        b"".join(b"%d: '1,234'," % i for i in range(1_900)) + b"\n" + b'"1,234",' * 1_900 + b"\n",
    ],
    ids=["rows", "columns", "line", "notes"],
)
def test_preview_does_not_grow_with_the_file(data: bytes) -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("Go.", files={"a.csv": data})
        assert len(asked(agent)) < 5_000


def started(events: list[Any]) -> list[str]:
    return [info.path for info in events[0].files]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.xlsx": b"PK\x03\x04"}, ["a.xlsx cannot be read as a table, because openpyxl is not"]),
        (
            {"a.xls": b"\xd0\xcf\x11\xe0", "b.parquet": b"PAR1", "c.xls": b"\xd0\xcf\x11\xe0"},
            ["a.xls, c.xls cannot be read as a table, because xlrd", "b.parquet cannot be read"],
        ),
        ({"a.xls": b"a\tb\n1\t2\n", "b.csv": b"a\n", "c.txt": b"PK\x03\x04"}, []),
    ],
)
def test_person_is_told_which_library_to_install(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes], told: list[str]
) -> None:
    for library in ("openpyxl", "xlrd", "pyarrow"):
        monkeypatch.setitem(sys.modules, library, None)
    with agent_with(block("final_answer(1)")) as agent:
        warnings = agent.run("Go.", files=files).warnings
    assert len(warnings) == len(told)
    for warning, text in zip(warnings, told, strict=True):
        assert warning.startswith(text)
        assert warning.endswith("is not installed: pip install 'pyagent[data]'.")
