"""Stop in the states of the page that ``page/test_page_stop.py`` leaves out. One page for all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from support.models.scripted_server import Reply, endless, refused, streamed, streamed_event
from support.page.agent_page import step
from support.page.far_page import FarPage
from support.page.person import Person

SILENT = Reply(pieces=[60.0])
HUNG = Reply(pieces=[streamed_event("I begin"), 60.0])


def stop(far: FarPage, kept: int | None = 41) -> None:
    """Press Stop; the run ends as stopped, and the next task has what the steps had kept."""
    Person(far.page, far.site).stop()
    expect(far.page.get_by_role("button", name="Send")).to_be_visible()
    expect(far.page.get_by_role("article").last.get_by_text("Stopped.")).to_be_visible()
    far.replies.clear()
    if kept is not None:
        assert far.answer("final_answer(kept)") == kept


def begun(far: FarPage, *replies: Reply, task: str = "Hang.") -> Locator:
    far.replies.clear()
    far.replies.extend(replies)
    return Person(far.page, far.site).give(task)


@pytest.mark.parametrize(
    "code",
    [
        "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
        "len(str(7 ** 10**8))",
        "import numpy as np\nwhile True: np.linalg.svd(np.random.rand(900, 900))",
        "import json\njson.dumps([list(range(10**6))] * 10**4)",
    ],
    ids=["regular expression", "large power", "numpy", "json"],
)
def test_stop_within_compiled_code(far: FarPage, code: str) -> None:
    run = begun(far, streamed(step(f"print('it runs')\n{code}")))
    expect(run.locator("pa-output")).to_contain_text("it runs")
    stop(far)


@pytest.mark.parametrize("reply", [SILENT, HUNG], ids=["before the first word", "within a reply"])
def test_stop_while_the_model_is_silent(far: FarPage, reply: Reply) -> None:
    asked = len(far.model.requests)
    begun(far, reply)
    while len(far.model.requests) == asked:
        far.page.wait_for_timeout(20)
    stop(far)


def test_stop_between_two_requests(far: FarPage) -> None:
    run = begun(far, *[refused(429, "Slow", headers={"Retry-After": "50"})] * 9)
    expect(run.locator("pa-notice")).to_contain_text("Trying again in")
    stop(far)


def test_stop_at_a_question_of_the_code(far: FarPage) -> None:
    run = begun(far, streamed(step("input('Name?')")))
    expect(run.get_by_text("The code asks you:")).to_be_visible()
    stop(far)


def test_stop_at_a_question_for_permission(far: FarPage) -> None:
    far.configure(approve=["gate"])
    run = begun(far, streamed(step("gate()")))
    expect(run.get_by_role("button", name="Allow", exact=True)).to_be_visible()
    stop(far)
    far.configure(approve=[])


def test_stop_in_a_managed_agent(far: FarPage) -> None:
    far.page.evaluate(
        """() => document.querySelector("py-agent").addAgent(
          { name: "helper", description: "Helps for ever." })"""
    )
    run = begun(far, streamed(step("helper(task='Help.')")), endless("Helping "))
    expect(run.get_by_text("Helping Helping")).to_be_visible()
    stop(far)


def test_stop_right_after_a_stop_and_right_after_the_start(far: FarPage) -> None:
    ended = far.page.evaluate(
        """async () => {
          const agent = document.querySelector("py-agent");
          const reasons = [];
          for (const wait of [0, 0, 1, 5, 20]) {
            const run = agent.run("Stop at once.");
            await new Promise((go) => setTimeout(go, wait));
            agent.stop();
            agent.stop();
            reasons.push((await run).reason);
          }
          return reasons;
        }"""
    )
    assert ended == ["cancelled"] * 5
    assert far.answer("final_answer(kept)") == 41


def test_stop_in_a_batch(far: FarPage) -> None:
    far.replies.clear()
    far.choose = lambda _: endless("On and on ")
    ended = far.page.evaluate(
        """async () => {
          const agent = document.querySelector("py-agent");
          const batch = agent.map([{ task: "A" }, { task: "B" }, { task: "C" }]);
          setTimeout(() => agent.stop(), 400);
          const results = [];
          for await (const result of batch) results.push(result);
          return results.length;
        }"""
    )
    far.choose = None
    assert ended <= 3
    assert far.answer("final_answer(kept)") == 41


def test_stop_while_the_page_starts(page: Page, site: str) -> None:
    with FarPage(page, site) as starting:
        page.goto(site)
        reason = page.evaluate(
            """async (baseUrl) => {
              const agent = document.querySelector("py-agent");
              const model = { provider: "openai-compatible", model: "m", baseUrl, apiKey: "k" };
              agent.configure({ model });
              const run = agent.run("Too early.");
              agent.stop();
              return (await run).reason;
            }""",
            starting.model.base_url,
        )
        assert reason == "cancelled"


def test_agent_that_hears_nothing_is_replaced(far: FarPage) -> None:
    run = begun(far, endless("Thinking "))
    expect(run.get_by_text("Thinking Thinking")).to_be_visible()
    [agent] = [w for w in far.page.workers if "agent.worker" in w.url]
    agent.evaluate("() => setTimeout(() => { for (;;); })")
    stop(far, kept=None)
    assert far.answer("final_answer(6 * 7)") == 42
