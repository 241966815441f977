"""A sandbox that starts from the prepared memory finds nothing of what the page keeps."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_storage import (
    planted,
    test_nobody_in_the_page_hears_a_broadcast,
    test_nothing_of_the_page_is_found,
    test_python_cannot_keep_its_folder,
)
