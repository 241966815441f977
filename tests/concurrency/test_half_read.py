"""Readers of a run that are left half read, in every way in which that can happen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.agents.scripted_agents import LIMIT_S

BEFORE = """
import asyncio, gc, sys, threading
from pyagent import CodeAgent, ScriptedModel

def block(code):
    return "```python\\n" + code + "\\n```"

def agent():
    return CodeAgent([], ScriptedModel([block("print(1)")] * 9))

def answer():
    with CodeAgent([], ScriptedModel([block("final_answer(7)")])) as other:
        return other.run("Go.").output

"""

WAYS = {
    "steps": "reader = agent().steps('Go.'); next(reader)",
    "stream": "reader = agent().stream('Go.'); next(reader)",
    "map": "reader = agent().map(['a', 'b', 'c'] * 9, concurrency=2); next(reader)",
    "never_begun": "reader = agent().steps('Go.')",
    "in_with": "with agent() as it:\n    reader = it.steps('Go.')\n    next(reader)",
    "del": "it = agent(); reader = it.steps('Go.'); next(reader); del reader; it.steps('On.')",
    "close": "reader = agent().stream('Go.'); next(reader); reader.close(); reader.close()",
    "break": "it = agent()\nfor _ in it.steps('Go.'): break\nfor _ in it.steps('Go.'): break",
    "exit": "for reader in agent().steps('Go.'):\n    sys.exit(0)",
    "raised": (
        "try:\n    for _ in agent().steps('Go.'):\n        raise OSError\nexcept OSError:\n    pass"
    ),
    "in_a_generator": (
        "def read():\n    for step in agent().steps('Go.'):\n        yield step\n"
        "reader = read(); next(reader)"
    ),
    "in_cycle": (
        "reader = agent().steps('Go.'); next(reader)\n"
        "cycle = [reader]; cycle.append(cycle); del reader, cycle\n"
        "gc.collect()"
    ),
    "in_cycle_at_exit": (
        "gc.disable(); reader = agent().stream('Go.'); next(reader)\n"
        "cycle = [reader]; cycle.append(cycle); del reader, cycle"
    ),
    "collected_in_a_thread": (
        "gc.disable(); reader = agent().steps('Go.'); next(reader)\n"
        "cycle = [reader]; cycle.append(cycle); del reader, cycle\n"
        "thread = threading.Thread(target=gc.collect); thread.start(); thread.join()"
    ),
    "collected_in_a_loop": (
        "gc.disable(); reader = agent().steps('Go.'); next(reader)\n"
        "cycle = [reader]; cycle.append(cycle); del reader, cycle\n"
        "async def main():\n    gc.collect()\n"
        "asyncio.run(main())"
    ),
    "collected_in_the_loop_of_agents": (
        "from pyagent.concurrency import background\n"
        "gc.disable(); reader = agent().steps('Go.'); next(reader)\n"
        "cycle = [reader]; cycle.append(cycle); del reader, cycle\n"
        "async def main():\n    gc.collect()\n"
        "background.call(main())"
    ),
    "read_in_a_loop": (
        "async def main():\n    mine = agent().steps('Go.'); next(mine)\n    return mine\n"
        "reader = asyncio.run(main())"
    ),
    "read_by_a_daemon": (
        "reader = agent().steps('Go.'); begun = threading.Event()\n"
        "def read():\n    next(reader)\n    begun.set()\n    list(reader)\n"
        "threading.Thread(target=read, daemon=True).start(); begun.wait()"
    ),
    "closed_by_a_thread": (
        "it = CodeAgent([], ScriptedModel([block('while True: pass')]))\n"
        "reader = it.steps('Go.')\n"
        "threading.Timer(0.5, reader.close).start()\n"
        "assert list(reader) == []"
    ),
    "asynchronous": (
        "async def main():\n    mine = agent().asteps('Go.'); await anext(mine)\n    return mine\n"
        "asyncio.run(main())"
    ),
    "asynchronous_events": (
        "async def main():\n    async for event in agent().astream('Go.'):\n        break\n"
        "asyncio.run(main())"
    ),
    "asynchronous_later": (
        "async def main():\n    mine = agent().astream('Go.')\n"
        "    for _ in range(6): await anext(mine)\n    await asyncio.sleep(0.2)\n    del mine\n"
        "asyncio.run(main())"
    ),
    "used_by_a_finalizer": (
        "class Late:\n    def __del__(self, answer=answer):\n"
        "        try:\n            answer()\n        except Exception:\n            pass\n"
        "sys.late = Late()"
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_program_ends_when_a_reader_is_left_half_read(way: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{BEFORE}{way}\nprint(answer())\n")
    if "sys.exit" in way:
        script.write_text(f"{BEFORE}print(answer())\n{way}\n")
    ended = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("7\n", "", 0)
