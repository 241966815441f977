"""The memory of a page that is used for a long time: many tasks, with figures and files."""

from __future__ import annotations

import os
import subprocess

from benchmarks.browser import agent_page
from benchmarks.report import Figure
from support.page.agent_page import AgentPage

_GROWTH = 1.10
_RENDERER = "--type=renderer"
_FIGURE = """
rows = [(i, i * i) for i in range(200)]
start = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
SVG(start + '<circle r="1"/>' * 500 + '</svg>')
"""
_FILE = "open('data.csv', 'w').write('a,b\\n' * 20_000)\nlen(open('data.csv').read())"
_PLAIN = "values = list(range(1000))\nprint(sum(values))"


def memory(count: int) -> dict[str, Figure]:
    """``count`` tasks in one page. The first fifth is compared with the last."""
    part = max(count // 5, 1)
    sizes: list[float] = []
    heaps: list[float] = []
    with agent_page() as agent:
        for number in range(count):
            _solve(agent, number)
            if (number + 1) % part == 0:
                sizes.append(_resident_mb())
                heaps.append(_heap_mb(agent))
    return {
        "memory_growth": Figure(
            value=sizes[-1] / sizes[0],
            unit="x",
            at_most=_GROWTH,
            details={"tasks": count, "renderers_mb": sizes},
        ),
        "heap_growth": Figure(
            value=heaps[-1] / heaps[0], unit="x", at_most=_GROWTH, details={"page_mb": heaps}
        ),
    }


def _solve(agent: AgentPage, number: int) -> None:
    """One task. Each tenth begins another conversation, as a person does for another subject."""
    if number % 10 == 9:
        agent.page.get_by_role("button", name="New conversation").click()
        agent.page.locator("pa-welcome").wait_for()
    middle = _FIGURE if number % 5 == 1 else _FILE if number % 5 == 3 else _PLAIN
    assert agent.answer(middle, f"final_answer({number})") == number


def _heap_mb(agent: AgentPage) -> float:
    """The JavaScript heap of the page, after a collection."""
    session = agent.page.context.new_cdp_session(agent.page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 1e6


def _resident_mb() -> float:
    """The resident memory of all renderers that this process started: the page and its workers."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    ours = {os.getpid()}
    while grown := {int(pid) for pid, parent, *_ in rows if int(parent) in ours} - ours:
        ours |= grown
    renderers = [int(rss) for pid, _, rss, args in rows if int(pid) in ours and _RENDERER in args]
    return sum(renderers) / 1e3
