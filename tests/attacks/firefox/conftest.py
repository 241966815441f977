"""Firefox in place of Chromium, as in ``tests/e2e/firefox``."""

from __future__ import annotations

from e2e.firefox.conftest import (  # noqa: F401 - a hook and a fixture
    browser_type_launch_args,
    pytest_generate_tests,
)
