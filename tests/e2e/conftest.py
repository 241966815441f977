"""The built site, served, and a browser for it. scripts/test builds dist/ first."""

from __future__ import annotations

import os
import queue
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from pyagent.server import serve
from support.page.agent_page import AgentPage
from support.page.builtin_page import BuiltinPage
from support.page.gallery_page import Gallery, served_gallery

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
MODELS = ROOT / ".cache" / "models"


@pytest.fixture(scope="session")
def site() -> str:
    """Address of the served dist/, with a slash at its end."""
    addresses: queue.Queue[str] = queue.Queue()

    def run() -> None:
        serve(ROOT / "dist", 0, MODELS, on_ready=addresses.put)

    threading.Thread(target=run, name="site", daemon=True).start()
    return addresses.get(timeout=15)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium that scripts/test found; by hand, that of this machine or Playwright's."""
    executable = os.environ.get("PYAGENT_CHROMIUM") or shutil.which("chromium")
    chosen = {} if executable is None else {"executable_path": executable}
    return {**browser_type_launch_args, **chosen, "args": [*CHROMIUM_ARGUMENTS]}


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """Address of the element's gallery."""
    with served_gallery() as address:
        yield address


@pytest.fixture
def scene(page: Page, gallery: str) -> Gallery:
    """The gallery, not yet opened."""
    return Gallery(page, gallery)


@pytest.fixture
def agent_page(page: Page, site: str) -> Iterator[AgentPage]:
    """A page with the agent and a scripted model behind it, not yet opened."""
    with AgentPage(page, site) as opened:
        yield opened


@pytest.fixture
def builtin_page(page: Page, site: str) -> Iterator[BuiltinPage]:
    """A page in a browser with a model of its own, not yet opened."""
    with BuiltinPage(page, site) as opened:
        yield opened
