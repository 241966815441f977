"""Checks, callbacks and approval are called as synchronous tools are, or awaited."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from pyagent import ScriptedModel, ToolCallingAgent, tool
from pyagent.tools import call_inline
from support.agents.scripted_agents import LIMIT_S, caller_with, in_loop, use


@tool
def double(number: int) -> int:
    """Twice a number.

    Args:
        number: The number.
    """
    return 2 * number


def hooked(hook: Any) -> dict[str, Any]:
    """Options that make an agent call ``hook`` as approval, as callback and as check."""
    return {
        "tools": [double],
        "approve": ["double"],
        "on_approval": lambda request: hook("approval"),
        "step_callbacks": [lambda step, agent: hook("callback")],
        "final_answer_checks": [lambda answer, memory, agent: hook("check")],
    }


CALL = [use("double", number=2)]
PLACES = ["approval", "callback", "check", "callback"]


def test_hooks_may_run_an_agent() -> None:
    def ask(place: str) -> bool:
        return bool(judge.run(f"The {place}?").output == "yes")

    judge = ToolCallingAgent(model=ScriptedModel(["yes"] * 4, supports_tools=True))
    with caller_with(CALL, "4", **hooked(ask)) as agent:
        result = agent.run("Go.")
    assert (result.output, result.success) == ("4", True)
    assert result.steps[0].tool_results[0].text == "4"
    assert [past.task for past in judge.memory.interactions] == [
        f"Task: The {place}?" for place in PLACES
    ]


def test_hooks_of_agents_at_the_same_time_do_not_wait_for_each_other() -> None:
    def meet(place: str) -> bool:
        meetings[place].wait(LIMIT_S)
        return True

    meetings = {place: threading.Barrier(2) for place in PLACES}
    model = ScriptedModel([CALL, CALL, "4", "4"], supports_tools=True)
    options = hooked(meet)
    agent = ToolCallingAgent(options.pop("tools"), model, **options)
    assert [item.result.output for item in agent.map(["a", "b"])] == ["4", "4"]


def test_an_agent_asks_for_one_call_at_a_time() -> None:
    def meet(place: str) -> bool:
        if place == "approval":
            with pytest.raises(threading.BrokenBarrierError):
                meeting.wait(0.2)
        return True

    meeting = threading.Barrier(2)
    with caller_with([*CALL, use("double", number=3)], "Done.", **hooked(meet)) as agent:
        steps = agent.run("Go.").steps
    assert [result.text for result in steps[0].tool_results] == ["4", "6"]


@pytest.mark.parametrize("waiting_in", ["approval", "callback", "check"])
def test_interrupt_does_not_wait_for_a_hook(waiting_in: str) -> None:
    def wait(place: str) -> bool:
        if place == waiting_in:
            agent.interrupt()
            may_end.wait(LIMIT_S)
            ended.set()
        return True

    may_end, ended = threading.Event(), threading.Event()
    with caller_with(CALL, "4", **hooked(wait)) as agent:
        result = agent.run("Go.")
        assert (result.reason, ended.is_set()) == ("cancelled", False)
        may_end.set()
        ended.wait(LIMIT_S)


def test_hooks_get_the_context_of_their_run() -> None:
    def look(place: str) -> bool:
        seen.append((place, who.get()))
        return True

    async def scenario() -> None:
        who.set("me")
        model = ScriptedModel([CALL, "4"], supports_tools=True)
        options = hooked(look)
        async with ToolCallingAgent(options.pop("tools"), model, **options) as agent:
            await agent.arun("Go.")

    who: ContextVar[str] = ContextVar("who")
    seen: list[tuple[str, str]] = []
    in_loop(scenario())
    assert seen == [(place, "me") for place in PLACES]


def test_hooks_run_inline_without_threads() -> None:
    def note(place: str) -> bool:
        threads.add(threading.current_thread().name)
        return True

    threads: set[str] = set()
    with caller_with(CALL, "4", **hooked(note), call_blocking=call_inline) as agent:
        assert agent.run("Go.").success
    assert threads == {"pyagent-loop"}


WAITING = """
import subprocess
import sys
import threading
from pyagent import CodeAgent, ScriptedModel

def wait(step, agent):
    agent.interrupt()
    threading.Event().wait()

agent = CodeAgent(model=ScriptedModel(["Hm."]), step_callbacks=[wait])
print(agent.run("Go.").reason, flush=True)
agent.close()
"""


def test_program_ends_although_a_hook_does_not(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(WAITING)
    ended = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "cancelled\n", "")
