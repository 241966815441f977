"""A developer's machine: a rebuilt site is there on the next load."""

from __future__ import annotations

from typing import Any

from support.page.kept_page import KeptPage


def test_rebuilt_site_is_seen_on_the_next_load(kept: KeptPage, copy: Any) -> None:
    new = copy.publish("month,rain\n")

    kept.reload()

    assert kept.build == new
    assert kept.isolated
    assert kept.text("samples/seattle-weather.csv") == "month,rain\n"
    builds = "(await caches.keys()).filter((name) => name.startsWith('pyagent-build'))"
    kept.wait(f"{builds}.every((name) => name.includes('{new}'))")  # the old one is deleted
    assert not kept.state["update"]
    copy.host.off()
    kept.reload()
    assert kept.build == new
