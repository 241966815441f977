"""A page whose model is on a host with a name, so that it needs a network to be reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserType

from support.page.agent_page import AgentPage
from support.page.far_page import HOST, FarPage


@pytest.fixture(scope="module")
def far(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], site: str
) -> Iterator[AgentPage]:
    """One page for all tests of a file, with a variable that must outlive what happens."""
    arguments = [*browser_type_launch_args["args"], f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    browser = browser_type.launch(**{**browser_type_launch_args, "args": arguments})
    with FarPage(browser.new_page(), site) as opened:
        opened.open()
        assert opened.answer("kept = 41\nfinal_answer(kept)") == 41
        yield opened
    browser.close()
