"""Asks the person in the terminal whether a tool may run.

The agent waits in its own thread. The thread that shows the run asks the question, so that Ctrl-C
ends both.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from rich.console import Console
from rich.text import Text

from pyagent.agents.approval import Verdict
from pyagent.agents.terminal.printing import call_line, plain
from pyagent.protocol import ApprovalRequested

NOBODY = "Nobody can be asked, because standard input is not a terminal."


class ApprovalPrompt:
    """Asks questions and hands the answers to the agent that waits for them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._verdicts: dict[tuple[str, int], Future[Verdict]] = {}

    async def decide(self, request: ApprovalRequested) -> Verdict:
        """Wait for the answer. The agent calls this as its ``on_approval``."""
        return await asyncio.wrap_future(self._verdict(request))

    def ask(self, request: ApprovalRequested) -> None:
        """Ask the question. The thread that shows the run calls this."""
        verdict = self._question(request)
        with suppress(InvalidStateError):  # the run may have ended in the meantime
            self._verdict(request).set_result(verdict)

    def _verdict(self, request: ApprovalRequested) -> Future[Verdict]:
        return self._verdicts.setdefault((request.run_id, request.call_id), Future())

    def _question(self, request: ApprovalRequested) -> Verdict:
        call = call_line(request.name, request.arguments).removeprefix("→ ")
        if not sys.stdin.isatty():
            self._print(f"{call} was not allowed. {NOBODY}\n")
            return NOBODY
        while True:
            self._print(f"Allow {call}? [y, n, or why not] ")
            line = sys.stdin.readline()
            said = line.strip()
            if not line or said.lower() in ("n", "no"):
                return False
            if said:
                return True if said.lower() in ("y", "yes") else said

    def _print(self, text: str) -> None:
        self._console.print(Text(plain(text), "bold yellow"), end="", soft_wrap=True)
