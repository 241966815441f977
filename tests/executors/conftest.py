"""The services that executors need, each once for all tests."""

from __future__ import annotations

import pytest

SERVICES = {"e2b": "e2b", "modal": "modal"}
"""Executor → the fixture of its service."""


@pytest.fixture
def service(executor_type: str, request: pytest.FixtureRequest) -> None:
    """Whatever an executor of that kind needs outside this process."""
    if executor_type in SERVICES:
        request.getfixturevalue(SERVICES[executor_type])
