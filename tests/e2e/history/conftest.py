"""A page that keeps its conversations."""

from __future__ import annotations

import pytest

from support.page.agent_page import AgentPage
from support.page.kept_page import KeptPage


@pytest.fixture
def kept(agent_page: AgentPage) -> KeptPage:
    """A page with the scripted model, not yet opened."""
    return KeptPage(agent_page)
