"""One page with one conversation for many attacks: opening a page for each would take minutes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from e2e.conftest import ROOT, browser_type_launch_args, site  # noqa: F401 - fixtures
from support.page.agent_page import AgentPage
from support.page.unfenced import unfenced_site

from .attacker import Attacker


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Playwright keeps an event loop in this thread, so tests with one of their own come first."""
    here = Path(__file__).parent
    items.sort(key=lambda item: here in item.path.parents and "playwright" in item.fixturenames)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def unfenced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the site without its fence."""
    with unfenced_site(ROOT / "dist", tmp_path_factory.mktemp("unfenced")) as address:
        yield address


@pytest.fixture(scope="module")
def attacker(browser: Browser, site: str) -> Iterator[Attacker]:  # noqa: F811
    """A page whose agent runs the attacks of this module."""
    with browser.new_context() as context, AgentPage(context.new_page(), site) as agent_page:
        agent_page.open(deadlineS=10)
        yield Attacker(agent_page)


@pytest.fixture(scope="module")
def loose_attacker(browser: Browser, unfenced: str) -> Iterator[Attacker]:
    """The same without a fence: what an attack reaches here, the fence holds back elsewhere."""
    with browser.new_context() as context, AgentPage(context.new_page(), unfenced) as agent_page:
        agent_page.open(deadlineS=10)
        yield Attacker(agent_page)
