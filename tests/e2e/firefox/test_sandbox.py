"""The sandbox holds in Firefox: nothing gets out of it, and nothing in it stops the agent."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_isolation import (
    canary,
    test_control_without_a_fence_the_same_probes_get_through,
    test_forged_messages_cost_the_sandbox_and_nothing_else,
    test_javascript_in_the_sandbox_reaches_nothing,
    test_python_in_the_sandbox_reaches_nothing,
    test_the_key_is_nowhere_in_the_memory_of_the_sandbox,
)
from ..test_kill import test_a_killed_step_is_told_and_the_next_one_has_the_variables
