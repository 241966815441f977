"""A Firefox that keeps nothing, or nothing for long: the page starts, and says so."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserType

from support.page.kept_page import KeptPage

SETTINGS = {
    "a private window": (
        {"browser.privatebrowsing.autostart": True},
        "ready",
        "it keeps no local model, and forgets the page when you close it",
    ),
    "no site may store data": (
        {"network.cookie.cookieBehavior": 2},
        "failed",
        "Leave the private window, or allow this site to store data.",
    ),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_page_that_is_not_kept_starts_and_says_so(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], copy: Any, setting: str
) -> None:
    preferences, phase, sentence = SETTINGS[setting]
    firefox = browser_type.launch(**browser_type_launch_args | {"firefox_user_prefs": preferences})
    with firefox, firefox.new_context() as context:
        kept = KeptPage(context, copy.address)

        kept.wait_for("problem !== null")

        assert kept.state["phase"] == phase
        assert sentence in kept.state["problem"]
