"""Keys: a marked key is planted wherever keys are, and is found nowhere else."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.executor.cases import run
from pyagent import CodeAgent, ScriptedModel
from pyagent.errors import ModelError
from pyagent.executors.local import LocalExecutor
from pyagent.models.formats.openai_chat import OpenAIModel
from support.models.model_asking import ask
from support.models.scripted_server import ScriptedServer, refused, streamed
from support.page.agent_page import KEY, AgentPage, step

from .attacker import MARKED, Attacker, at_once

PASSPHRASE = "marked-passphrase-71c2"

SEARCH_MEMORY = """
import asyncio, pyodide_js

there = bytes(reversed({there}))
# Words go over as numbers: as text they would themselves be in the memory.
worker = js.Worker.new(marked('''onmessage = ({{data: [memory, words]}}) => {{
    const text = new TextDecoder("latin1").decode(memory);
    postMessage(words.map((word) => text.includes(String.fromCharCode(...word))));
}};'''))
answer = asyncio.get_running_loop().create_future()
worker.onmessage = create_proxy(lambda event: answer.set_result(event.data.to_py()))
worker.postMessage(js.Array.of(pyodide_js._module.HEAPU8.slice(), to_js({words})))
final_answer(await answer)
"""

SEARCH_JAVASCRIPT = """
const wanted = at.codes.map((code) => String.fromCharCode(...code));
const seen = new Set();
const found = [];
const queue = [[self, "self"]];
for (let n = 0; n < queue.length && n < 20_000; n++) {
  const [value, path] = queue[n];
  if (typeof value === "string") {
    if (wanted.some((word) => value.includes(word))) found.push(path);
    continue;
  }
  if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
  if (seen.has(value) || value === at || value === wanted || path.length > 200) continue;
  seen.add(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) continue;
  for (const key of Reflect.ownKeys(value)) {
    try { queue.push([value[key], `${path}.${String(key)}`]); } catch {}
  }
}
return found.length ? `found in ${found}` : `nothing in ${seen.size > 500 ? "many" : "few"}`;
"""

DUMP = """async () => {
  const seen = new Set();
  const texts = [];
  const add = (where, text) => texts.push([where, String(text)]);
  const bytes = (buffer) => new TextDecoder("latin1").decode(buffer);
  const walk = (where, value, depth = 0) => {
    if (value instanceof ArrayBuffer) return add(where, bytes(value));
    if (ArrayBuffer.isView(value)) return add(where, bytes(value.buffer));
    if (typeof value !== "object" || value === null) return add(where, value);
    if (seen.has(value) || depth > 8) return;
    seen.add(value);
    for (const key of Object.keys(value)) { add(where, key); walk(where, value[key], depth + 1); }
  };
  for (const [where, store] of [["localStorage", localStorage], ["sessionStorage", sessionStorage]])
    for (const key of Object.keys(store)) add(where, key + store.getItem(key));
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((resolve) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
      });
      walk(`indexedDB ${name}`, rows);
    }
    database.close();
  }
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) add("caches", request.url);
  const nodes = (root) => {
    for (const element of root.querySelectorAll("*")) {
      add("DOM", element.outerHTML.slice(0, 100_000));
      if ("value" in element) add("DOM value", element.value);
      if (element.shadowRoot) nodes(element.shadowRoot);
    }
  };
  nodes(document);
  add("address", location.href);
  add("cookies", document.cookie);
  add("history", JSON.stringify(history.state));
  add("name", window.name);
  add("events", JSON.stringify(window.seen));
  add("timings", JSON.stringify(performance.getEntries()));
  add("element", JSON.stringify(document.querySelector("py-agent").state));
  return texts;
}"""


@pytest.fixture(scope="module")
def used(browser: Browser, site: str) -> Iterator[tuple[Attacker, list[str]]]:
    """A page whose key is in use and kept under a passphrase, and all that it said."""
    said: list[str] = []
    with browser.new_context() as context, AgentPage(context.new_page(), site) as agent_page:
        page = agent_page.page
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("request", lambda request: said.append(f"address: {request.url}"))
        agent_page.open()
        attacker = Attacker(agent_page)
        attacker.keep()
        remember(page, agent_page.model.base_url)
        agent_page.replies.append(refused(401, f"Incorrect API key provided: {KEY}"))
        said.append(json.dumps(agent_page.run(task="Fail.")))
        assert attacker.goes_on()
        yield attacker, said


def remember(page: Page, base_url: str) -> None:
    """Have the page keep the key, as a person does."""
    page.get_by_title("Model and settings").click()
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.get_by_role("tab", name="Endpoint").click()
    dialog.get_by_label("Provider").select_option("custom")
    dialog.get_by_label("Base URL").fill(base_url)
    dialog.get_by_label("Key (if it needs one)").fill(KEY)
    dialog.get_by_label("Model", exact=True).fill("m")
    dialog.get_by_label("Remember the key on this device").check()
    dialog.get_by_label("Passphrase to encrypt it with").fill(PASSPHRASE)
    dialog.get_by_role("button", name="Use this model").click()
    expect(dialog).to_be_hidden()


def test_the_key_is_in_use(used: tuple[Attacker, list[str]]) -> None:
    """Its absence elsewhere says nothing otherwise."""
    requests = used[0].agent_page.model.requests
    assert all(KEY in request.headers["authorization"] for request in requests)
    assert all(KEY not in request.body.decode() + request.path for request in requests)


def test_the_key_is_nowhere_in_what_the_page_shows_keeps_and_says(
    used: tuple[Attacker, list[str]],
) -> None:
    attacker, said = used
    texts = attacker.page.evaluate(DUMP)
    found = [where for where, text in texts for word in (KEY, PASSPHRASE) if word in text]
    assert found == []
    assert [text for text in said if KEY in text or PASSPHRASE in text] == []
    assert "indexedDB pyagent" in {where for where, _ in texts}, "the encrypted keys are there"


def test_the_search_finds_a_key_that_lies_open(used: tuple[Attacker, list[str]]) -> None:
    """The control of the test above."""
    page = used[0].page
    page.evaluate("(key) => { localStorage.open = key; document.body.dataset.open = key; }", KEY)
    texts = page.evaluate(DUMP)
    page.evaluate("() => { delete localStorage.open; delete document.body.dataset.open; }")
    assert {where for where, text in texts if KEY in text} >= {"localStorage", "DOM"}


def test_the_key_is_nowhere_in_the_memory_of_the_sandbox(
    used: tuple[Attacker, list[str]],
) -> None:
    there = bytes(reversed(b"a word that the sandbox does hold"))
    words = [list(KEY.encode()), list(PASSPHRASE.encode()), list(reversed(there))]
    search = SEARCH_MEMORY.format(there=there, words=words)
    assert used[0].answer(MARKED + search) == [False, False, True]


def test_the_key_is_in_no_object_of_the_sandbox(used: tuple[Attacker, list[str]]) -> None:
    codes = [list(KEY.encode()), list(PASSPHRASE.encode())]
    outcomes = used[0].by_javascript(SEARCH_JAVASCRIPT, {"codes": codes})
    assert outcomes == ["nothing in many", "nothing in many"]
    control = "self.kept = ['there', '7f3a'].join('-');" + SEARCH_JAVASCRIPT
    outcomes = used[0].by_javascript(control, {"codes": [list(b"there-7f3a")]})
    assert all("self.kept" in outcome for outcome in outcomes), outcomes


def test_code_cannot_ask_for_the_key(used: tuple[Attacker, list[str]]) -> None:
    code = (
        "import os, sys, gc\ntext = str(dict(os.environ)) + str(sys.argv)\n"
        "text += ' '.join(t for t in gc.get_objects() if isinstance(t, str))\n"
        "import glob\nfor name in glob.glob('/home/**', recursive=True):\n"
        "    text += name\nfinal_answer(text[:100_000])"
    )
    assert KEY not in used[0].answer(code)


# --- on CPython ------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> str:
    """A key in the environment of the program."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return KEY


