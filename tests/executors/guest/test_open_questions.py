"""Code that runs on beside an open question is under its deadline; code that waits is not."""

from __future__ import annotations

import asyncio

import pytest

from contracts.executor.cases import Outcome, run
from pyagent.channel import Message
from pyagent.executors.base import Executor
from pyagent.executors.local import LocalExecutor
from pyagent.protocol import (
    Execute,
    Executed,
    FileContent,
    ReadFile,
    ToolCall,
    ToolReturn,
    ToolStub,
)
from support.executors.scripted_guest import Scripted, Send, good

DEADLINE_S = 1.0
FORGED = """
import gc
from pyagent.protocol.guest import ToolCall
from pyagent.sandbox.guest import Guest
guest = next(found for found in gc.get_objects() if isinstance(found, Guest))
guest._send(ToolCall(call_id=99, name="ask"))
"""


def with_question(executor: Executor, code: str, *, answered_after_s: float | None) -> Outcome:
    """The outcome of code beside a tool whose question is open for so long; None for always."""

    async def main() -> Outcome:
        async def ask(call: ToolCall) -> ToolReturn:
            with executor.hold_deadline():
                if answered_after_s is None:
                    await asyncio.Event().wait()
                else:
                    await asyncio.sleep(answered_after_s)
            return ToolReturn(call_id=call.call_id, value="yes")

        try:
            await executor.define_tools([ToolStub(name="ask", signature="()", doc="")], ask)
            async with asyncio.timeout(30):
                return await run(executor, code, deadline_s=DEADLINE_S)
        finally:
            await executor.aclose()

    return asyncio.run(main())


@pytest.mark.parametrize(
    "beside",
    [
        "while True: pass",
        "import time\nwhile True: time.sleep(0.05)",
        "for _ in range(5): guest._send(ToolCall(call_id=100 + _, name='ask'))\nwhile True: pass",
        "import time\nwhile True:\n    time.sleep(0.3)\n"
        "    guest._send(ToolCall(call_id=100, name='ask'))",
    ],
)
def test_code_that_runs_on_beside_an_open_question_is_stopped(beside: str) -> None:
    outcome = with_question(LocalExecutor(), FORGED + beside, answered_after_s=None)
    assert outcome.error.type == "TimeoutError"


@pytest.mark.parametrize(
    "code",
    [
        "ask()",
        "[ask() for _ in range(2)][0]",
        "import time\ntime.sleep(0.4)\nask()",
    ],
)
def test_code_that_waits_for_the_answer_has_its_whole_time(code: str) -> None:
    assert with_question(LocalExecutor(), code, answered_after_s=2.5).text == "'yes'"


def test_a_sandbox_that_dies_beside_an_open_question_is_told_as_lost() -> None:
    outcome = with_question(
        LocalExecutor(), FORGED + "import os; os._exit(1)", answered_after_s=None
    )
    assert outcome.error.type == "SandboxLost"


def test_the_clock_stops_again_when_the_guest_answers_again() -> None:
    asked = 0

    def answer(message: Message, send: Send) -> None:
        nonlocal asked
        if isinstance(message, Execute):
            send(ToolCall(call_id=1, name="ask"))
        elif isinstance(message, ReadFile):
            asked += 1
            late = asyncio.get_running_loop().call_later
            late(0.8 if asked == 1 else 0.0, send, FileContent(id=message.id, error="-"), [b""])
        elif isinstance(message, ToolReturn):
            send(Executed(id=1, value={"text/plain": "waited"}))
        else:
            good(message, send)

    outcome = with_question(Scripted(answer).executor, "x", answered_after_s=4)
    assert (outcome.text, asked >= 3) == ("waited", True)
