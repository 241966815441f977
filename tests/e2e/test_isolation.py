"""Generated code with all of JavaScript in its hands reaches nothing outside of its sandbox.

Each fence test has a control run: the same probes, with the fence off, do reach the canary.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from support import SUPPORT
from support.page.agent_page import KEY, AgentPage
from support.page.canary import Canary

PROBES = (SUPPORT / "page" / "probes.js").read_text("utf-8")

NETWORK = {
    *("fetch", "fetch_keepalive", "xhr", "websocket", "eventsource", "import_scripts"),
    *("dynamic_import", "import_in_blob", "nested_worker", "font"),
}
"""Probes that the canary hears of, when they get through."""

STORAGE = {"indexeddb", "caches", "private_files"}

HIDE_SECRETS = """async () => {
  window.overheard = [];
  window.channel = new BroadcastChannel("secrets");
  channel.onmessage = ({ data }) => overheard.push(data);
  await (await caches.open("secrets")).put("/secret", new Response("secret"));
  await new Promise((resolve) => { indexedDB.open("secrets").onsuccess = resolve; });
}"""

RUN_PROBES_IN_JS = """([source, canary]) => new Promise((resolve) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(canary);
})"""

RUN_PROBES_IN_PYTHON = """
import asyncio, js
from pyodide.ffi import create_proxy, to_js

source = js.Blob.new(to_js([{source}]), type="text/javascript")
worker = js.Worker.new(js.URL.createObjectURL(source))
answer = asyncio.get_running_loop().create_future()
worker.onmessage = create_proxy(lambda event: answer.set_result(event.data.to_py()))
worker.onerror = create_proxy(lambda event: answer.set_exception(RuntimeError(event.message)))
worker.postMessage({canary})
final_answer(await answer)
"""

FROM_PYTHON = """
import js, urllib.request
from pyodide.http import pyfetch, pyxhr

async def attempt(probe):
    try:
        await probe()
        return "reached"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"

async def brokered(): await js.fetch(CANARY + "/brokered")
async def by_pyfetch(): await pyfetch(CANARY + "/pyfetch")
async def by_pyxhr(): pyxhr.get(CANARY + "/pyxhr")
async def by_urllib(): urllib.request.urlopen(CANARY + "/urllib")
async def by_micropip():
    import micropip
    await micropip.install(CANARY + "/probe-1.0-py3-none-any.whl")
async def by_index():
    import micropip
    await micropip.install("probe", index_urls=CANARY + "/simple")

probes = [brokered, by_pyfetch, by_pyxhr, by_urllib, by_micropip, by_index]
final_answer({probe.__name__: await attempt(probe) for probe in probes})
"""

SEARCH_MEMORY = """
import asyncio, js, pyodide_js
from pyodide.ffi import create_proxy, to_js

there = bytes(reversed({there}))
# Words go over as numbers: as text they would themselves be in the memory.
source = js.Blob.new(to_js(['''onmessage = ({{data: [memory, words]}}) => {{
    const text = new TextDecoder("latin1").decode(memory);
    postMessage(words.map((word) => text.includes(String.fromCharCode(...word))));
}};''']))
worker = js.Worker.new(js.URL.createObjectURL(source))
answer = asyncio.get_running_loop().create_future()
worker.onmessage = create_proxy(lambda event: answer.set_result(event.data.to_py()))
worker.postMessage(js.Array.of(pyodide_js._module.HEAPU8.slice(), to_js({words})))
final_answer(await answer)
"""


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as canary:
        yield canary


def test_javascript_in_the_sandbox_reaches_nothing(agent_page: AgentPage, canary: Canary) -> None:
    agent_page.open()
    agent_page.page.evaluate(HIDE_SECRETS)
    code = RUN_PROBES_IN_PYTHON.format(source=repr(PROBES), canary=repr(canary.address))
    outcomes = agent_page.answer(code)
    assert canary.heard == []
    reached = {name for name, outcome in outcomes.items() if outcome == "reached"}
    # Nobody outside hears a broadcast of an opaque origin.
    assert reached <= {"broadcast"}, outcomes
    assert agent_page.page.evaluate("overheard") == []


def test_control_without_a_fence_the_same_probes_get_through(page: Page, canary: Canary) -> None:
    page.goto(f"{canary.address}/")
    page.evaluate(HIDE_SECRETS)
    outcomes = page.evaluate(RUN_PROBES_IN_JS, [PROBES, canary.address])
    assert set(canary.heard) >= NETWORK, (outcomes, canary.heard)
    assert {name for name in STORAGE if outcomes[name] != "reached"} == set(), outcomes
    page.wait_for_function("overheard.length > 0")


def test_python_in_the_sandbox_reaches_nothing(agent_page: AgentPage, canary: Canary) -> None:
    outcomes = agent_page.open().answer(f"CANARY = {canary.address!r}\n{FROM_PYTHON}")
    assert canary.heard == []
    assert "reached" not in outcomes.values(), outcomes


def test_the_key_is_nowhere_in_the_memory_of_the_sandbox(agent_page: AgentPage) -> None:
    agent_page.open()
    there = bytes(reversed(b"a word that the sandbox does hold"))
    search = SEARCH_MEMORY.format(there=there, words=[list(KEY.encode()), list(reversed(there))])
    assert agent_page.answer(search) == [False, True]
    sent = [request.headers["authorization"] for request in agent_page.model.requests]
    assert KEY in sent[0], "the key must be in use, or its absence says nothing"


FORGED = [
    '{"type": "configure", "model": {"kind": "demo"}, "agent": {}}',
    '{"type": "run_finished", "run_id": "", "success": true}',
    "[" * 100_000,
    '{"type": "output", "id": 1, "stream": "stdout", "text": ' + "[" * 3_000 + "]" * 3_000 + "}",
]

FORGE = """
import gc, time
from pyagent.browser.port_link import PortLink
from pyodide.ffi import to_js
port = next(thing for thing in gc.get_objects() if isinstance(thing, PortLink))._port
{send}
while True: time.sleep(0.01)
"""


def test_forged_messages_cost_the_sandbox_and_nothing_else(agent_page: AgentPage) -> None:
    sends = [f"port.post({text!r}, [])" for text in FORGED]
    # No message at all: an object where a list of text and buffers should be.
    sends.append('port._end.port.postMessage(to_js({"type": "executed"}))')
    codes = [FORGE.format(send=send) for send in sends]
    agent_page.open(deadlineS=30)
    assert agent_page.answer("kept = 41", *codes, "final_answer(kept + 1)") == 42
    forged = agent_page.seen("step_finished")[1:-1]
    assert [step["error"]["type"] for step in forged] == ["SandboxLost"] * len(sends)


def test_an_answer_that_looks_like_markup_stays_text(agent_page: AgentPage) -> None:
    markup = '<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>'
    assert agent_page.open().answer(f"final_answer({markup!r})") == markup
    assert agent_page.page.evaluate("window.hacked === undefined")
