"""What content can do to the page is bounded: the files it writes, what it saves, how it ends."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Route, expect

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step

SPOILS = "import pyagent.sandbox.guest as g; g.take_checkpoint = lambda *a, **k: (b'garbage', {})"
FORGES_DISPLAYS = """
import gc
from pyagent.protocol.guest import Display
from pyagent.sandbox.guest import Guest
guest = next(found for found in gc.get_objects() if isinstance(found, Guest))
for _ in range(1_000):
    guest._send(Display(id=guest.kernel._step, bundle={"text/html": "<p>x</p>", "text/plain": "x"}))
"""
FORGES_A_QUESTION = """
import gc
from pyagent.protocol.guest import ToolCall
from pyagent.sandbox.guest import Guest
guest = next(found for found in gc.get_objects() if isinstance(found, Guest))
guest._send(ToolCall(call_id=99, name="visit_webpage", kwargs={"url": "https://a.example"}))
while True: pass
"""
_BEGIN = """() => {
  window.done = null;
  void document.querySelector("py-agent").run("Go.").then((result) => { window.done = result; });
}"""
CLOSES = [
    "import js; js.self.close()",
    "import js; js.close(); import time; time.sleep(50)",
    "import js; (getattr(js.DedicatedWorkerGlobalScope.prototype, 'close', None) or js.close)()",
    "import js; js.self.close()\nwhile True: pass",
]


@pytest.mark.parametrize("megabytes", [64, 30])
def test_files_that_code_writes_do_not_end_the_agent(agent_page: AgentPage, megabytes: int) -> None:
    agent_page.open()
    code = (
        f"for i in range(50):\n    with open(f'{{i:02}}.bin', 'wb') as f:\n"
        f"        f.write(bytes({megabytes} * 2**20))\n    if i >= 12: break"
    )
    result = agent_page.run(code, "final_answer('lives')")
    assert result["output"] == "lives"
    produced = agent_page.seen("file_produced")
    assert 0 < len(produced) <= 256 // megabytes
    told = [notice["message"] for notice in agent_page.seen("notice")]
    assert any("the files of one step may have" in text for text in told), told


def test_a_checkpoint_that_cannot_be_read_costs_no_later_task(agent_page: AgentPage) -> None:
    agent_page.open()
    agent_page.run("kept = 1", SPOILS, "import os; os._exit(1)", "final_answer(1)")
    assert agent_page.answer("final_answer(2)") == 2
    assert agent_page.answer("final_answer(3)") == 3


def test_forged_displays_do_not_fill_the_page(agent_page: AgentPage) -> None:
    agent_page.open()
    assert agent_page.answer(FORGES_DISPLAYS, "final_answer(1)") == 1
    assert len(agent_page.seen("step_display")) <= 200


def test_a_loop_beside_an_open_question_ends_at_the_deadline(agent_page: AgentPage) -> None:
    agent_page.open(deadlineS=3, approve=["visit_webpage"])
    assert agent_page.answer(FORGES_A_QUESTION, "final_answer(1)") == 1
    first, _ = agent_page.seen("step_finished")
    assert first["error"]["type"] == "TimeoutError"


@pytest.mark.parametrize("code", CLOSES)
def test_a_sandbox_that_closes_itself_is_noticed_at_once(agent_page: AgentPage, code: str) -> None:
    agent_page.open(deadlineS=60)
    agent_page.answer("final_answer(0)")
    started = time.monotonic()
    assert agent_page.answer("kept = 1", code, "final_answer(kept)") == 1
    assert time.monotonic() - started < 30  # far below the deadline
    error = agent_page.seen("step_finished")[1]["error"]
    printed = "".join(output["text"] for output in agent_page.seen("step_output"))
    assert "it closed itself" in (error["message"] if error else printed)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_package_that_is_not_well_known_is_a_question(
    agent_page: AgentPage, allowed: bool
) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=404, headers={"access-control-allow-origin": "*"})

    page = agent_page.page
    page.context.route(lambda url: not url.startswith("http://127.0"), answer)
    agent_page.open()
    codes = ("import invented_name_42", "final_answer('over')")
    agent_page.replies.extend(streamed(step(code)) for code in codes)
    page.evaluate(_BEGIN)
    expect(page.get_by_role("alertdialog")).to_contain_text("not well known")
    expect(page.get_by_role("alertdialog")).to_contain_text("invented-name-42")
    assert asked == []
    page.locator("pa-approval button").nth(0 if allowed else 1).click()
    page.wait_for_function("() => window.done !== null")
    assert page.evaluate("window.done.output") == "over"
    assert any("invented" in url for url in asked) == allowed
