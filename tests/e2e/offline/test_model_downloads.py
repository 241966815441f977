"""Downloads of a model that go wrong: what the person reads, what is kept, and how it goes on."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from support.page.kept_page import START_MS
from support.page.rough_host import Manners

WEIGHTS = b"GGUF" + hashlib.shake_128(b"weights").digest(6_000_000)
SIZE = len(WEIGHTS)
_FILES = """async () => {
  const root = await navigator.storage.getDirectory();
  return Array.fromAsync((await root.getDirectoryHandle("pyagent-models")).keys());
}"""
_QUOTA = "Storage.overrideQuotaForOrigin"


class ModelSettings:
    """The page about local models in the settings. The model is no more than bytes to download."""

    def __init__(self, page: Page, address: str, manners: Manners) -> None:
        self.page = page
        self.address = address
        self.manners = manners

    def open(self) -> ModelSettings:
        self.page.goto(self.address)
        self.page.get_by_role("button", name="Settings").click()
        self.page.get_by_role("tab", name="Local model").click()
        return self

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name="Settings")

    def use(self) -> None:
        self.dialog.get_by_role("button", name="Use this model").click()

    def expect_text(self, text: str | re.Pattern[str]) -> None:
        expect(self.dialog.get_by_text(text, exact=True).first).to_be_visible()

    def expect_complete(self) -> None:
        """Wait for the whole file. No engine can start from it, so the page is loaded again."""
        ends = time.monotonic() + START_MS / 1000
        while not any(name.endswith(".ok") for name in self.page.evaluate(_FILES)):
            assert time.monotonic() < ends, "the download did not end"
            self.page.wait_for_timeout(50)
        self.open().expect_text("on this device")

    def leave(self, room: int | None) -> None:
        """Let the browser have no more than some bytes left for this site."""
        usage = self.page.evaluate("navigator.storage.estimate().then(({ usage }) => usage)")
        size = {} if room is None else {"quotaSize": usage + room}
        origin = self.address.split("/some")[0]
        self.page.context.new_cdp_session(self.page).send(_QUOTA, {"origin": origin, **size})


@pytest.fixture
def settings(profile: BrowserContext, copy: Any) -> Iterator[ModelSettings]:
    """The settings of a site with one model, not yet opened."""
    entry = {
        "id": "tiny",
        "name": "Tiny",
        "url": "models/tiny.gguf",
        "bytes": SIZE,
        "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        "licence": "MIT",
        "notes": "For tests.",
        "contextTokens": 512,
        "promptStyle": "short",
        "default": True,
    }
    (copy.folder / "models.json").write_text(json.dumps([entry]))
    manners = copy.host.treat("models/tiny.gguf", content=WEIGHTS)
    page = profile.new_page()
    page.set_default_timeout(START_MS)
    expect.set_options(timeout=START_MS)
    yield ModelSettings(page, copy.address, manners)
    manners.go_on.set()


def test_download_goes_on_after_the_tab_was_loaded_again(settings: ModelSettings) -> None:
    settings.manners.silent_after = 2_000_000
    settings.open().use()
    settings.expect_text(re.compile(r"Downloading Tiny · [\d.]+ MB of 6\.0 MB"))
    settings.expect_text(re.compile(r"2\.0 MB of 6\.0 MB"))

    settings.open()

    settings.expect_text("2.0 MB of 6.0 MB here")
    settings.manners.silent_after = None
    settings.use()
    settings.expect_complete()
    assert settings.manners.ranges == [None, "bytes=2000000-"]


def test_person_stops_a_download_and_removes_its_part(settings: ModelSettings) -> None:
    settings.manners.silent_after = 3_000_000
    settings.open().use()
    settings.expect_text(re.compile(r"3\.0 MB of 6\.0 MB"))

    settings.dialog.get_by_role("button", name="Cancel loading").click()

    settings.expect_text("3.0 MB of 6.0 MB here")
    settings.dialog.get_by_role("button", name="Remove the part of Tiny from this device").click()
    expect(settings.dialog.get_by_text("of 6.0 MB here")).to_have_count(0)
    assert settings.page.evaluate(_FILES) == []


def test_lost_connections_are_made_again_by_themselves(settings: ModelSettings) -> None:
    settings.manners.cuts = [1_000_000, 1_500_000, 10]
    settings.open().use()

    settings.expect_complete()

    starts = ["bytes=1000000-", "bytes=2500000-", "bytes=2500010-"]
    assert settings.manners.ranges == [None, *starts]


def test_host_without_ranges_starts_over_and_the_page_says_so(settings: ModelSettings) -> None:
    settings.manners.takes_ranges = False
    settings.manners.cuts = [1_000_000]
    settings.manners.silent_after = 2_000_000
    settings.open().use()

    settings.expect_text("The host cannot continue a download, so it starts over.")

    settings.manners.go_on.set()
    settings.expect_complete()


@pytest.mark.parametrize(
    ("manners", "sentence"),
    [
        ({"statuses": [404] * 9}, "answered 404 for Tiny"),
        ({"statuses": [503] * 9}, "answered 503"),
        ({"content": b"<html>Log in to this network."}, "it has 29 bytes instead of 6000004"),
        ({"content": WEIGHTS[:-5]}, "it has 5999999 bytes instead of 6000004"),
        ({"content": WEIGHTS + b"more"}, "it has 6000008 bytes instead of 6000004"),
    ],
)
def test_what_a_host_does_wrong_is_said_and_the_part_stays(
    settings: ModelSettings, manners: dict[str, Any], sentence: str
) -> None:
    settings.manners.silent_after = 2_000_000
    settings.open().use()
    settings.expect_text(re.compile(r"2\.0 MB of 6\.0 MB"))
    settings.dialog.get_by_role("button", name="Cancel loading").click()
    settings.manners.silent_after = None
    for name, value in manners.items():
        setattr(settings.manners, name, value)
    settings.manners.takes_ranges = False

    settings.use()

    settings.expect_text(re.compile(re.escape(sentence)))
    settings.expect_text("2.0 MB of 6.0 MB here")
    settings.manners.statuses, settings.manners.content = [], WEIGHTS
    settings.manners.takes_ranges = True
    settings.use()
    settings.expect_complete()
    assert settings.manners.ranges[-1] == "bytes=2000000-"


def test_wrong_bytes_are_refused(settings: ModelSettings) -> None:
    settings.manners.content = WEIGHTS[:-4] + b"XXXX"
    settings.open().use()

    settings.expect_text(re.compile("is not the model it should be: its SHA-256 differs"))
    expect(settings.dialog.get_by_text("on this device", exact=True)).to_have_count(0)


def test_full_disk_is_said_and_the_next_try_goes_on(settings: ModelSettings) -> None:
    settings.manners.silent_after = 1_000_000
    settings.open().use()
    settings.expect_text(re.compile(r"1\.0 MB of 6\.0 MB"))
    settings.leave(1_000_000)

    settings.manners.go_on.set()

    settings.expect_text("The browser's storage is full, so Tiny is not complete.")
    settings.leave(None)
    settings.manners.silent_after = None
    settings.use()
    settings.expect_complete()
    assert re.fullmatch(r"bytes=\d{7}-", settings.manners.ranges[-1] or "")
