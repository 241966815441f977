"""Drives the element's gallery, where a test plays the session of ``<py-agent>``."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tools import NODE, ROOT

TIMEOUT_MS = 15_000


@contextmanager
def served_gallery() -> Iterator[str]:
    """Address of the element's gallery."""
    command = [NODE, ROOT / "tests" / "web" / "support" / "gallery.mjs"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


class Gallery:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.outside: list[str] = []
        page.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), self._refuse)
        page.route("**/samples/*", lambda route: route.fulfill(body="date,rain\n"))

    def open(self, scene: str = "") -> Gallery:
        self.page.goto(f"{self.address}#{scene}")
        expect(self.task).to_be_visible()
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def task(self) -> Locator:
        return self.page.get_by_label("Task", exact=True)

    def ask(self, task: str) -> None:
        self.task.fill(task)
        self.task.press("Enter")

    def say(self, *messages: str) -> None:
        """Let the agent send messages, each an expression such as ``say.step(1)``."""
        self.page.evaluate(f"{{ for (const m of [{', '.join(messages)}]) session.say(m); }}")

    def tasks(self) -> Any:
        return self.page.evaluate(
            "session.tasks.map(({ task, files }) => [task, files.map((file) => file.name)])"
        )

    def _refuse(self, route: Route) -> None:
        self.outside.append(route.request.url)
        route.abort()
