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
AT_MOST = {
    "import_pandas": 2.5,
    "import_pandas_after_kill": 1.0,
    "import_pandas_next_visit": 1.0,
    "first_plot": 3.0,
}
AT_LEAST = {
    "import_pandas": 3,
    "import_pandas_after_kill": 3,
    "import_pandas_next_visit": 3,
    "import_pandas_unprepared": None,
}
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
_FORGET = """async (names) => {
  const store = await caches.open("pyagent-packages");
  for (const { url } of await store.keys()) {
    if (names.some((name) => url.includes(name))) await store.delete(url);
  }
}"""
_AWAIT_PREPARED = """async () => {
  const store = await caches.open("pyagent-packages");
  while (!(await store.keys()).some(({ url }) => url.includes("packages/prepared-"))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""

_NOTED = "(name) => timeline.filter(([, what]) => what === name).map(([time]) => time)"

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
    seconds = {name: [times[name] for times in visits] for name in visits[0]}
    figures = {
        name: Figure(
            value=median(all_of_them),
            unit="s",
            at_most=AT_MOST.get(name),
            details={"all": all_of_them},
        )
        for name, all_of_them in seconds.items()
    }
    ratios = {
        f"{name}_ratio": Figure(value=both / median(seconds[name]), unit="x", at_least=at_least)
        for name, at_least in AT_LEAST.items()
    }
    plain_figure = Figure(value=both, unit="s", details={"all": plain})
    return {"import_pandas_plain_pyodide": plain_figure, **figures, **ratios}


def visit(page: Page, address: str) -> dict[str, float]:
    """Seconds of importing pandas and of the first plot, by the names of the figures.

    ``import_pandas_unprepared`` is the first use of all, with only the wheels in the browser's
    store. ``import_pandas`` is in the first sandbox of a visit from then on, and
    ``sandbox_with_pandas`` is what it took to start that one.
    """
    with AgentPage(page, address) as opened:
        open_without(opened, "packages/used.json", "packages/prepared-")
        unprepared = step_seconds(opened, IMPORT)
        opened.page.evaluate(_AWAIT_PREPARED)
        open_without(opened, "packages/used.json")
        [added, *_] = opened.page.evaluate(_NOTED, "frame_added")
        [ready, *_] = opened.page.evaluate(_NOTED, "frame_ready")
        first = step_seconds(opened, IMPORT)
        await_spare(opened)
        after_kill = step_seconds(opened, KILL, IMPORT)
        opened.open()
        await_spare(opened)
        later = step_seconds(opened, IMPORT)
        return {
            "import_pandas_unprepared": unprepared,
            "import_pandas": first,
            "import_pandas_after_kill": after_kill,
            "import_pandas_next_visit": later,
            "sandbox_with_pandas": (ready - added) / 1000,
            "first_plot": step_seconds(opened, PLOT),
        }


def open_without(page: AgentPage, *names: str) -> None:
    """Open the page with these files gone from the browser's store, and run a step without pandas.

    Plain Pyodide has started before its time is taken, too.
    """
    page.open()
    page.page.evaluate(_FORGET, list(names))
    page.open()
    page.answer("final_answer(1)")


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
