"""Stop works at any moment, and the next task then works as if nothing had been."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from support.models.scripted_server import endless, streamed
from support.page.agent_page import AgentPage, step
from support.page.person import Person

STOPPED_WITHIN_MS = 15_000
"""The budget is one second; a machine that is busy with other tests takes longer."""


@pytest.fixture(scope="module")
def working(browser: Browser, site: str) -> Iterator[AgentPage]:
    """One page for all the stops, with a variable that must outlive them."""
    with AgentPage(browser.new_page(), site) as agent_page:
        agent_page.open()
        assert agent_page.answer("kept = 41\nfinal_answer(kept)") == 41
        yield agent_page


def stop_and_go_on(agent_page: AgentPage, kept: int = 41) -> None:
    person = Person(agent_page.page, agent_page.site)
    person.stop()
    send = agent_page.page.get_by_role("button", name="Send")
    expect(send).to_be_visible(timeout=STOPPED_WITHIN_MS)
    expect(agent_page.page.get_by_text("Stopped.").last).to_be_visible()
    assert agent_page.answer("final_answer(kept + 1)") == kept + 1


def test_stop_while_the_model_writes(working: AgentPage) -> None:
    working.model.gone.clear()
    working.replies.append(endless("Thinking about this "))
    run = Person(working.page, working.site).give("Think.")
    expect(run.get_by_text("Thinking about this Thinking")).to_be_visible()
    stop_and_go_on(working)
    assert working.model.gone.wait(15), "the request to the model went on"


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
        "import time\ntime.sleep(10**6)",
        "import asyncio\nawait asyncio.Event().wait()",
        "sum(range(10**12))",
    ],
    ids=["loop", "loop that catches everything", "sleep", "await", "one long call"],
)
def test_stop_while_code_runs(working: AgentPage, code: str) -> None:
    working.replies.append(streamed(step(f"print('it runs')\n{code}")))
    run = Person(working.page, working.site).give("Work.")
    expect(run.locator("pa-output")).to_contain_text("it runs")
    stop_and_go_on(working)


def test_stop_while_a_tool_works(working: AgentPage) -> None:
    working.page.evaluate(
        """() => document.querySelector("py-agent").addTool(
          { name: "ponder", description: "Never returns.",
            parameters: { type: "object", properties: {} } },
          () => new Promise(() => {}))"""
    )
    working.replies.append(streamed(step("ponder()")))
    run = Person(working.page, working.site).give("Ponder.")
    expect(run.locator("pa-tool-call")).to_contain_text("ponder")
    stop_and_go_on(working)


def test_stop_by_escape(working: AgentPage) -> None:
    working.replies.append(endless("On and on "))
    run = Person(working.page, working.site).give("Go on.")
    expect(run.get_by_text("On and on On")).to_be_visible()
    working.page.keyboard.press("Escape")
    expect(working.page.get_by_role("button", name="Send")).to_be_visible(timeout=STOPPED_WITHIN_MS)
    assert working.answer("final_answer(kept)") == 41


def test_reload_in_the_middle_gives_a_page_that_works(agent_page: AgentPage) -> None:
    agent_page.open()
    person = Person(agent_page.page, agent_page.site)
    agent_page.replies.append(endless("Thinking "))
    person.give("Think.")
    expect(agent_page.page.get_by_text("Thinking Thinking")).to_be_visible()
    agent_page.open()
    assert agent_page.model.gone.wait(15), "the request to the model went on"
    expect(agent_page.page.get_by_text("This task was interrupted")).to_be_visible()
    assert agent_page.answer("final_answer('as new')") == "as new"
    expect(agent_page.page.get_by_role("article")).to_have_count(2)
