"""Data tasks without a network, after a visit that used their packages.

The replies come from an endpoint of the machine, which needs no network.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from support.page.agent_page import AgentPage
from support.page.kept_page import KeptPage

from ..data_tasks.solving import solve
from ..data_tasks.task_files import tasks
from ..data_tasks.test_data_tasks import FORGET, check_steps, skip_without
from ..data_tasks.values import check_artefacts, check_value
from .conftest import copied_site

TASKS = [
    *("rainiest-month", "mpg-by-origin", "members-cp1252", "merged-header"),
    *("shop-sqlite", "wine-clusters", "iris-heatmap", "photo-thumbnail"),
]
USE = "import matplotlib, numpy, openpyxl, pandas, PIL, scipy, seaborn, sklearn\nfinal_answer(None)"


@pytest.fixture(scope="module")
def offline_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentPage]:
    """A page that was visited once, and whose host is gone."""
    folder = tmp_path_factory.mktemp("site")
    with copied_site(folder) as copied, browser.new_context() as context:
        first = KeptPage(context, copied.address).wait_until_kept()
        with AgentPage(first.page, copied.address) as page:
            page.open().answer(USE)
            copied.host.off()
            yield page.open()
            copied.host.on()


@pytest.mark.parametrize("name", TASKS)
def test_data_task_without_a_network(offline_page: AgentPage, name: str) -> None:
    task = tasks()[name]
    skip_without(task["needs"])
    offline_page.run(FORGET)
    solved = solve(offline_page, task)
    check_steps(solved, task)
    check_value(solved, task["expect"])
    check_artefacts(solved, task["expect"]["artefacts"])
