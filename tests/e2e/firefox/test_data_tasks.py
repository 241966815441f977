"""Data tasks without a network in Firefox have the values and pictures of Chromium."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..offline.test_data_tasks_offline import offline_page, test_data_task_without_a_network
