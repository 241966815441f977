"""Files that come with a task and files that the code makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyagent.agents.inputs import files as agent_files
from pyagent.protocol import FileProduced, RunStarted
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


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text("1")
    with agent_with() as agent:
        result = agent.run("Go.", files=[tmp_path / "a/x.csv", tmp_path / "b/x.csv"])
    assert result.problem is not None
    assert "Two files are called x.csv" in result.problem.message
