"""A browser that has no room: the page works, and says what is wrong."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page

from support.page.kept_page import START_MS, KeptPage

LITTLE = 1_000_000
_USED = "navigator.storage.estimate().then(({ usage }) => usage)"


def leave(page: Page, address: str, left: int, used: int = 0) -> None:
    session = page.context.new_cdp_session(page)
    origin = {"origin": address.split("/some")[0], "quotaSize": used + left}
    session.send("Storage.overrideQuotaForOrigin", origin)


def test_page_without_room_works_and_says_why_it_is_not_kept(
    profile: BrowserContext, copy: Any
) -> None:
    page = profile.new_page()
    leave(page, copy.address, LITTLE)
    page.set_default_timeout(START_MS)

    kept = KeptPage(profile, copy.address)
    kept.wait_for("problem !== null")

    assert "because the browser's storage is full" in kept.state["problem"]
    assert kept.state["phase"] == "failed"
    assert kept.demonstrate()["success"]
    names = kept.page.evaluate("caches.keys()")
    assert [name for name in names if name.startswith("pyagent-build")] == []


def test_update_without_room_leaves_the_version_that_is_there(kept: KeptPage, copy: Any) -> None:
    old = kept.build
    worker = copy.folder / "service-worker.js"
    worker.write_text(worker.read_text().replace('"localhost"', '"developer.test"'))
    copy.publish("month,rain\n" * 1_000_000)
    leave(kept.page, copy.address, LITTLE, kept.page.evaluate(_USED))

    kept.look_for_update()
    kept.wait_for("problem !== null")

    assert "because the browser's storage is full. This one stays." in kept.state["problem"]
    copy.host.off()
    kept.reload()
    assert kept.build == old
