"""A person in front of the page, who reads, types and clicks, and uses no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

LONGEST_MS = 120_000
"""The limit for everything that a person waits for: a busy machine takes far longer than usual."""


class Person:
    """Uses the page at ``site``, which need not be open yet."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        page.set_default_timeout(LONGEST_MS)
        expect.set_options(timeout=LONGEST_MS)

    def open(self) -> None:
        self.page.goto(self.site)

    def choose_endpoint(self, base_url: str, *, model: str, key: str = "") -> None:
        """Open the settings dialog by its button and fill it in."""
        self.page.get_by_title("Model and settings").click()
        dialog = self.page.get_by_role("dialog", name="Settings")
        dialog.get_by_role("tab", name="Endpoint").click()
        dialog.get_by_label("Provider").select_option("custom")
        dialog.get_by_label("Base URL").fill(base_url)
        dialog.get_by_label("Key (if it needs one)").fill(key)
        dialog.get_by_label("Model", exact=True).fill(model)
        dialog.get_by_role("button", name="Use this model").click()
        expect(dialog).to_be_hidden()

    def attach(self, *files: Path) -> None:
        self.page.locator("pa-composer input[type=file]").set_input_files(files)
        for file in files:
            expect(self.page.get_by_role("button", name=f"Remove {file.name}")).to_be_visible()

    def give(self, task: str, files: Sequence[Path] = ()) -> Locator:
        """Type a task, attach files, press Enter. Returns the task once the page shows it."""
        if files:
            self.attach(*files)
        articles = self.page.get_by_role("article")
        before = articles.count()
        self.page.get_by_label("Task", exact=True).fill(task)
        self.page.get_by_label("Task", exact=True).press("Enter")
        expect(articles).to_have_count(before + 1)
        return articles.nth(before)

    def stop(self) -> None:
        self.page.get_by_role("button", name="Stop").click()

    def wait_for_the_end(self) -> Locator:
        """Wait until the next task can be given. Returns the last task with its steps."""
        expect(self.page.get_by_role("button", name="Send")).to_be_visible()
        return self.page.get_by_role("article").last

    def download(self, name: str) -> str:
        """The text of a file that the answer offers."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=f"Download {name}").click()
        assert download.value.suggested_filename == name
        return download.value.path().read_text("utf-8")
