"""In Firefox, too, code that hangs or crashes costs a step. Attacks are in ``tests/attacks``."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_kill import test_a_killed_step_is_told_and_the_next_one_has_the_variables