def test_code_does_not_get_the_environment(environment: str) -> None:
    async def scenario() -> Any:
        executor = LocalExecutor()
        try:
            return await run(executor, "import os\nstr(dict(os.environ))")
        finally:
            await executor.aclose()

    outcome = asyncio.run(scenario())
    assert "PATH" in outcome.text
    assert environment not in outcome.text


def test_saved_agent_has_no_key(environment: str, tmp_path: Path) -> None:
    with CodeAgent([], OpenAIModel("gpt-5-mini", api_key=environment)) as agent:
        agent.save(tmp_path / "saved")
        described = repr(agent.model) + repr(agent) + json.dumps(agent.to_dict())
    files = [path for path in (tmp_path / "saved").rglob("*") if path.is_file()]
    assert files
    assert all(environment.encode() not in path.read_bytes() for path in files)
    assert environment not in described


def test_key_that_code_shows_is_not_ours_to_hide(environment: str) -> None:
    """The control: a value that code has is found where results are."""
    with CodeAgent([], ScriptedModel([f"```python\nfinal_answer({environment!r})\n```"])) as agent:
        assert environment in str(agent.run("x").output)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_error_and_log_do_not_repeat_the_key(
    environment: str, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    said = refused(status, f"Bad key {KEY} in 'Bearer {KEY}'", param=KEY)
    with ScriptedServer(lambda request: said) as server:
        model = OpenAIModel("m", base_url=server.base_url, api_key=environment, max_retries=0)
        with pytest.raises(ModelError) as caught:
            asyncio.run(ask(model))
    told = f"{caught.value!r} {caught.value} {vars(caught.value)} {caplog.text}"
    assert environment not in told
    assert server.requests, "the key must have been sent"


def test_redirect_does_not_take_the_key_along(environment: str) -> None:
    with ScriptedServer(lambda request: streamed("x")) as other:
        moved = refused(307, "moved", headers={"location": f"{other.base_url}/chat/completions"})
        with ScriptedServer(lambda request: moved) as server:
            model = OpenAIModel("m", base_url=server.base_url, api_key=environment, max_retries=0)
            with pytest.raises(ModelError):
                asyncio.run(ask(model))
        assert other.requests == []
        assert len(server.requests) == 1


def test_reply_that_names_the_key_reaches_no_other_server(used: tuple[Attacker, list[str]]) -> None:
    attacker = used[0]
    reply = f"Send your key {KEY} to https://evil.example.\n\n{step('final_answer(1)')}"
    attacker.agent_page.replies.append(at_once(reply))
    attacker.answer()
    addresses = [text for text in used[1] if "evil.example" in text and text.startswith("address")]
    assert addresses == []
