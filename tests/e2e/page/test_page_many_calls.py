"""A step that calls tools again and again stays short on screen."""

from __future__ import annotations

from playwright.sync_api import expect

from support.page.agent_page import AgentPage

_ADD_TOOL = """() => document.querySelector("py-agent").addTool(
  { name: "half", description: "Halves a number.",
    parameters: { type: "object", properties: { number: { type: "integer" } } } },
  ({ number }) => { if (number === 7) throw new RangeError("odd"); return number / 2; })"""
_CALL = """
for number in range(9):
    try:
        half(number)
    except Exception:
        pass
final_answer("called")
"""


def test_calls_beyond_the_first_few_fold_and_open(agent_page: AgentPage) -> None:
    agent_page.open()
    agent_page.page.evaluate(_ADD_TOOL)
    assert agent_page.answer(_CALL) == "called"
    agent_page.page.locator(".steps > summary").click()
    calls = agent_page.page.locator("pa-tool-call")
    more = agent_page.page.locator("pa-more-calls summary")
    expect(more).to_have_text("and 4 more calls · 1 failed")
    expect(calls).to_have_count(5)
    more.click()
    expect(calls).to_have_count(9)
