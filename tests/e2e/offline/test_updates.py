"""New builds: announced, never mixed with the old one, and left out when they are damaged."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from support.page.kept_page import KeptPage

SAMPLE = "samples/seattle-weather.csv"


@pytest.fixture(autouse=True)
def not_on_localhost(copy: Any) -> None:
    """On localhost, the worker asks the server first. Elsewhere it must not."""
    worker = copy.folder / "service-worker.js"
    worker.write_text(worker.read_text().replace('"localhost"', '"developer.test"'))


def test_update_waits_for_the_person_and_each_tab_keeps_its_build(
    kept: KeptPage, copy: Any
) -> None:
    old = kept.build
    other = kept.again()
    new = copy.publish("month,rain\nMay,1\n")
    kept.look_for_update()
    kept.wait_for("update")

    assert kept.again().build == old  # until somebody agrees
    expect(kept.page.get_by_text("A new version is ready.")).to_be_visible()
    with kept.page.expect_navigation():
        kept.page.get_by_role("button", name="Reload").click()

    assert kept.build == new
    assert kept.text(SAMPLE) == "month,rain\nMay,1\n"
    assert other.build == old
    assert other.text(SAMPLE).startswith("date,precipitation")
    assert other.demonstrate()["success"]
    other.wait_for("update")
    other.reload()
    assert other.build == new


def test_update_takes_only_what_has_changed(kept: KeptPage, copy: Any) -> None:
    copy.publish("month,rain\n")
    copy.host.sent.clear()

    kept.look_for_update()
    kept.wait_for("update")

    sent = {path.rsplit("path/", 1)[1] for path in copy.host.sent}
    assert sent == {"", "main.js", "samples/seattle-weather.csv", "service-worker.js"}


@pytest.mark.parametrize("damage", ["missing", "wrong"])
def test_damaged_update_is_discarded(kept: KeptPage, copy: Any, damage: str) -> None:
    old = kept.build
    copy.publish("month,rain\n")
    sample = copy.folder / SAMPLE
    sample.unlink() if damage == "missing" else sample.write_text("month,rain\r\n")

    kept.look_for_update()
    kept.wait_for("problem !== null")

    assert "A new version could not be loaded, so this one stays." in kept.state["problem"]
    copy.host.off()
    kept.reload()
    assert kept.build == old
    assert kept.demonstrate()["success"]
    names = kept.page.evaluate("caches.keys()")
    assert len([name for name in names if name.startswith("pyagent-build")]) == 1


def test_update_that_comes_whole_after_a_damaged_one_is_taken(kept: KeptPage, copy: Any) -> None:
    new = copy.publish("month,rain\n")
    sample = (copy.folder / SAMPLE).read_text()
    (copy.folder / SAMPLE).write_text("half")
    kept.look_for_update()
    kept.wait_for("problem !== null")

    (copy.folder / SAMPLE).write_text(sample)
    kept.look_for_update()
    kept.wait_for("update")
    with kept.page.expect_navigation():
        kept.page.get_by_role("button", name="Reload").click()

    assert kept.build == new
    assert kept.state["problem"] is None
