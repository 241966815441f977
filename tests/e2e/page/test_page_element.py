"""``<py-agent>`` as the author of a page uses it: attributes, methods, tools, events, files."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

from support.models.scripted_server import Request, ScriptedServer, streamed
from support.page.agent_page import KEY, AgentPage, step
from support.page.person import LONGEST_MS, Person

_ADD_TOOLS = """() => {
  const element = document.querySelector("py-agent");
  const parameters = { type: "object", properties: { sku: { type: "string" } },
                       required: ["sku"] };
  element.addTool({ name: "price", description: "Price of an article in euros.", parameters },
    async ({ sku }) => ({ sku, price: 12.5 }));
  element.addTool({ name: "stock", description: "Articles in stock.", parameters }, ({ sku }) => {
    throw new RangeError(`no article ${sku}`);
  });
}"""
_LISTEN_OUTSIDE = """() => {
  window.heard = [];
  window.ids = [];
  for (const name of ["ready", "message", "result", "error"]) {
    document.addEventListener(`pyagent-${name}`, ({ detail }) => {
      window.heard.push([name, detail?.type ?? detail?.reason ?? detail?.kind ?? null]);
      if (detail?.type === "run_finished") window.ids.push(detail.run_id);
    });
  }
}"""
_KEEP_EVENTS = """() => {
  window.events = [];
  for (const name of ["message", "result"]) {
    document.addEventListener(`pyagent-${name}`, ({ detail }) => window.events.push(detail));
  }
}"""
_RUN = """async () => {
  const element = document.querySelector("py-agent");
  const file = new File(["x,y\\n1,2\\n"], "points.csv", { type: "text/csv" });
  const { files, ...result } = await element.run("Read it.", { files: [file] });
  const texts = await Promise.all(files.map(({ blob }) => blob.text()));
  return { ...result, files: files.map(({ path }, i) => [path, texts[i]]) };
}"""
_GIVE = """async ([task, options]) => {
  if (options.args?.big) options.args.big = BigInt(options.args.big);
  const { files, ...result } = await document.querySelector("py-agent").run(task, options);
  return result;
}"""
_TWO = """async ([first, second]) => {
  const make = (baseUrl) => {
    const element = document.createElement("py-agent");
    element.provider = "openai-compatible";
    element.model = "m-1";
    element.baseUrl = baseUrl;
    element.lang = "de";
    return element;
  };
  const elements = [make(first), make(second)];
  document.querySelector("py-agent").replaceWith(...elements);
  await Promise.all(elements.map((element) => element.ready));
  const results = await Promise.all(elements.map((element) => element.run("Who are you?")));
  return results.map(({ output }) => output);
}"""

# `leave` takes the element out of the document in the middle of a task.
_MADE_BY_SCRIPT = """async (model) => {
  const element = document.createElement("py-agent");
  const parameters = { type: "object", properties: {} };
  element.addTool({ name: "price", description: "Price in euros.", parameters }, () => 12.5);
  element.addTool({ name: "leave", description: "Leaves.", parameters }, () => {
    element.remove();
    return new Promise(() => undefined);
  });
  element.addAgent({ name: "critic", description: "Finds faults." });
  await element.configure({ model, agent: { instructions: "Be strict." } });
  document.querySelector("py-agent").replaceWith(element);
  const results = [await element.run("First."), await element.run("Second.")];
  document.body.append(element);
  await element.ready;
  results.push(await element.run("Third."));
  return results.map(({ output, problem }) => problem?.kind ?? output);
}"""


def test_tools_of_the_page_are_functions_of_the_code(agent_page: AgentPage) -> None:
    agent_page.open()
    agent_page.page.evaluate(_ADD_TOOLS)
    codes = ["print(stock('b'))", "final_answer(price(sku='a')['price'] * 2)"]
    assert agent_page.answer(*codes) == 25
    asked = [request.json["messages"] for request in agent_page.model.requests]
    assert "def price(sku: str)" in asked[0][0]["content"]
    assert "Price of an article in euros." in asked[0][0]["content"]
    assert "ToolError: stock() failed: no article b" in asked[1][-1]["content"]
    started = agent_page.seen("tool_started")
    assert [(call["name"], call["arguments"]) for call in started] == [
        ("stock", {"sku": "b"}),
        ("price", {"sku": "a"}),
    ]

    agent_page.page.evaluate("() => document.querySelector('py-agent').removeTool('price')")
    agent_page.run("final_answer(price(sku='a'))", "final_answer('gone')")
    assert "NameError" in agent_page.model.requests[-1].json["messages"][-1]["content"]


def test_run_gives_a_result_with_files_and_events_bubble(agent_page: AgentPage) -> None:
    agent_page.open(maxSteps=2)
    agent_page.page.evaluate(_LISTEN_OUTSIDE)
    code = "text = open('points.csv').read()\nopen('copy/points.txt', 'w').write(text.upper())"
    codes = [f"import os\nos.mkdir('copy')\n{code}", "final_answer([1, None, {'a': 'ü'}])"]
    agent_page.replies.extend(map(streamed, map(step, codes)))
    result: dict[str, Any] = agent_page.page.evaluate(_RUN)
    assert result["output"] == [1, None, {"a": "ü"}]
    assert (result["success"], result["reason"], result["steps"]) == (True, "answered", 2)
    assert result["problem"] is None
    assert result["files"] == [["copy/points.txt", "X,Y\n1,2\n"]]
    assert result["tokenUsage"] == {
        "inputTokens": 14,
        "outputTokens": 10,
        "cachedTokens": 0,
        "cacheWriteTokens": 0,
        "estimated": False,
        "cost": None,
    }
    assert result["timing"]["seconds"] > 0
    assert result["cost"] is None
    assert result["bundle"] == {"text/plain": "[1, None, {'a': 'ü'}]"}
    assert result["runId"] == agent_page.page.evaluate("window.ids").pop()

    heard = [tuple(event) for event in agent_page.page.evaluate("window.heard")]
    # Settings that were just made ask for a sandbox, at times after the page began to listen.
    not_of_the_run = ("model_delta", "sandbox_request", "configured")
    messages = [name for event, name in heard if event == "message" if name not in not_of_the_run]
    assert messages[0] == "run_started"
    assert messages[-1] == "run_finished"
    assert heard[-1] == ("result", "answered")

    agent_page.replies.extend(streamed(step(f"print({i})")) for i in range(2))
    agent_page.replies.append(streamed("I do not know."))
    result = agent_page.page.evaluate(_RUN)
    assert (result["success"], result["reason"]) == (False, "max_steps")
    assert result["output"] == "I do not know."
    assert agent_page.page.evaluate("window.heard")[-2:] == [
        ["error", "max_steps"],
        ["result", "max_steps"],
    ]


def test_a_task_has_values_and_a_step_limit_of_its_own_and_may_start_anew(
    agent_page: AgentPage,
) -> None:
    agent_page.open()

    def give(code: str, **options: Any) -> dict[str, Any]:
        agent_page.replies.append(streamed(step(code)))
        result: dict[str, Any] = agent_page.page.evaluate(_GIVE, ["Add.", options])
        return result

    args = {"rows": [{"n": 1}, {"n": 2}], "none": None}
    assert give("final_answer(sum(row['n'] for row in rows))", args=args)["output"] == 3
    agent_page.replies.append(streamed(step("print(none)")))
    limited = give("Perhaps 3.", maxSteps=1)
    assert (limited["reason"], limited["steps"]) == ("max_steps", 1)
    assert give("final_answer(len(rows))")["output"] == 2
    assert give("final_answer('rows' in globals())", reset=True)["output"] is False
    assert agent_page.page.locator("pa-run").count() == 1
    assert "none" not in str(agent_page.model.requests[-1].json["messages"][1:])
    refused = give("final_answer(1)", args={"big": 1})["problem"]
    assert refused["kind"] == "bad_task"
    assert "additional_args.big" in refused["message"]


def test_two_elements_in_a_page_do_not_know_of_each_other(page: Page, site: str) -> None:
    def introduce(name: str) -> ScriptedServer:
        codes = iter([f"me = {name!r}\nprint(me)", "final_answer(me)"])

        def reply(request: Request) -> Any:
            return streamed(step(next(codes)))

        return ScriptedServer(reply)

    Person(page, site).open()
    with introduce("Anna") as anna, introduce("Ben") as ben:
        page.set_default_timeout(LONGEST_MS)
        assert page.evaluate(_TWO, [anna.base_url, ben.base_url]) == ["Anna", "Ben"]
        [first, _] = anna.requests
        assert first.json["model"] == "m-1"
        assert "authorization" not in first.headers
        assert "Answer in German." in first.json["messages"][0]["content"]


def test_an_element_made_by_script_is_used_put_away_and_used_again(agent_page: AgentPage) -> None:
    page, model = agent_page.page, agent_page.model
    Person(page, agent_page.site).open()
    codes = ["final_answer(price() * 2)", "leave()", "final_answer(price() * 4)"]
    agent_page.replies.extend(streamed(step(code)) for code in codes)
    choice = {"provider": "openai-compatible", "model": "m-1", "baseUrl": model.base_url}

    assert page.evaluate(_MADE_BY_SCRIPT, {**choice, "apiKey": KEY}) == [25, "closed", 50]
    first, _, last = model.requests
    for request in (first, last):
        assert request.headers["authorization"] == f"Bearer {KEY}"
        system, *rest = request.json["messages"]
        for text in ("def price()", "def critic(", "Be strict."):
            assert text in system["content"]
        assert len(rest) == 1


def test_key_is_sent_to_its_address_and_kept_nowhere(agent_page: AgentPage) -> None:
    page, model = agent_page.page, agent_page.model
    person = Person(page, agent_page.site)
    person.open()
    page.evaluate(_KEEP_EVENTS)
    person.choose_endpoint(model.base_url, model="m-1", key=KEY)
    agent_page.replies.append(streamed(step("final_answer(1)")))
    person.give("Answer.")
    person.wait_for_the_end()
    assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"
    kept = json.dumps(page.context.storage_state(indexed_db=True))
    assert model.base_url in kept
    assert KEY not in kept
    events = page.evaluate(
        "() => JSON.stringify([window.events, location, performance.getEntries()])"
    )
    assert "run_finished" in events
    assert KEY not in events


def test_clear_forgets_the_conversation_and_the_variables(agent_page: AgentPage) -> None:
    agent_page.open()
    assert agent_page.answer("kept = 'old news'\nfinal_answer(kept)") == "old news"
    agent_page.page.evaluate("() => document.querySelector('py-agent').clear()")
    codes = ["print(kept)", "final_answer('kept' in globals())"]
    assert agent_page.answer(*codes) is False
    assert "old news" not in str(agent_page.model.requests[1].json["messages"])
