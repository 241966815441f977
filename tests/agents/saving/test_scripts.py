"""Agents whose tools are defined in the script that runs, saved and loaded by such scripts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pyagent import CodeAgent, LoadError, ScriptedModel, Tool, ToolCallingAgent, tool
from pyagent.agents.base import Agent

DEFINES = '''
from pyagent import CodeAgent, ScriptedModel, Tool, tool

@tool
def whispers(text: str) -> str:
    """Say it quietly.

    Args:
        text: What to say.
    """
    return text.lower()

class Shout(Tool):
    name = "shout"
    description = "Say it loudly."

    def forward(self, text: str) -> str:
        """Say it.

        Args:
            text: What to say.
        """
        return text.upper()

def is_short(answer):
    return len(answer) < 5
'''
SAVES = """
agent = CodeAgent([whispers, Shout()], ScriptedModel([]), final_answer_checks=[is_short])
agent.save("saved")
"""
LOADS = """
model = ScriptedModel(["```python\\nfinal_answer(whispers('A') + shout('b'))\\n```"])
with CodeAgent.load("saved", model=model) as agent:
    print(agent.run("Go.").output)
"""


def script(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run a script in ``folder``."""
    path = folder / "script.py"
    path.write_text(code)
    command = [sys.executable, str(path)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder in which a script has saved an agent."""
    assert script(tmp_path, DEFINES + SAVES).stderr == ""
    return tmp_path


def test_script_that_defines_the_tools_finds_them(saved: Path) -> None:
    assert script(saved, DEFINES + LOADS).stdout == "aB\n"


def test_script_that_imports_the_tools_finds_them(saved: Path) -> None:
    (saved / "mine.py").write_text(DEFINES)
    assert script(saved, f"from mine import *\n{LOADS}").stdout == "aB\n"


def test_module_that_is_not_the_script_finds_its_own_tools(saved: Path) -> None:
    (saved / "mine.py").write_text(DEFINES + LOADS)
    assert script(saved, "import mine").stdout == "aB\n"


def test_script_without_the_tools_is_told_what_to_do(saved: Path) -> None:
    told = script(saved, f"from pyagent import CodeAgent, ScriptedModel\n{LOADS}").stderr
    last = told.strip().splitlines()[-1]
    assert "whispers was defined in the script that saved the agent" in last
    assert "Define or import whispers here at the top level before you load the agent" in last
    assert "__main__:" not in last


def test_missing_class_and_check_are_named_too(saved: Path) -> None:
    data: dict[str, Any] = json.loads((saved / "saved" / "agent.json").read_text())
    with pytest.raises(LoadError, match="Shout was defined in the script"):
        Agent.from_dict(data | {"tools": {"shout": data["tools"]["shout"]}}, model=ScriptedModel())
    with pytest.raises(LoadError, match="is_short was defined in the script"):
        Agent.from_dict(data | {"tools": {}}, model=ScriptedModel())


def test_parts_that_are_given_again_need_not_be_found(saved: Path) -> None:
    @tool
    def whispers(text: str) -> str:
        """Say it.

        Args:
            text: What to say.
        """
        return text

    class Shout(Tool):
        name = "shout"
        description = "Say it loudly."

        def forward(self, text: str) -> str:
            """Say it.

            Args:
                text: What to say.
            """
            return text

    agent = CodeAgent.load(
        saved / "saved",
        tools=[whispers, Shout()],
        model=ScriptedModel(),
        final_answer_checks=[],
    )
    assert [tool.name for tool in agent.tools] == ["whispers", "shout"]


def test_script_cannot_lend_what_is_in_the_standard_library(saved: Path) -> None:
    data = json.loads((saved / "saved" / "agent.json").read_text())
    data["tools"] = {}
    data["options"]["final_answer_checks"] = [{"$": "function", "name": "__main__:rmtree"}]
    sys.modules["__main__"].rmtree = __import__("shutil").rmtree  # type: ignore[attr-defined]
    try:
        with pytest.raises(LoadError, match="standard library"):
            ToolCallingAgent.from_dict(data, model=ScriptedModel())
    finally:
        del sys.modules["__main__"].rmtree  # type: ignore[attr-defined]
