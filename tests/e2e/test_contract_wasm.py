"""The contract of all executors, and what agents and models do alike everywhere, in a real page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from contracts import CONTRACTS
from contracts.everywhere import all_cases as everywhere_all
from contracts.executor.all_cases import CASES
from support import SUPPORT
from tools import WEB, node

TESTS = CONTRACTS.parent
ENTRY = CONTRACTS / "page" / "worker.js"
ESBUILD = WEB / "node_modules" / "esbuild" / "bin" / "esbuild"

CASE_MS = 120_000

LISTEN = """async () => {
  window.told = {};
  window.cases = new BroadcastChannel("contract");
  cases.onmessage = ({ data }) => { told[data.name] = data.told; };
  const late = new Promise((_, fail) => setTimeout(() => fail("the cases do not load"), 60_000));
  await Promise.race([document.querySelector("py-agent").ready, late]);
}"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bundled stand-in for the agent worker, with every file that a case may import."""
    folder = tmp_path_factory.mktemp("contract")
    python = [*CONTRACTS.rglob("*.py"), SUPPORT / "models" / "wire_replies.py"]
    files = {path.relative_to(TESTS).as_posix(): path.read_text("utf-8") for path in python}
    (folder / "files.json").write_text(json.dumps(files), "utf-8")
    options = ["--bundle", "--format=esm", f"--alias:contract-files={folder / 'files.json'}"]
    options += ["--external:node:*", "--external:ws", "--log-level=error"]
    node(ESBUILD, ENTRY, *options, f"--outfile={folder / 'worker.js'}")
    return (folder / "worker.js").read_text("utf-8")


@pytest.fixture(scope="module")
def contract_page(
    browser: Browser, site: str, worker: str, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """One page for all cases; each gets a fresh sandbox in it. Code in it waits for tools by JSPI,
    or, where the browser seems to have none, by shared memory."""
    with browser.new_context() as context:
        page = context.new_page()
        if request.param == "atomics":
            page.add_init_script("delete WebAssembly.Suspending")

        def serve_worker(route: Route) -> None:
            route.fulfill(response=route.fetch(), body=worker)

        page.route("**/assets/agent.worker.js*", serve_worker)
        page.set_default_timeout(CASE_MS)
        page.goto(site)
        page.evaluate(LISTEN)
        yield page


def _run(page: Page, name: str) -> Any:
    page.evaluate("name => cases.postMessage({ run: name })", name)
    return page.wait_for_function("name => name in told && { told: told[name] }", arg=name)


NEEDS_JSPI = {"final_answer_passes_every_handler"}
"""It awaits, and by shared memory code can wait for tools only."""

WITH_TOOLS = [
    name
    for name, case in CASES.items()
    if case.__module__ == "contracts.executor.tools" and name not in NEEDS_JSPI
]


@pytest.mark.parametrize(
    ("contract_page", "case"),
    [*(("suspend", name) for name in CASES), *(("atomics", name) for name in WITH_TOOLS)],
    indirect=["contract_page"],
)
def test_contract_in_the_sandbox_frame(contract_page: Page, case: str) -> None:
    told = _run(contract_page, case).json_value()["told"]
    assert not told, told


@pytest.mark.parametrize("contract_page", ["suspend"], indirect=True)
@pytest.mark.parametrize("case", everywhere_all.CASES)
def test_agents_and_models_in_the_page(contract_page: Page, case: str) -> None:
    told = _run(contract_page, case).json_value()["told"]
    assert not told, told
