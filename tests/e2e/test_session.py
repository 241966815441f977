"""What a session survives."""

from __future__ import annotations

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step

DIE = """() => postMessage({ type: "died", reason: "the test said so" })"""
START_RUN = """() => { window.result = document.querySelector("py-agent").run("Loop."); }"""
HAS_SEEN = "(type) => seen.some((message) => message.type === type)"


def test_a_dead_agent_ends_its_run_and_another_takes_over(agent_page: AgentPage) -> None:
    page = agent_page.open(deadlineS=30).page
    agent_page.replies.append(streamed(step("while True: pass")))
    page.evaluate(START_RUN)
    page.wait_for_function(HAS_SEEN, arg="model_replied")
    (agent,) = [worker for worker in page.workers if "agent.worker" in worker.url]
    agent.evaluate(DIE)
    problem = page.evaluate("() => result")["problem"]
    assert problem["kind"] == "agent_lost"
    assert "the test said so" in problem["message"]
    assert agent_page.answer("final_answer(6 * 7)") == 42
