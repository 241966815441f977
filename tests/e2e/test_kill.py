"""Code that does not end, or kills its interpreter, costs a step and no more."""

from __future__ import annotations

import pytest

from support.page.agent_page import AgentPage

DEADLINE_S = 3.0

ENDLESS_LOOP = "while True: pass"
C_STACK_OVERFLOW = """
class Deep:
    def __getattr__(self, name): return getattr(self, name + "x")
import sys
sys.setrecursionlimit(10**9)
Deep().a
"""
EXIT = "import os; os._exit(1)"
HUGE = "import js; kept = []\nwhile True: kept.append(js.Uint8Array.new(2**30).fill(1))"


@pytest.mark.parametrize(
    "code",
    [ENDLESS_LOOP, C_STACK_OVERFLOW, EXIT, HUGE],
    ids=["endless loop", "C stack overflow", "os._exit", "huge allocation"],
)
def test_a_killed_step_is_told_and_the_next_one_has_the_variables(
    agent_page: AgentPage, code: str
) -> None:
    agent_page.open(deadlineS=DEADLINE_S)
    assert agent_page.answer("kept = 41", code, "final_answer(kept + 1)") == 42
    _, killed, last = agent_page.seen("step_finished")
    assert killed["error"]["type"] in ("TimeoutError", "SandboxLost", "MemoryError")
    assert killed["error"]["message"]
    assert last["error"] is None
