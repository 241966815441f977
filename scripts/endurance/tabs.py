"""Five tabs write one conversation at the same time, and take the turn from each other."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route, sync_playwright

from benchmarks.browser import DIST, LONGEST_MS
from benchmarks.report import Figure
from benchmarks.site import CountedSite

TABS = 5
_BEGIN = """async () => {
  const { library } = document.querySelector("py-agent").controller.history;
  const { id } = await library.begin("Count.");
  library.leave();
  return id;
}"""
_WRITE = """([id, tab, count]) => {
  const { library } = document.querySelector("py-agent").controller.history;
  const pause = (most) => new Promise((go) => setTimeout(go, most * Math.random()));
  const told = { turns: 0, written: 0 };
  const write = async () => {
    for (let number = 0; number < count;) {
      if (!library.journal || library.journal.fault || Math.random() < 0.002) {
        await pause(300);
        await library.open(id, () => undefined, { steal: true });
        told.turns += 1;
      }
      const { journal } = library;
      if (!journal) continue;
      const many = Math.min(1 + Math.floor(3 * Math.random()), count - number);
      const entries = Array.from({ length: many }, (_, at) => ({ tab, number: number + at }));
      await Promise.all(entries.map((entry) => journal.add(entry, 10)));
      if (journal.fault) continue;
      number += many;
      told.written = number;
    }
    return told;
  };
  window.writing = write();
}"""
_READ = """async (id) => {
  const { library } = document.querySelector("py-agent").controller.history;
  const entries = [];
  const { damaged } = await library.open(id, (entry) => entries.push([entry.tab, entry.number]),
    { steal: true });
  return { entries, damaged };
}"""


def tabs(count: int) -> dict[str, Figure]:
    """``count`` writes in each of five tabs."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        CountedSite(DIST) as site,
        sync_playwright() as playwright,
    ):
        context = playwright.chromium.launch_persistent_context(
            Path(folder) / "profile",
            executable_path=os.environ["PYAGENT_CHROMIUM"],
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        context.set_default_timeout(LONGEST_MS)
        figures = written_by_tabs(context, site.address, count)
        context.close()
    return figures


def written_by_tabs(context: BrowserContext, site: str, count: int) -> dict[str, Figure]:
    """The same in a browser that is there."""
    pages = [_opened(context, site) for _ in range(TABS)]
    conversation = pages[0].evaluate(_BEGIN)
    for tab, page in enumerate(pages):
        page.evaluate(_WRITE, [conversation, tab, count])
    told = [page.evaluate("window.writing") for page in pages]
    read = pages[0].evaluate(_READ, conversation)
    for page in pages:
        page.close()
    found = {tuple(entry) for entry in read["entries"]}
    lost = {(tab, number) for tab in range(TABS) for number in range(count)} - found
    details = {
        "writes": TABS * count,
        "turns_taken": sum(one["turns"] for one in told),
        "written_again": len(read["entries"]) - len(found),
        "damaged": read["damaged"],
        "first_lost": sorted(lost)[:5],
    }
    return {
        "tabs_entries_lost": Figure(value=len(lost), unit="entries", at_most=0, details=details)
    }


def _opened(context: BrowserContext, site: str) -> Page:
    """A tab whose agent never starts: only what keeps conversations is needed."""
    page = context.new_page()

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/runtime/**", abort)
    page.goto(site)
    page.wait_for_function("() => document.querySelector('py-agent')?.controller?.history")
    return page
