"""A sandbox that starts from the prepared memory reaches no server, either."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_network import (
    silent,
    test_javascript_reaches_no_server,
    test_python_reaches_no_server,
)
