"""A page that keeps conversations, and tasks of six steps whose orders are counted outside."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Playwright, sync_playwright

from benchmarks.browser import DIST, LONGEST_MS
from benchmarks.site import CountedSite
from support.browser.killing import RECORD_WORKERS, kill_browser
from support.models.scripted_server import Reply, Request, streamed
from support.page.agent_page import AgentPage, step
from support.page.conversation_page import ConversationPage

STEPS = 6
LONGEST_S = 90.0
"""A task that has not ended by then counts as lost."""

_TRIAL = re.compile(r"Trial (\w+)\.")
_PROGRESS = re.compile(r"step (\d) done|only (\d) of them")
_LISTEN = """() => {
  window.ending = null;
  document.querySelector("py-agent").addEventListener("pyagent-result",
    ({ detail }) => { window.ending = { output: detail.output, problem: detail.problem }; });
}"""
_SLOW = """() => {
  const order = window.order;
  window.order = async (sku) => {
    const number = await order(sku);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return number;
  };
}"""
"""Makes orders take a while after they were made, so that some kills come in the middle of one."""
_BEGIN = """(task) => {
  window.ending = null;
  document.querySelector("py-agent").run(task)
    .catch(({ message }) => { window.ending = { output: null, problem: { message } }; });
}"""


class OrderingModel:
    """Writes the next step of a task, by what it reads of the steps before."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        """When it was asked, by the monotonic clock."""

    def reply(self, request: Request) -> Reply:
        self.asked.append(monotonic())
        read = json.dumps(request.json["messages"])
        trial = _TRIAL.findall(read)[-1]
        done = 0
        for shown in _PROGRESS.finditer(read, read.rindex(f"Trial {trial}.")):
            done = int(shown[1] or shown[2])
        return streamed(step(_code(trial, done + 1)))


def _code(trial: str, number: int) -> str:
    if number == STEPS:
        return "final_answer(values)"
    values = "[]" if number == 1 else "globals().get('values', [])"
    return (
        f"values = {values}\n"
        f"assert len(values) == {number - 1}, f'only {{len(values)}} of them'\n"
        "import time\ntime.sleep(0.05)\n"
        f"try:\n    order('{trial}-{number}')\nexcept Exception as error:\n    print(error)\n"
        f"values = [*values, {number}]\ntime.sleep(0.05)\nprint('step', {number}, 'done')"
    )


class Shop:
    """A browser with the page, which can be killed and started again."""

    def __init__(self, playwright: Playwright, profile: Path, site: str) -> None:
        self._playwright = playwright
        self._profile = profile
        self._context = self._launched()
        self._before = 0
        self.model = OrderingModel()
        self.kept = ConversationPage(AgentPage(self._context.new_page(), site))
        self.kept.agent.choose = self.model.reply

    @property
    def page(self) -> Page:
        page: Page = self.kept.page
        return page

    @property
    def orders(self) -> list[str]:
        """The articles that were ordered, in order."""
        orders: list[str] = self.kept.orders
        return orders

    def open(self) -> None:
        """Load the page and choose the model."""
        self.kept.open(maxSteps=3 * STEPS)
        self.page.evaluate(_LISTEN)
        self.page.evaluate(_SLOW)

    def begin(self, trial: str) -> None:
        """Give the task of a trial, in a conversation of its own."""
        if (another := self.page.get_by_role("button", name="New conversation")).count():
            another.click()
        self.page.locator("pa-welcome").wait_for()
        self._before = len(self.model.asked)
        self.page.evaluate(_BEGIN, f"Trial {trial}.")

    def wait_for_request(self, number: int) -> None:
        """Wait until the model is asked for this step of the task, or the task has ended."""
        until = monotonic() + LONGEST_S
        while len(self.model.asked) - self._before < number and monotonic() < until:
            if self.page.evaluate("window.ending") is not None:
                return
            self.page.wait_for_timeout(5)

    def shown(self) -> int:
        """How many steps of the last task the page shows as done."""
        numbers = re.findall(r"step (\d) done", self.kept.text_now.rpartition("Trial ")[2])
        return max(map(int, numbers), default=0)

    def ending(self, answered: Callable[[str], bool]) -> dict[str, Any]:
        """Wait for the end of a task. ``answered`` decides when the page asks about a call, by the
        text of the question.
        """
        question = self.page.locator("pa-approval").filter(has=self.page.locator(".primary"))
        until = monotonic() + LONGEST_S
        while monotonic() < until:
            if (ending := self.page.evaluate("window.ending")) is not None:
                return dict(ending)
            if question.count():
                with suppress(Error):  # it may have been answered meanwhile
                    text = question.last.locator("#arguments").inner_text(timeout=2000)
                    buttons = question.last.locator(".button")
                    (buttons.first if answered(text) else buttons.last).click(timeout=2000)
            self.page.wait_for_timeout(50)
        return {"output": None, "problem": {"message": "The task did not end."}}

    def kill(self) -> None:
        """Kill every process of the browser."""
        kill_browser(self._profile)
        with suppress(Error):
            self._context.close()

    def restart(self) -> None:
        """Start the browser again and load the page."""
        self._context = self._launched()
        self.kept.agent.page = self._context.new_page()
        self.open()

    def close(self) -> None:
        self._context.close()

    def _launched(self) -> BrowserContext:
        context = self._playwright.chromium.launch_persistent_context(
            self._profile,
            executable_path=os.environ["PYAGENT_CHROMIUM"],
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        context.set_default_timeout(LONGEST_MS)
        context.add_init_script(RECORD_WORKERS)
        return context


@contextmanager
def shop() -> Iterator[Shop]:
    """A browser with the page open, whose model orders."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        CountedSite(DIST) as site,
        sync_playwright() as playwright,
    ):
        made = Shop(playwright, Path(folder) / "profile", site.address)
        with made.kept.agent.model:
            made.open()
            yield made
            made.close()
