"""A tab that sleeps: the run goes on at the wake, and no limit counts the sleep.

A headless browser's tabs are always visible, and it freezes only hidden ones. So the processes that
run pages are stopped for a while, as a laptop that sleeps stops them.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step
from support.page.person import Person

ASLEEP_S = 16.0


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """Make a block in which no page and no worker of the browser runs."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    pages = [process["id"] for process in told["processInfo"] if process["type"] == "renderer"]
    for pid in pages:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pages:
            os.kill(pid, signal.SIGCONT)


def test_code_goes_on_after_a_sleep_longer_than_its_deadline(
    agent_page: AgentPage, browser: Browser
) -> None:
    agent_page.open(deadlineS=12, limits={"seconds": 14})
    code = "print('begun')\nfor _ in range(60):\n  time.sleep(0.1)\nfinal_answer(7)"
    agent_page.replies.append(streamed(step(f"import time\n{code}")))
    run = Person(agent_page.page, agent_page.site).give("Sleep.")
    expect(run.locator("pa-output")).to_contain_text("begun")
    with asleep(browser):
        time.sleep(ASLEEP_S)  # the clock of the browser cannot be moved
    expect(run.locator(".answer")).to_contain_text("7")
    [ended] = agent_page.seen("pause_ended")
    assert ended["reason"] == "asleep"
    assert 10 < ended["seconds"] < 60
    assert "The tab was asleep for" in ended["message"]
