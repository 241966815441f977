"""Asks the person in the terminal: whether a tool may run, and what code wants to know.

The agent waits in its own thread. The thread that shows the run asks the question, so that Ctrl-C
ends both.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
from abc import abstractmethod
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Generic, TypeVar

from rich.console import Console
from rich.text import Text

from pyagent.agents.approval import Verdict
from pyagent.agents.terminal.printing import call_line, plain
from pyagent.protocol import ApprovalRequested, InputRequested

NOBODY = "Nobody can be asked, because standard input is not a terminal."

R = TypeVar("R", ApprovalRequested, InputRequested)
A = TypeVar("A")


class _Prompt(Generic[R, A]):
    """Asks questions and hands the answers to the agent that waits for them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._answers: dict[tuple[str, int], Future[A]] = {}

    async def decide(self, request: R) -> A:
        """Wait for the answer. The agent calls this."""
        return await asyncio.wrap_future(self._answer(request))

    def ask(self, request: R) -> None:
        """Ask the question. The thread that shows the run calls this."""
        answer = self._question(request)
        with suppress(InvalidStateError):  # the run may have ended in the meantime
            self._answer(request).set_result(answer)

    def _answer(self, request: R) -> Future[A]:
        return self._answers.setdefault((request.run_id, request.call_id), Future())

    @abstractmethod
    def _question(self, request: R) -> A: ...

    def _print(self, text: str) -> None:
        self._console.print(Text(plain(text), "bold yellow"), end="", soft_wrap=True)


class ApprovalPrompt(_Prompt[ApprovalRequested, Verdict]):
    """``decide`` serves as an agent's ``on_approval``."""

    def _question(self, request: ApprovalRequested) -> Verdict:
        call = call_line(request.name, request.arguments).removeprefix("→ ")
        if not sys.stdin.isatty():
            self._print(f"{call} was not allowed. {NOBODY}\n")
            return NOBODY
        if request.reason:
            self._print(f"{request.reason}\n")
        while True:
            why = f"{request.reason} " if request.reason else ""
            self._print(f"{why}Allow {call}? [y, n, or why not] ")
            line = sys.stdin.readline()
            said = line.strip()
            if not line or said.lower() in ("n", "no"):
                return False
            if said:
                return True if said.lower() in ("y", "yes") else said


class InputPrompt(_Prompt[InputRequested, str | None]):
    """``decide`` serves as an agent's ``on_input``."""

    def _question(self, request: InputRequested) -> str | None:
        asked = " ".join(request.prompt.split()) or "?"
        if not sys.stdin.isatty():
            self._print(f"The code asks: {asked} {NOBODY}\n")
            return None
        self._print(f"The code asks: {asked} ")
        if request.secret:
            try:
                return getpass.getpass("")
            except EOFError:
                return None
        line = sys.stdin.readline()
        return line.rstrip("\r\n") if line else None
