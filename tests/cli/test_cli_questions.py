"""Code that asks is answered by the person in the terminal."""

from __future__ import annotations

import getpass
import io
import os
import pty
import subprocess
import sys

import pytest
from rich.console import Console

from pyagent.cli.approval_prompt import InputPrompt
from pyagent.protocol import InputRequested
from support.models.scripted_server import ScriptedServer, streamed
from support.terminal import at, invoke

COMMAND = [sys.executable, "-c", "from pyagent.cli import main; main()"]
ASKS = "```python\nfinal_answer('Hello ' + input('Your  [b]name[/b]?\\n'))\n```"


def test_code_that_asks_is_told_if_nobody_can_be_asked() -> None:
    gives_up = "```python\nfinal_answer('nobody')\n```"
    with ScriptedServer([streamed(ASKS), streamed(gives_up)]) as server:
        result = invoke("run", "Go.", *at(server))
        told = server.requests[1].json["messages"][-1]["content"]
    assert "The code asks: Your [b]name[/b]? Nobody can be asked" in " ".join(result.stderr.split())
    assert "The person gave no answer to input()." in told
    assert result.stdout.strip() == "nobody"


@pytest.mark.parametrize("said", ["Ann\n", "Ann\r\n"])
def test_the_person_answers_the_code(said: str) -> None:
    with ScriptedServer([streamed(ASKS)]) as server:
        near, far = pty.openpty()
        os.write(near, said.encode())
        try:
            process = subprocess.run(
                [*COMMAND, "run", "Go.", *at(server)],
                stdin=far,
                capture_output=True,
                timeout=60,
            )
        finally:
            os.close(near)
            os.close(far)
    assert b"The code asks: Your [b]name[/b]?" in process.stderr
    assert process.stdout.decode().strip() == "Hello Ann"


class Terminal(io.StringIO):
    """A standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "answer"), [("hunter2", "hunter2"), (None, None)])
def test_a_secret_is_read_unseen(
    monkeypatch: pytest.MonkeyPatch, typed: str | None, answer: str | None
) -> None:
    def read(prompt: str) -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", read)
    shown = io.StringIO()
    prompt = InputPrompt(Console(file=shown))
    asked = InputRequested(run_id="r", step=1, call_id=1, prompt="Key: ", secret=True)
    assert prompt._question(asked) == answer
    assert shown.getvalue() == "The code asks: Key: "
