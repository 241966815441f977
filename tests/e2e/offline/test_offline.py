"""The page after one visit: without a network, on a host without headers, below a path."""

from __future__ import annotations

from collections import Counter
from typing import Any

from playwright.sync_api import BrowserContext, expect

from support.page.kept_page import KeptPage


def test_page_opens_and_runs_code_without_a_network(kept: KeptPage, copy: Any) -> None:
    copy.host.off()
    kept.close()

    page = kept.again()
    result = page.demonstrate()

    assert result["success"]
    assert result["steps"] >= 2
    assert "November" in result["output"]
    expect(page.page.get_by_text("Ready offline")).to_be_visible()


def test_nothing_is_sent_twice(kept: KeptPage, copy: Any) -> None:
    kept.reload()
    kept.again().demonstrate()

    # Each load asks for these, because they change without a new build, and may take them again.
    changing = ("service-worker.js", "models.json")
    sent = [path.split("?")[0] for path in copy.host.sent if not path.endswith(changing)]
    twice = [path for path, count in Counter(sent).items() if count > 1]
    assert twice == []


def test_second_load_is_isolated_on_a_host_without_headers(kept: KeptPage) -> None:
    assert not kept.isolated

    kept.reload()

    assert kept.isolated
    worker = kept.page.evaluate(
        "() => new SharedArrayBuffer(8).byteLength"  # threads stand on this
    )
    assert worker == 8
    assert kept.demonstrate()["success"]


def test_browser_without_jspi_gets_what_it_needs_from_the_worker(
    profile: BrowserContext, copy: Any
) -> None:
    profile.add_init_script("delete WebAssembly.Suspending")
    page = profile.new_page()
    page.goto(copy.address)
    page.wait_for_event("framenavigated", timeout=60_000)  # it is loaded again, once

    page.evaluate("() => document.querySelector('py-agent').ready")
    assert page.evaluate("crossOriginIsolated")


def test_page_of_somebody_else_registers_nothing(profile: BrowserContext, copy: Any) -> None:
    (copy.folder / "theirs.html").write_text(
        '<script type="module" src="pyagent.js"></script><py-agent></py-agent>'
    )
    page = profile.new_page()
    page.goto(f"{copy.address}theirs.html")
    page.evaluate("() => document.querySelector('py-agent').ready")
    page.wait_for_timeout(1000)  # our own page has registered by then

    found = page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)")
    assert found == 0
