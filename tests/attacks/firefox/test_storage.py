"""In Firefox, too, code finds nothing of what the page keeps."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_storage import (
    loose,
    planted,
    test_nobody_in_the_page_hears_a_broadcast,
    test_nothing_of_the_page_is_found,
    test_python_cannot_keep_its_folder,
    test_without_the_fence_a_broadcast_is_heard,
    test_without_the_fence_the_mark_is_found,
)
