"""Code that is too much costs a step where sandboxes start from the prepared memory, too."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_resources import (
    test_checkpoint_that_cannot_be_read_is_given_up,
    test_code_that_is_too_much_costs_a_step,
    test_forged_displays_are_counted_by_the_trusted_side,
    tight,
)
