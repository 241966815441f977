"""A person's task with an uploaded CSV in Firefox: a table, a plot, a file, an answer."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..page.test_page_weather import rain, test_a_person_has_a_file_evaluated
