"""A page that keeps its conversations."""

from __future__ import annotations

import pytest

from support.page.agent_page import AgentPage
from support.page.conversation_page import ConversationPage


@pytest.fixture
def kept(agent_page: AgentPage) -> ConversationPage:
    """A page with the scripted model, not yet opened."""
    return ConversationPage(agent_page)
