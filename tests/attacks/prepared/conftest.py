"""Attacks in sandboxes that start from the memory in which pandas is imported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from support.page.agent_page import AgentPage
from support.page.prepared import IS_PREPARED, open_prepared, site_has_memory, use_pandas_once

from ..attacker import Attacker


@pytest.fixture(scope="module")
def attacker(browser: Browser, site: str) -> Iterator[Attacker]:
    """A later visit, whose sandboxes start from the memory, before and after the attacks."""
    if not site_has_memory():
        pytest.skip("There is no memory for this build.")
    with browser.new_context() as context, AgentPage(context.new_page(), site) as agent_page:
        use_pandas_once(agent_page)
        open_prepared(agent_page, deadlineS=10)
        attacker = Attacker(agent_page)
        assert attacker.answer(IS_PREPARED) is True
        yield attacker
        assert attacker.answer(IS_PREPARED) is True
