"""Kinds of agents, plans, questions, managed agents, cost and limits, as a person sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from support.models.scripted_server import Reply, Request, streamed
from support.page.agent_page import AgentPage, calling, priced, step
from support.page.person import Person

SANDBOXES = "iframe[title='pyagent sandbox']"
_ADD_TOOLS = """() => {
  const agent = document.querySelector("py-agent");
  const none = { type: "object", properties: {} };
  const text = { type: "object", properties: { to: { type: "string" } }, required: ["to"] };
  window.sent = [];
  agent.addTool({ name: "send", description: "Sends a mail.", parameters: text },
    ({ to }) => { window.sent.push(to); return `sent to ${to}`; });
  agent.addTool({ name: "sandboxes", description: "Counts sandboxes.", parameters: none },
    () => document.querySelectorAll("iframe[title='pyagent sandbox']").length);
  agent.addAgent({ name: "research", description: "Finds facts.", tools: ["sandboxes"] });
  agent.addAgent({ name: "clerk", description: "Writes.", tools: ["send"], kind: "tool_calling" });
}"""


@pytest.fixture(scope="module")
def shown(browser: Browser, site: str) -> Iterator[AgentPage]:
    """One page for all; each test says how its agent is to be."""
    with AgentPage(browser.new_page(), site) as agent_page:
        agent_page.open()
        agent_page.page.evaluate(_ADD_TOOLS)
        yield agent_page


@pytest.fixture
def agents(shown: AgentPage) -> Iterator[AgentPage]:
    shown.replies.clear()
    shown.model.requests.clear()
    yield shown
    shown.choose = None
    plain = {"kind": "code", "approve": [], "structuredOutput": False}
    shown.configure(**plain, planningInterval=None, limits={"tokens": None})


def give(agents: AgentPage, task: str = "Do it.") -> Locator:
    """Give a task and do not wait; the run on screen."""
    Person(agents.page, agents.site).give(task)
    return agents.page.locator("pa-run").last


def ended(agents: AgentPage) -> Locator:
    """The last run, when it has ended, with its steps in view."""
    Person(agents.page, agents.site).wait_for_the_end()
    run = agents.page.locator("pa-run").last
    run.locator(".steps > summary").click()
    return run


def test_an_agent_calls_tools_natively_and_several_at_once(agents: AgentPage) -> None:
    agents.configure(kind="tool_calling")
    agents.replies += [
        calling(("send", {"to": "Ann"}), ("send", {"to": "Bob"})),
        streamed("Both have **mail**."),
    ]
    give(agents, "Send two.")
    run = ended(agents)

    expect(run.locator("pa-tool-call")).to_have_count(2)
    expect(run.locator(".answer")).to_have_text("Both have mail.")
    first, second = (request.json for request in agents.model.requests)
    assert "send" in {tool["function"]["name"] for tool in first["tools"]}
    results = [m["content"] for m in second["messages"] if m["role"] == "tool"]
    assert results == ["sent to Ann", "sent to Bob"]


def test_a_tool_runs_after_the_person_has_allowed_it(agents: AgentPage) -> None:
    agents.configure(approve=["send"])
    agents.page.evaluate("sent.length = 0")
    agents.replies.append(streamed(step("final_answer(send(to='Ann'))")))
    run = give(agents)
    question = run.get_by_role("alertdialog", name="May send run?")

    expect(question).to_be_focused()
    expect(question).to_contain_text("Ann")
    expect(run.get_by_role("status")).to_contain_text("Waiting for your permission: send")
    assert agents.page.evaluate("sent") == []
    agents.page.keyboard.press("Tab")
    agents.page.keyboard.press("Enter")
    expect(question).to_be_hidden()

    expect(run.locator(".answer")).to_have_text("sent to Ann")
    assert agents.page.evaluate("sent") == ["Ann"]


def test_a_refusal_and_its_reason_reach_the_model(agents: AgentPage) -> None:
    agents.configure(approve=["*"])
    agents.page.evaluate("sent.length = 0")
    agents.replies.append(streamed(step("send(to='Ann')")))
    agents.replies.append(streamed(step("final_answer('not sent')")))
    run = give(agents)
    run.get_by_role("alertdialog").get_by_role("textbox").fill("She is on holiday.")
    run.get_by_role("button", name="t allow").click()

    run = ended(agents)
    expect(run.locator("pa-tool-call")).to_contain_text("not allowed")
    expect(run.locator(".answer")).to_have_text("not sent")
    assert agents.page.evaluate("sent") == []
    assert "She is on holiday." in agents.model.requests[-1].json["messages"][-1]["content"]


def mails_at_once(request: Request) -> Reply:
    """Two clerks send a mail each and tell what came of it."""
    last = request.json["messages"][-1]
    text = str(last["content"])
    if last["role"] == "tool":
        results = [m["content"] for m in request.json["messages"] if m["role"] == "tool"]
        return streamed("; ".join(results))
    if "Two mails" in text:
        return calling(("clerk", {"task": "Write to Ann"}), ("clerk", {"task": "Write to Bob"}))
    return calling(("send", {"to": "Ann" if "Ann" in text else "Bob"}))


def test_agents_that_ask_at_once_are_answered_each_for_itself(agents: AgentPage) -> None:
    agents.configure(kind="tool_calling", approve=["send"])
    agents.page.evaluate("sent.length = 0")
    agents.choose = mails_at_once
    run = give(agents, "Two mails")
    questions = run.get_by_role("alertdialog")

    expect(questions).to_have_count(2)
    of_ann = run.get_by_role("group", name="Write to Ann").get_by_role("alertdialog")
    of_ann.get_by_role("textbox").fill("Not her.")
    of_ann.get_by_role("textbox").press("Enter")
    expect(questions).to_have_count(1)
    expect(questions).to_be_focused()
    expect(questions).to_contain_text("Bob")
    agents.page.keyboard.press("Tab")
    agents.page.keyboard.press("Enter")

    run = ended(agents)
    expect(run.locator(".answer")).to_contain_text("Not her.")
    expect(run.locator(".answer")).to_contain_text("sent to Bob")
    assert agents.page.evaluate("sent") == ["Bob"]


def test_stop_settles_an_open_question(agents: AgentPage) -> None:
    agents.configure(approve=["send"])
    agents.replies.append(streamed(step("send(to='Ann')")))
    run = give(agents)
    expect(run.get_by_role("alertdialog")).to_be_visible()
    Person(agents.page, agents.site).stop()

    expect(run.get_by_text("Stopped.")).to_be_visible()
    expect(run.get_by_role("alertdialog")).to_have_count(0)
    assert agents.answer("final_answer('goes on')") == "goes on"


def test_a_plan_stands_before_the_step(agents: AgentPage) -> None:
    agents.configure(planningInterval=3)
    agents.replies += [streamed("1. Add.\n2. Say it."), streamed(step("final_answer(2)"))]
    give(agents)

    run = ended(agents)
    expect(run.locator("pa-plan")).to_contain_text("Say it.")
    expect(run.locator(".steps > summary")).to_contain_text("1 step")


def test_code_in_json_runs_and_reads_as_any_other(agents: AgentPage) -> None:
    agents.configure(structuredOutput=True)
    reply = {"thought": "I **add**.", "code": "x = 1 + 1\nfinal_answer(x)"}
    agents.replies.append(streamed(json.dumps(reply)))
    give(agents)

    run = ended(agents)
    expect(run.locator(".answer")).to_have_text("2")
    expect(run.locator("pa-step .thought strong")).to_have_text("add")
    expect(run.locator("pa-code")).to_contain_text("x = 1 + 1")
    asked = agents.model.requests[-1].json["response_format"]["json_schema"]["schema"]
    assert asked["required"] == ["thought", "code"]


def answer_of_the_team(request: Request) -> Reply:
    """The coordinator asks two agents at once; each looks what its sandbox holds."""
    messages = request.json["messages"]
    if any("Sandbox test" in str(message["content"]) for message in messages):
        if messages[-1]["role"] == "tool":
            return streamed("; ".join(m["content"] for m in messages if m["role"] == "tool"))
        return calling(("research", {"task": "part A"}), ("research", {"task": "part B"}))
    if len(messages) == 2:
        return streamed(step("seen = 'seen' in globals()\ncount = sandboxes()"))
    return streamed(step("final_answer(f'{seen} {count}')"))


def test_managed_agents_stand_in_a_tree_each_with_a_sandbox(agents: AgentPage) -> None:
    agents.configure(kind="tool_calling")
    before = agents.page.locator(SANDBOXES).count()
    agents.choose = answer_of_the_team
    told = agents.answer_to("Sandbox test").split("; ")
    run = ended(agents)

    managed = run.locator("pa-managed-run")
    expect(managed).to_have_count(2)
    for index, part in enumerate(("part A", "part B")):
        expect(managed.nth(index)).to_contain_text("research")
        expect(managed.nth(index)).to_contain_text(part)
        expect(managed.nth(index)).to_contain_text("2 steps")
    managed.first.locator("summary").first.click()
    expect(managed.first.locator("pa-step")).to_have_count(2)
    assert [text.split()[0] for text in told] == ["False", "False"]
    assert max(int(text.split()[1]) for text in told) > before
    expect(agents.page.locator(SANDBOXES)).to_have_count(before)


def test_a_managed_agent_has_steps_and_plans_of_its_own_and_tells_what_it_did(
    agents: AgentPage,
) -> None:
    agents.page.evaluate("""() => document.querySelector("py-agent").addAgent({
      name: "brief", description: "Is brief.", tools: [],
      maxSteps: 1, planningInterval: 1, provideRunSummary: true })""")
    agents.replies += [
        streamed(step("try:\n    brief('x')\nexcept Exception as error:\n    print(error)")),
        *(streamed("Add at once."), streamed(step("y = 1")), streamed("I do not know.")),
        streamed(step("final_answer(brief('x'))")),
        *(streamed("Add at once."), streamed(step("final_answer(40 + 2)"))),
    ]
    give(agents)

    run = ended(agents)
    expect(run.locator("pa-output").first).to_contain_text("not finished within 1 step")
    expect(run.locator(".answer")).to_contain_text("Answer of brief: 42")
    expect(run.locator(".answer")).to_contain_text("final_answer(40 + 2)")
    managed = run.locator("pa-managed-run").last
    managed.locator("summary").first.click()
    expect(managed.locator("pa-plan")).to_contain_text("Add at once.")


def test_what_a_task_costs_stands_beside_its_tokens(agents: AgentPage) -> None:
    agents.replies.append(priced(step("final_answer(1)"), 0.0031))
    give(agents)

    expect(ended(agents).locator("footer")).to_contain_text("7 tokens in, 5 out · $0.0031")


def test_all_tasks_are_added_up_below_the_conversation(agents: AgentPage) -> None:
    state = "(({ tokenUsage, ...state }) => ({ ...tokenUsage, ...state }))(%s.state)"
    state %= "document.querySelector('py-agent')"
    before = agents.page.evaluate(state)
    agents.replies.append(priced(step("final_answer(1)"), 0.0031))
    give(agents)
    ended(agents)

    after = agents.page.evaluate(state)
    assert [after[name] - before[name] for name in ("runs", "steps")] == [1, 1]
    assert [after[name] - before[name] for name in ("inputTokens", "outputTokens")] == [7, 5]
    assert after["seconds"] > before["seconds"]
    totals = agents.page.locator("p.totals")
    expect(totals).to_contain_text(f"This visit: {after['runs']} tasks")
    expect(totals).to_contain_text(f"{after['inputTokens']:,} tokens in")


def test_a_limit_ends_the_task_and_says_so(agents: AgentPage) -> None:
    agents.configure(limits={"tokens": 10})
    result: dict[str, Any] = agents.run("x = 1", "x = 2")

    assert result["reason"] == "limit"
    problem = agents.page.locator("pa-run").last.locator("pa-problem")
    expect(problem).to_contain_text("its limit of 10 tokens")
    expect(problem.get_by_role("button", name="Open settings")).to_be_visible()
