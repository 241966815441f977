"""The tasks in a sandbox that starts from the memory in which pandas is imported."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from support.page.agent_page import AgentPage
from support.page.prepared import open_prepared, site_has_memory, use_pandas_once

from .test_data_tasks import test_data_task


@pytest.fixture(scope="module")
def data_page(browser: Browser, site: str) -> Iterator[AgentPage]:
    """A later visit, whose agent solves one task after the other."""
    if not site_has_memory():
        pytest.skip("There is no memory for this build.")
    with AgentPage(browser.new_page(), site) as opened:
        use_pandas_once(opened)
        open_prepared(opened)
        yield opened
