"""Files beside the program that nobody gave to the run: the person is told how to give them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyagent.protocol import Notice
from support.agents.scripted_agents import agent_with, asked, block


@pytest.mark.parametrize(
    "code",
    [
        "open('sales.csv')",
        "from pathlib import Path; Path('sales.csv').read_text()",
        "open('data/it\\'s.txt')",
        "import shutil; shutil.copy('sales.csv', 'b.csv')",
    ],
)
def test_person_is_told_how_to_give_a_file_that_is_beside_the_program(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "sales.csv").write_text("a\n1\n")
    (tmp_path / "data" / "it's.txt").write_text("x")
    with agent_with(block(code), block(code), block("final_answer(1)")) as agent:
        events = list(agent.stream("Go."))
        assert str(tmp_path) not in asked(agent, 1)
    told = [event.message for event in events if isinstance(event, Notice)]
    assert len(told) == 1
    assert f"The file is in {tmp_path}: give it to the run with files=[" in told[0]
    assert caplog.text.count("give it to the run with files=[") == 1


@pytest.mark.parametrize("code", ["open('nowhere.csv')", "open('/no/such')", "1 / 0"])
def test_nothing_is_said_of_files_that_are_nowhere(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with agent_with(block(code), block("final_answer(1)")) as agent:
        events = list(agent.stream("Go."))
    assert not [event for event in events if isinstance(event, Notice)]
