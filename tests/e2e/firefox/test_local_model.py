"""A local model solves a sum and a task on a CSV without a network in Firefox."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..offline.test_solving_offline import (
    test_local_model_solves_a_sum_and_a_csv_without_a_network,
)
