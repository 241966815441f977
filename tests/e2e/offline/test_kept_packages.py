"""Packages for a time without a network: kept by a person, or because code has used them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from support.models.scripted_server import streamed
from support.page.agent_page import AgentPage, step
from support.page.kept_page import START_MS, KeptPage
from support.page.rough_host import Manners

USE = "import openpyxl, et_xmlfile\nfinal_answer(openpyxl.__name__)"


@pytest.fixture(autouse=True)
def patience() -> None:
    expect.set_options(timeout=START_MS)


@pytest.fixture
def agent(kept: KeptPage, copy: Any) -> Iterator[AgentPage]:
    """The page with a scripted model, whose host may go off."""
    with AgentPage(kept.page, copy.address) as page:
        yield page.open()


def open_settings(page: Page) -> Locator:
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("tab", name="Offline").click()
    dialog = page.get_by_role("dialog", name="Settings")
    expect(dialog.get_by_text("Python packages")).to_be_visible()
    return dialog


def keep(dialog: Locator, name: str) -> None:
    dialog.get_by_role("button", name=f"Keep {name} for offline use").click()


def removal(dialog: Locator, name: str) -> Locator:
    return dialog.get_by_role("button", name=f"Remove {name} from this device")


def treat(copy: Any, package: str, **manners: Any) -> Manners:
    lock = json.loads((copy.folder / "packages" / "lock.json").read_text())
    treated: Manners = copy.host.treat(lock["packages"][package]["file"], **manners)
    return treated


def sent(copy: Any, package: str) -> int:
    return sum(f"/{package}-" in path for path in copy.host.sent)


def test_package_that_a_person_keeps_works_without_a_network(agent: AgentPage, copy: Any) -> None:
    dialog = open_settings(agent.page)
    keep(dialog, "openpyxl")
    expect(removal(dialog, "openpyxl")).to_be_visible()
    copy.host.off()

    agent.open()

    assert agent.answer(USE) == "openpyxl"
    assert (sent(copy, "openpyxl"), sent(copy, "et_xmlfile")) == (1, 1)


def test_package_that_code_has_used_is_kept_and_shown(agent: AgentPage, copy: Any) -> None:
    assert agent.answer(USE) == "openpyxl"
    dialog = open_settings(agent.page)
    expect(removal(dialog, "openpyxl")).to_be_visible()
    expect(dialog.get_by_text("1 of 18 kept")).to_be_visible()
    copy.host.off()

    agent.open()

    assert agent.answer(USE) == "openpyxl"


def test_download_that_a_person_stops_goes_on_later(kept: KeptPage, copy: Any) -> None:
    manners = treat(copy, "networkx", silent_after=1_000_000)
    dialog = open_settings(kept.page)
    keep(dialog, "all of Numbers and tables")
    expect(dialog.get_by_text(re.compile("^Downloading networkx"))).to_be_visible()
    expect(dialog.get_by_text("for pandas and 2 more")).to_be_visible()

    dialog.get_by_role("button", name="Stop loading").click()

    expect(dialog.get_by_text(re.compile("^Downloading"))).to_have_count(0)
    manners.silent_after = None
    keep(dialog, "networkx")
    expect(removal(dialog, "networkx")).to_be_visible()
    assert manners.ranges == [None, "bytes=1000000-"]
    assert sent(copy, "scipy") == 1


def test_wrong_package_is_refused_and_the_others_stay(kept: KeptPage, copy: Any) -> None:
    manners = treat(copy, "pypdf", content=b"\x1f\x8b" + bytes(632_138))
    dialog = open_settings(kept.page)
    keep(dialog, "xlrd")
    expect(removal(dialog, "xlrd")).to_be_visible()
    keep(dialog, "pypdf")
    expect(dialog.get_by_text(re.compile("is not the package it should be"))).to_be_visible()

    manners.content = None
    keep(dialog, "pypdf")

    expect(removal(dialog, "pypdf")).to_be_visible()
    expect(removal(dialog, "xlrd")).to_be_visible()
    expect(dialog.get_by_text(re.compile("is not the package it should be"))).to_have_count(0)


def test_removed_package_is_gone_and_what_another_needs_stays(kept: KeptPage) -> None:
    dialog = open_settings(kept.page)
    keep(dialog, "openpyxl")
    keep(dialog, "lxml")
    keep(dialog, "python-docx")
    expect(dialog.get_by_text("for python-docx")).to_be_visible()

    removal(dialog, "openpyxl").click()
    removal(dialog, "python-docx").click()

    expect(removal(dialog, "lxml")).to_be_visible()
    expect(dialog.get_by_text("1 of 18 kept")).to_be_visible()


def test_site_without_packages_says_so(kept: KeptPage, copy: Any) -> None:
    shutil.rmtree(copy.folder / "packages")

    dialog = open_settings(kept.page)

    expect(dialog.get_by_text("This site has no packages of its own.")).to_be_visible()
    expect(dialog.get_by_role("button", name=re.compile("Keep"))).to_have_count(0)


def test_header_says_what_is_ready_and_what_would_be_missing(kept: KeptPage) -> None:
    page = kept.page
    page.get_by_role("button", name="Ready offline").click()

    expect(page.get_by_text("The page opens, and Python runs.")).to_be_visible()
    expect(page.get_by_text(re.compile("^Not kept: pandas, numpy"))).to_be_visible()
    expect(page.get_by_text(re.compile("^No model:"))).to_be_visible()
    page.get_by_role("button", name="Keep more for offline use").click()
    keep(page.get_by_role("dialog", name="Settings"), "xlrd")
    page.get_by_role("button", name="Done").click()

    page.get_by_role("button", name="Ready offline").click()
    expect(page.get_by_text("Packages: xlrd.")).to_be_visible()


def test_run_names_the_packages_that_it_waits_for_and_can_be_stopped(
    agent: AgentPage, copy: Any
) -> None:
    manners = treat(copy, "openpyxl", silent_after=200_000)
    page = agent.page
    agent.replies.append(streamed(step(USE)))
    page.get_by_label("Task", exact=True).fill("Read it.")
    page.get_by_label("Task", exact=True).press("Enter")
    shown = re.compile(r"Loading openpyxl · \d+ kB of 3\d\d kB · \d+\s%")
    expect(page.get_by_text(shown)).to_be_visible()

    page.get_by_role("button", name="Stop", exact=True).click()

    expect(page.get_by_text("Stopped.")).to_be_visible()
    manners.go_on.set()
    assert agent.answer(USE) == "openpyxl"
