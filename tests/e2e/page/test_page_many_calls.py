"""A step that calls tools again and again stays short on screen and sends the page few messages."""

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
_RECORD = """
const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
window.texts = [];
Object.defineProperty(MessagePort.prototype, "onmessage", { set(listener) {
  set.call(this, (event) => {
    if (typeof event.data?.[0] === "string") texts.push(event.data[0]);
    return listener(event);
  });
} });"""
_BURST = """
for number in range(500):
    half(2 * number)
final_answer("called")
"""
_FRAME_MS = 16


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


def test_a_burst_of_calls_sends_the_page_one_message_a_call_and_one_a_frame(
    agent_page: AgentPage,
) -> None:
    page = agent_page.page
    page.add_init_script(_RECORD)
    agent_page.open()
    page.evaluate(_ADD_TOOL)
    began = page.evaluate("() => { texts.length = 0; return performance.now(); }")
    assert agent_page.answer(_BURST) == "called"
    texts, took_ms = page.evaluate("(began) => [texts, performance.now() - began]", began)
    calls = [text for text in texts if '"type":"tool_call"' in text]
    assert len(calls) == 500
    assert len(texts) - len(calls) <= took_ms / _FRAME_MS + 10
    assert len(agent_page.seen("tool_finished")) == 500
