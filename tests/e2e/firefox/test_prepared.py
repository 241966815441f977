"""Sandboxes start from the prepared memory in Firefox as they do in Chromium."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..page.test_page_prepared import (
    prepared,
    pytestmark,
    test_a_damaged_memory_is_passed_over_and_brought_anew,
    test_files_plots_and_later_packages_work,
    test_nothing_random_repeats_between_sandboxes,
    test_the_first_sandbox_of_a_later_visit_the_spare_and_one_after_a_kill_start_from_it,
    test_values_are_those_of_a_sandbox_that_imports_pandas_itself,
    test_variables_survive_the_loss_of_such_a_sandbox,
)
