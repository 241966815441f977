"""``map`` of the element: many tasks at once, each with an agent and a sandbox of its own."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from support.models.scripted_server import Reply, Request, streamed
from support.page.agent_page import AgentPage, step
from support.page.person import Person

SANDBOXES = "iframe[title='pyagent sandbox']"
_ADD_TOOL = """() => {
  const parameters = { type: "object", properties: {} };
  window.most = 0;
  const count = () => document.querySelectorAll("iframe[title='pyagent sandbox']").length;
  document.querySelector("py-agent").addTool({ name: "sandboxes", description: "Counts.",
    parameters }, () => (window.most = Math.max(window.most, count())));
}"""
_MAP = """async () => {
  const element = document.querySelector("py-agent");
  const file = (name, text) => new File([text], name);
  const tasks = [
    "Task one",
    { task: "Task two", files: [file("own.txt", "own")], args: { extra: 5 } },
    "Task three",
  ];
  const batch = element.map(tasks, { concurrency: 2, files: [file("all.txt", "all")] });
  const items = [];
  for await (const { result: { files, ...result }, ...item } of batch) {
    const made = await Promise.all(files.map(({ blob }) => blob.text()));
    items.push({ ...item, ...result, made });
  }
  return [items, batch.summary, element.state];
}"""
_START = """() => {
  window.batch = document.querySelector("py-agent").map(["Task one", "Task two", "Task three"],
    { concurrency: 1 });
  window.items = (async () => {
    const items = [];
    for await (const item of window.batch) items.push(item.index);
    return items;
  })();
}"""
_WORK = """
import os
sandboxes()
seen = 'mark' in globals()
mark = True
open('made.txt', 'w').write('made')
final_answer([seen, sorted(os.listdir()), globals().get('extra')])
"""


def test_tasks_are_solved_at_once_apart_from_each_other(agent_page: AgentPage) -> None:
    agent_page.open()
    agent_page.page.evaluate(_ADD_TOOL)
    assert agent_page.answer("mark = 'main'\nfinal_answer(mark)") == "main"
    before = agent_page.page.locator(SANDBOXES).count()
    agent_page.replies.extend(streamed(step(_WORK)) for _ in range(3))

    items, summary, state = agent_page.page.evaluate(_MAP)

    by_task = {item["task"]: item for item in items}
    assert by_task["Task one"]["output"] == [False, ["all.txt", "made.txt"], None]
    assert by_task["Task two"]["output"] == [False, ["all.txt", "made.txt", "own.txt"], 5]
    assert by_task["Task three"]["output"] == [False, ["all.txt", "made.txt"], None]
    assert [item["made"] for item in items] == [["made"]] * 3
    assert [(item["done"], item["total"]) for item in items] == [(1, 3), (2, 3), (3, 3)]
    assert (summary["done"], summary["answered"], summary["counts"]) == (3, 3, {"answered": 3})
    assert summary["tokenUsage"]["inputTokens"] == 21
    assert (state["runs"], state["steps"]) == (4, 4)
    assert agent_page.page.evaluate("most") > before
    assert agent_page.answer("final_answer(mark)") == "main"
    expect(agent_page.page.locator(SANDBOXES)).to_have_count(before)


def test_a_batch_is_a_tree_on_screen_and_may_be_stopped(agent_page: AgentPage) -> None:
    agent_page.open()

    def choose(request: Request) -> Reply:
        first = "Task one" in str(request.json["messages"])
        return streamed(step("final_answer('Fine.')" if first else "while True: pass"))

    agent_page.choose = choose
    agent_page.page.evaluate(_START)
    run = agent_page.page.locator("pa-run").last
    tasks = run.locator("pa-managed-run")
    expect(tasks).to_have_count(2)
    expect(tasks.first).to_contain_text("Task 1")
    expect(tasks.first).to_contain_text("1 step")
    expect(tasks.last).to_contain_text("Task two")

    Person(agent_page.page, agent_page.site).stop()

    expect(run.get_by_text("Stopped.")).to_be_visible()
    assert agent_page.page.evaluate("items") == [0]
    summary: dict[str, Any] = agent_page.page.evaluate("batch.summary")
    assert (summary["done"], summary["answered"]) == (1, 1)
    agent_page.choose = None
    assert agent_page.answer("final_answer('goes on')") == "goes on"


def test_tasks_that_call_agents_leave_them_a_sandbox(agent_page: AgentPage) -> None:
    agent_page.open()
    agent_page.page.evaluate("""() => document.querySelector("py-agent")
      .addAgent({ name: "helper", description: "Helps." })""")

    def choose(request: Request) -> Reply:
        called = "Of the helper" in str(request.json["messages"])
        return streamed(
            step("final_answer(2)" if called else "final_answer(helper('Of the helper'))")
        )

    agent_page.choose = choose
    outputs = agent_page.page.evaluate("""async () => {
      const outputs = [];
      const agent = document.querySelector("py-agent");
      for await (const { result } of agent.map(["a", "b", "c", "d"], { concurrency: 4 }))
        outputs.push(result.output);
      return outputs;
    }""")
    assert outputs == [2, 2, 2, 2]
