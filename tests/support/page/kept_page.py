"""A page of the built site in a browser that keeps it for offline use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from pyagent import models

START_MS = 60_000
TASK = json.loads((Path(models.__file__).parent / "demo" / "task.json").read_text("utf-8"))

_READY = "() => document.querySelector('py-agent').ready"
_STATE = "document.querySelector('py-agent').offline.state"
_WAIT = """async (ms) => {
  const end = performance.now() + ms;
  while (!(%s)) {
    if (performance.now() > end) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""
"""The page's policy forbids what Playwright's own waiting does."""

_DEMONSTRATE = """async (task) => {
  const element = document.querySelector("py-agent");
  await element.configure({ model: { provider: "demo" } });
  const sample = await (await fetch("samples/seattle-weather.csv")).blob();
  const files = [new File([sample], "seattle-weather.csv")];
  const { success, output, steps } = await element.run(task, { files });
  return { success, output, steps };
}"""


class KeptPage:
    """A tab, which opens at once and is ready to take tasks."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.page = self._open()

    def again(self) -> KeptPage:
        """Open the address in another tab."""
        return KeptPage(self.context, self.address)

    def reload(self) -> None:
        self.page.reload()
        self.page.evaluate(_READY)

    def close(self) -> None:
        self.page.close()

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.page.evaluate(_STATE)
        return state

    @property
    def isolated(self) -> bool:
        return bool(self.page.evaluate("crossOriginIsolated"))

    @property
    def build(self) -> str:
        selector = 'meta[name="pyagent-build"]'
        return str(self.page.eval_on_selector(selector, "(meta) => meta.content"))

    def wait_until_kept(self) -> KeptPage:
        self.wait(f"{_STATE}.phase === 'ready' && navigator.serviceWorker.controller")
        return self

    def wait(self, condition: str) -> None:
        """Wait until JavaScript, which may await, is true in the page."""
        self.page.evaluate(_WAIT % condition, START_MS)

    def wait_for(self, condition: str) -> None:
        """Wait until a condition of ``state`` holds."""
        self.wait(f"(({{ update, problem }}) => {condition})({_STATE})")

    def look_for_update(self) -> None:
        """What the browser does when the page is opened."""
        self.page.evaluate(
            "navigator.serviceWorker.ready.then((it) => it.update()).catch(() => null)"
        )

    def text(self, path: str) -> str:
        """What the tab gets for one of the site's files."""
        fetched: str = self.page.evaluate(
            "(path) => fetch(path).then((answer) => answer.text())", path
        )
        return fetched

    def demonstrate(self) -> dict[str, Any]:
        """The result of the demonstration, with the number of its steps."""
        result: dict[str, Any] = self.page.evaluate(_DEMONSTRATE, TASK["task"])
        return result

    def _open(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(START_MS)
        page.goto(self.address)
        page.evaluate(_READY)
        return page
