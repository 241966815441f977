"""New builds of the page are announced and taken in Firefox as in Chromium."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from typing import Any

from support.page.kept_page import KeptPage

from ..offline.test_updates import (
    not_on_localhost,
    test_update_takes_only_what_has_changed,
    test_update_waits_for_the_person_and_each_tab_keeps_its_build,
)
from ..offline.test_updates import test_damaged_update_is_discarded as discarded


def test_damaged_update_is_discarded(kept: KeptPage, copy: Any) -> None:
    discarded(kept, copy, "wrong")
