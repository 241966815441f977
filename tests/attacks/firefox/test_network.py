"""In Firefox, too, no code reaches a server."""

# ruff: noqa: F401 - pytest runs what this module imports.

from __future__ import annotations

from ..test_network import (
    hearing,
    silent,
    test_in_a_window_javascript_gets_out,
    test_javascript_reaches_no_server,
    test_python_reaches_no_server,
    test_without_the_fence_javascript_gets_out,
    test_without_the_fence_python_gets_out,
    window,
)
