"""Agents in forked processes, which preforking servers and multiprocessing make."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.agents.scripted_agents import LIMIT_S

SCRIPT = """
import os, signal, warnings
from pyagent import AgentError, ScriptedModel, ToolCallingAgent, tool
from pyagent.messages import ToolUse

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of a fork beside threads

@tool
def double(number: int) -> int:
    "Twice a number.\\n\\nArgs:\\n    number: The number."
    return 2 * number

def agent():
    call = ToolUse(id="1", name="double", arguments={"number": 2})
    return ToolCallingAgent([double], ScriptedModel([[call], "4"] * 3, supports_tools=True))

parents = agent()
print("parent", parents.run("Go.").output, flush=True)
if os.fork():
    os.wait()
    print("parent", parents.run("Go.").output, flush=True)
else:
    signal.alarm(20)
    print("child", agent().run("Go.").output, parents.copy().run("Go.").output, flush=True)
    try:
        parents.run("Go.")
    except AgentError as error:
        print(error.message, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_agents_work_after_a_fork(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    ended = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert ended.stdout.splitlines() == [
        "parent 4",
        "child 4 4",
        "The agent lives in another event loop.",
        "parent 4",
    ]
    assert (ended.returncode, ended.stderr) == (0, "")
