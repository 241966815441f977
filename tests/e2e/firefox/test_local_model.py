"""A local model solves a sum and a task on a CSV without a network in Firefox, and has threads."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..offline.test_solving_offline import (
    test_local_model_solves_a_sum_and_a_csv_without_a_network,
)
from ..test_local_model import (
    engine,
    open_page,
    test_a_model_with_threads_starts_under_the_policy_of_the_page,
)
