"""Firefox in place of Chromium. Playwright drives it with WebDriver BiDi, as it is installed.

Most tests in this folder are those of other folders, imported by name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from support.page.person import LONGEST_MS, Person

from ..offline.conftest import copy, kept  # noqa: F401 - fixtures


@pytest.hookimpl(wrapper=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Any:
    """Give these tests Firefox, whatever --browser says for the others."""
    chosen = metafunc.config.option.browser
    metafunc.config.option.browser = ["firefox"]
    try:
        return (yield)
    finally:
        metafunc.config.option.browser = chosen


@pytest.fixture(scope="session")
def browser_type_launch_args(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The Firefox that scripts/test found; by hand, that of this machine."""
    found = (shutil.which(name) for name in ("firefox-esr", "firefox"))
    executable = os.environ.get("PYAGENT_FIREFOX") or next(filter(None, found), None)
    if executable is None:
        pytest.skip("There is no Firefox. Install it, or set PYAGENT_FIREFOX to its path.")
    folder = tmp_path_factory.mktemp("downloads")
    return {
        "channel": "moz-firefox",
        "executable_path": executable,
        "downloads_path": folder,
        # After failed connections Firefox makes the next ones wait, up to a minute. Attacks fail.
        "firefox_user_prefs": {"network.websocket.delay-failed-reconnects": False},
    }


@pytest.fixture
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A container of the one Firefox of these tests: nothing is stored in it yet."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(autouse=True)
def downloads(
    monkeypatch: pytest.MonkeyPatch, browser_type_launch_args: dict[str, Any]
) -> Iterator[None]:
    """Playwright hears of no download in Firefox, so the file is read from the folder."""
    folder: Path = browser_type_launch_args["downloads_path"]

    def download(person: Person, name: str) -> str:
        person.page.get_by_role("button", name=f"Download {name}").click()
        for _ in range(LONGEST_MS // 100):
            if (folder / name).exists() and not (folder / f"{name}.part").exists():
                break
            person.page.wait_for_timeout(100)
        return (folder / name).read_text("utf-8")

    monkeypatch.setattr(Person, "download", download)
    yield
    for file in folder.iterdir():
        file.unlink()
