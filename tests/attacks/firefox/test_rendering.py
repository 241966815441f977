"""In Firefox, too, what is shown loads and runs nothing."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_rendering import (
    silent,
    test_markdown_loads_and_runs_nothing,
    test_page_in_a_result_loads_and_runs_nothing,
    test_the_page_shows_everything_within_its_own_policy,
    wide,
)
