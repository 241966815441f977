"""What a session survives."""

from __future__ import annotations

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step

DIE = """() => postMessage({ type: "died", reason: "the test said so" })"""
START_RUN = """() => { window.result = document.querySelector("py-agent").run("Loop."); }"""
IN_STEP = (
    """(number) => seen.some(({ type, step }) => type === "model_replied" && step === number)"""
)
HAS_SEEN = "(type) => seen.some((message) => message.type === type)"


def test_a_run_goes_on_with_the_agent_that_comes_after_a_dead_one(agent_page: AgentPage) -> None:
    page = agent_page.open(deadlineS=30).page
    codes = ("kept = 1", "while True: pass", "final_answer(kept + 1)")
    agent_page.replies.extend(streamed(step(code)) for code in codes)
    page.evaluate(START_RUN)
    page.wait_for_function(HAS_SEEN, arg="save_point")
    page.wait_for_function(IN_STEP, arg=2)
    (agent,) = [worker for worker in page.workers if "agent.worker" in worker.url]
    agent.evaluate(DIE)
    assert page.evaluate("() => result")["output"] == 2
    assert len(agent_page.seen("run_resumed")) == 1
    assert agent_page.answer("final_answer(6 * 7)") == 42
