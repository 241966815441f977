"""Measures imports of data packages in the page, and in a worker with plain Pyodide beside it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

import runtime
from benchmarks.browser import DIST, chromium_context
from benchmarks.report import Figure
from benchmarks.site import CountedSite
from data_packages.__main__ import KEPT, bring
from data_packages.catalogue import catalogue
from support.page.agent_page import AgentPage

ROUNDS = 3
OPEN = "default-src * 'unsafe-eval' 'unsafe-inline' blob: data:"

IMPORT = """
import pandas as pd
final_answer(len(pd.__version__))
"""
PLOT = """
import matplotlib.pyplot as plt
plt.plot([1, 2, 3])
plt.show()
final_answer(1)
"""
KILL = "import os; os._exit(1)"
_FORGET = """async () => {
  const store = await caches.open("pyagent-packages");
  await store.delete(new URL("packages/used.json", document.baseURI));
}"""

_PLAIN_WORKER = """
import { loadPyodide } from "./pyodide.mjs";
const lockFileContents = await (await fetch("lock.json")).text();
const packageBaseUrl = new URL("./", import.meta.url).href;
const pyodide = await loadPyodide({ lockFileContents, packageBaseUrl });
const began = performance.now();
await pyodide.loadPackage("pandas", { messageCallback() {} });
const loaded = performance.now();
pyodide.runPython("import pandas");
postMessage([(loaded - began) / 1000, (performance.now() - loaded) / 1000]);
"""
_PLAIN = """() => new Promise((resolve, reject) => {
  const worker = new Worker("worker.mjs", { type: "module" });
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
  worker.onerror = (event) => reject(new Error(event.message));
})"""


def imports() -> dict[str, Figure]:
    """Import pandas from the browser's store: the first time, after a kill, on the next visit."""
    bring(DIST, "data", again=False)
    plain, visits = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        plain_site(Path(folder) / "plain") as bare,
        CountedSite(DIST) as site,
        chromium_context(Path(folder) / "profile") as context,
    ):
        for _ in range(ROUNDS + 1):  # the first fills the browser's stores
            page = context.new_page()
            page.goto(f"{bare.address}index.html")
            loading, importing = page.evaluate(_PLAIN)
            page.close()
            plain.append({"load": loading, "import": importing})
            visits.append(visit(context.new_page(), site.address))
    del plain[0], visits[0]
    both = median(sum(times.values()) for times in plain)
    first, kill, later, plot = ([times[at] for times in visits] for at in range(4))
    return {
        "import_pandas_plain_pyodide": Figure(value=both, unit="s", details={"all": plain}),
        "import_pandas": Figure(value=median(first), unit="s", at_most=2.5, details={"all": first}),
        "import_pandas_ratio": Figure(value=both / median(first), unit="x", at_least=3),
        "import_pandas_after_kill": Figure(
            value=median(kill), unit="s", at_most=1, details={"all": kill}
        ),
        "import_pandas_next_visit": Figure(
            value=median(later), unit="s", at_most=1, details={"all": later}
        ),
        "import_pandas_next_visit_ratio": Figure(value=both / median(later), unit="x", at_least=3),
        "first_plot": Figure(value=median(plot), unit="s", at_most=3, details={"all": plot}),
    }


def visit(page: Page, address: str) -> tuple[float, float, float, float]:
    """Seconds of importing pandas for the first time, after a kill and when the page is opened
    again, and of the first plot.
    """
    with AgentPage(page, address) as opened:
        opened.open()
        opened.page.evaluate(_FORGET)
        opened.open()
        opened.answer("final_answer(1)")  # plain Pyodide has started before its time, too
        first = step_seconds(opened, IMPORT)
        await_spare(opened)
        after_kill = step_seconds(opened, KILL, IMPORT)
        opened.open()
        await_spare(opened)
        later = step_seconds(opened, IMPORT)
        return first, after_kill, later, step_seconds(opened, PLOT)


def await_spare(page: AgentPage) -> None:
    """Wait until the spare sandbox has imported pandas, which takes it some two seconds."""
    page.page.wait_for_selector("iframe[data-loaded~=pandas]", state="attached")


def step_seconds(page: AgentPage, *codes: str) -> float:
    """The time of the last step, from the question to the model on.

    It includes what is loaded while the reply streams, and the start of a sandbox after a kill.
    """
    page.answer(*codes)
    return float(page.seen("step_finished")[-1]["seconds"])


@contextmanager
def plain_site(folder: Path) -> Iterator[CountedSite]:
    """Serve Pyodide as its npm package has it, with the wheels as their makers published them."""
    folder.mkdir()
    for path in runtime.PYODIDE.iterdir():
        if path.suffix in (".mjs", ".wasm", ".zip"):
            shutil.copy(path, folder)
    lock = json.loads(runtime.OFFICIAL_LOCK.read_text("utf-8"))
    for package in catalogue().packages:
        wheel = KEPT / "raw" / package.file
        if wheel.is_file():
            shutil.copy(wheel, folder)
            entry = lock["packages"].get(package.name)
            if entry is not None:
                entry.update(file_name=package.file, sha256=package.sha256)
    (folder / "lock.json").write_text(json.dumps(lock), "utf-8")
    (folder / "worker.mjs").write_text(_PLAIN_WORKER, "utf-8")
    (folder / "index.html").write_text("<!doctype html><title>plain</title>", "utf-8")
    (folder / "manifest.json").write_text(json.dumps({"content_security_policy": OPEN}), "utf-8")
    with CountedSite(folder) as site:
        yield site
