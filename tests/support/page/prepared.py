"""Brings a page to sandboxes that start from the prepared memory."""

from __future__ import annotations

import json
from pathlib import Path

from .agent_page import AgentPage

SITE = Path(__file__).resolve().parents[3] / "dist"

IS_PREPARED = 'final_answer("pandas.io.formats.style" in __import__("sys").modules)'
"""Whether the sandbox started from the memory, which has a module that pandas imports only when
code uses it. Leaves no name behind."""

KEPT = """async () => {
  const store = await caches.open("pyagent-packages");
  const addresses = (await store.keys()).map(({ url }) => url);
  return addresses.filter((url) => url.includes("/prepared-") && !url.includes("&part"));
}"""
"""The addresses of prepared memories in the browser's store."""


def site_has_memory() -> bool:
    """Whether the site offers a memory for its own build: one of an earlier build is no use."""
    try:
        lock = json.loads((SITE / "packages" / "lock.json").read_text("utf-8"))
        manifest = json.loads((SITE / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        return False
    return bool((lock.get("prepared") or {}).get("build_id") == manifest["build_id"])


def await_kept(page: AgentPage) -> None:
    """Wait until the browser has the prepared memory."""
    for _ in range(600):
        if page.page.evaluate(KEPT):
            return
        page.page.wait_for_timeout(100)
    raise AssertionError("The prepared memory did not come.")


def await_prepared_spare(page: AgentPage) -> None:
    """Wait until the spare has started from the memory. One that came before it is replaced."""
    page.page.wait_for_selector("iframe[data-prepared]", state="attached")


def use_pandas_once(page: AgentPage, **agent: object) -> None:
    """Make a visit whose code uses pandas, and wait until the browser keeps the memory."""
    page.open(**agent)
    page.answer("import pandas\ndel pandas\nfinal_answer(1)")
    await_kept(page)


def open_prepared(page: AgentPage, **agent: object) -> None:
    """Make later visits until the first sandbox of one has started from the memory: mostly one.

    The page checks the memory at each visit. A sandbox that is needed before that starts without.
    """
    for _ in range(5):
        page.open(**agent)
        await_prepared_spare(page)
        if page.answer(IS_PREPARED):
            return
    raise AssertionError("No visit began with a sandbox that started from the memory.")
