"""Real weights in the page: they load, stream, stop, stay, and solve a task."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

import models
from tools import ROOT, WEB, node

SMALLEST = "smollm2-135m"
START_MS = 120_000
# The 0.5B reads 31 and writes 22 tokens a second on an idle core, far fewer on a busy one.
SOLVE_MS = 900_000
# The end of one turn and the start of the next, which follow the part that is read ahead.
TURN_TOKENS = 8
# What asks for an answer after the last step, and is not a part of the conversation.
LAST_WORDS_TOKENS = 50
# Two threads wait for each other, which takes very long when other tests need the cores.
ONE_THREAD = "Object.defineProperty(navigator, 'hardwareConcurrency', { value: 1 })"

Open = Callable[..., Page]

_CONFIGURE = """async (model) => {
  const element = document.querySelector("py-agent");
  await element.ready;
  await element.configure({ model: { provider: "local", model }, agent: { maxSteps: 3 } });
}"""
_START = """(task) => {
  const element = document.querySelector("py-agent");
  let written = "";
  window.writes = new Promise((resolve) => {
    element.addEventListener("pyagent-message", ({ detail }) => {
      if (detail.type !== "model_delta") return;
      written += detail.text;
      if (written.length > 20) resolve(written);
    });
  });
  window.result = element.run(task);
}"""
_AWAIT = """([name, ms]) => Promise.race([
  window[name],
  new Promise((_, reject) => setTimeout(() => reject(new Error(`no ${name}`)), ms)),
])"""
_FOLLOW = """async (schema) => {
  const { listLocalModels, loadLocalModel } = await import(new URL("assets/local.js", location));
  const [source] = await listLocalModels();
  const model = await loadLocalModel(source, { threads: 1 });
  const messages = [{ role: "user", content: "Name a city in France and how many live there." }];
  let text = "";
  await model.generate({ messages, schema, max_tokens: 60 }, (piece) => (text += piece));
  model.dispose();
  return text;
}"""

_BUNDLE = """
const [web, scripts, outfile] = process.argv.slice(1);
const { build } = await import(`${web}/node_modules/esbuild/lib/main.js`);
const { engineThreads } = await import(`${scripts}/engine_threads.mjs`);
const entryPoints = [`${web}/src/models/local.ts`];
const plugins = [engineThreads];
const how = { bundle: true, format: "esm", logLevel: "error" };
await build({ entryPoints, outfile, plugins, ...how });
"""

_READ_AHEAD = """async () => {
  const { listLocalModels, loadLocalModel } = await import(new URL("assets/local.js", location));
  const [source] = await listLocalModels();
  const model = await loadLocalModel(source, { threads: 1 });
  const opening = [
    { role: "system", content: "You count. ".repeat(20) },
    { role: "user", content: "Task: One and one?" },
    { role: "assistant", content: "Two." },
  ];
  await model.warm([...opening, { role: "user", content: "Task:" }]);
  const messages = [...opening, { role: "user", content: "Task: Two and two?" }];
  const { tokenUsage } = await model.generate({ messages, max_tokens: 1 }, () => undefined);
  model.dispose();
  return tokenUsage;
}"""

_WITH_THREADS = """async () => {
  const { listLocalModels, loadLocalModel } = await import(new URL("assets/local.js", location));
  const [source] = await listLocalModels();
  const model = await loadLocalModel(source, { threads: 2 });
  const messages = [{ role: "user", content: "One?" }];
  const { tokenUsage } = await model.generate({ messages, max_tokens: 1 }, () => undefined);
  model.dispose();
  return [crossOriginIsolated, tokenUsage.output_tokens];
}"""

_READ_IN_TURN = """async ([opening, endings]) => {
  const { listLocalModels, loadLocalModel } = await import(new URL("assets/local.js", location));
  const [source] = await listLocalModels();
  const model = await loadLocalModel(source, { threads: 1 });
  const read = [];
  for (const ending of endings) {
    for (const start of opening) {
      const messages = [
        { role: "system", content: start },
        { role: "user", content: `Task: ${ending}` },
      ];
      const { tokenUsage } = await model.generate({ messages, max_tokens: 1 }, () => undefined);
      read.push(tokenUsage.input_tokens - tokenUsage.cached_tokens);
    }
  }
  model.dispose();
  return read;
}"""
_FOLLOW_TURNS = """async (tasks) => {
  const post = MessagePort.prototype.postMessage;
  const counts = [];
  MessagePort.prototype.postMessage = function (message, ...rest) {
    if (/^\\{"type": ?"page_model_read"/.test(message?.[0])) counts.push(JSON.parse(message[0]));
    return post.call(this, message, ...rest);
  };
  const element = document.querySelector("py-agent");
  const cached = [];
  for (const task of tasks) cached.push((await element.run(task)).tokenUsage.cachedTokens);
  MessagePort.prototype.postMessage = post;
  return { counts, cached };
}"""

_READ_BEFORE_A_TASK = """async (longest) => {
  const element = document.querySelector("py-agent");
  const end = performance.now() + longest;
  while (performance.now() < end) {
    const progress = element.shadowRoot.querySelector("pa-notices")?.progress;
    if (progress?.stage === "warmup" && progress.loaded === progress.total) return progress.total;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("nothing was read");
}"""
_FIRST_READ = """async (task) => {
  const { controller } = document.querySelector("py-agent");
  const read = [];
  let shown = controller.progress;
  Object.defineProperty(controller, "progress", {
    configurable: true,
    get: () => shown,
    set(progress) {
      shown = progress;
      if (progress?.label === "Reading the task") read.push(progress.loaded);
    },
  });
  await document.querySelector("py-agent").run(task);
  return read[0];
}"""


@pytest.fixture
def engine(page: Page, tmp_path: Path) -> None:
    """Lets the page import the models of a tab in place of all else: its policies of Trusted Types
    can be made only once."""
    bundle = tmp_path / "local.js"
    node("--input-type=module", "--eval", _BUNDLE, WEB, ROOT / "build", bundle)
    page.route("**/assets/local.js", lambda route: route.fulfill(path=bundle))
    script = {"content_type": "text/javascript", "body": ""}
    page.route("**/main.js", lambda route: route.fulfill(**script))


@pytest.fixture
def open_page(page: Page, site: str, tmp_path: Path) -> Open:
    """Opens the page with one local model offered beside it; ``list_`` changes its entry."""

    def open_(name: str, **changes: Any) -> Page:
        models.offer(models.fetch(name), tmp_path)
        listed = models.json.loads((tmp_path / "models.json").read_text("utf-8"))
        entry = next(entry for entry in listed if entry["id"] == name)
        page.route("**/models.json", lambda route: route.fulfill(json=[{**entry, **changes}]))
        page.set_default_timeout(START_MS)
        page.add_init_script(ONE_THREAD)
        page.goto(site)
        return page

    return open_


def test_local_model_streams_and_stops_in_the_middle(open_page: Open) -> None:
    page = open_page(SMALLEST)
    page.evaluate(_CONFIGURE, SMALLEST)

    page.evaluate(_START, "Write a long story about the sea.")
    page.evaluate(_AWAIT, ["writes", SOLVE_MS])
    page.evaluate("document.querySelector('py-agent').stop()")

    assert page.evaluate(_AWAIT, ["result", START_MS])["reason"] == "cancelled"


def test_weights_of_the_last_visit_need_no_network(open_page: Open) -> None:
    page = open_page(SMALLEST)
    page.evaluate(_CONFIGURE, SMALLEST)

    page.route("**/models/*", lambda route: route.abort())
    page.reload()
    page.evaluate(_CONFIGURE, SMALLEST)


def test_wrong_weights_are_refused(open_page: Open) -> None:
    page = open_page(SMALLEST, sha256="0" * 64)

    with pytest.raises(Error, match="is not the model it should be"):
        page.evaluate(_CONFIGURE, SMALLEST)


def test_model_that_does_not_fit_is_refused_before_its_download(open_page: Open) -> None:
    page = open_page(SMALLEST, bytes=5_000_000_000)
    page.route("**/models/*", lambda route: pytest.fail("the weights were asked for"))

    with pytest.raises(Error, match=r"needs 5\.3 GB of memory, and a page can give it 4\.3 GB"):
        page.evaluate(_CONFIGURE, SMALLEST)


@pytest.mark.usefixtures("engine")
def test_a_reply_follows_the_schema_that_it_was_given(open_page: Open) -> None:
    page = open_page(SMALLEST)
    properties = {"city": {"enum": ["Lyon", "Nice"]}, "millions": {"type": "integer"}}
    schema = {"type": "object", "properties": properties, "required": ["city", "millions"]}

    told = json.loads(page.evaluate(_FOLLOW, schema))

    assert told["city"] in ("Lyon", "Nice")
    assert isinstance(told["millions"], int)


@pytest.mark.usefixtures("engine")
def test_a_model_with_threads_starts_under_the_policy_of_the_page(open_page: Open) -> None:
    assert open_page(SMALLEST).evaluate(_WITH_THREADS) == [True, 1]


@pytest.mark.usefixtures("engine")
def test_what_was_read_ahead_is_not_read_again(open_page: Open) -> None:
    usage = open_page(SMALLEST).evaluate(_READ_AHEAD)

    assert 0 < usage["input_tokens"] - usage["cached_tokens"] < 15


@pytest.mark.usefixtures("engine")
def test_prompts_that_differ_from_the_start_do_not_push_each_other_out(open_page: Open) -> None:
    openings = ["You count. " * 60, "Choose one. " * 80, "Call a function. " * 50]
    endings = ["One and one?", "Two and two?", "Three and three?"]

    read = open_page(SMALLEST).evaluate(_READ_IN_TURN, [openings, endings])

    assert min(read[:3]) > 100
    assert max(read[3:]) < 15


def test_each_turn_of_a_conversation_reads_only_what_is_new(open_page: Open) -> None:
    page = open_page(SMALLEST)
    page.evaluate(_CONFIGURE, SMALLEST)
    page.evaluate(_READ_BEFORE_A_TASK, START_MS)

    followed = page.evaluate(_FOLLOW_TURNS, ["What is 2% of 67000?", "And 3%?", "And 4%?"])

    counts = followed["counts"]
    assert len(counts) >= 3
    for before, count in pairwise(counts):
        assert count["cached_tokens"] >= before["input_tokens"] - TURN_TOKENS - LAST_WORDS_TOKENS
    assert min(followed["cached"]) > 200


def test_a_loaded_model_reads_the_fixed_prompt_before_a_task_is_typed(open_page: Open) -> None:
    page = open_page(SMALLEST)
    page.evaluate(_CONFIGURE, SMALLEST)

    ahead = page.evaluate(_READ_BEFORE_A_TASK, START_MS)
    first = page.evaluate(_FIRST_READ, "What is 2% of 67000?")

    assert ahead > 100
    assert first >= ahead - TURN_TOKENS


def test_local_model_solves_a_task(open_page: Open) -> None:
    page = open_page(models.default_name())
    page.evaluate(_CONFIGURE, models.default_name())

    page.evaluate(_START, "What is 2% of 67000?")

    result = page.evaluate(_AWAIT, ["result", SOLVE_MS])
    assert result["success"]
    assert result["output"] == 1340
    assert result["tokenUsage"]["outputTokens"] > 5
    expect(page.get_by_text("1340").last).to_be_visible()
