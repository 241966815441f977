"""Executors of every kind for the tests of this folder, and the services that these need."""

from __future__ import annotations

import pytest

from support.executors.places import places

__all__ = ["places"]

SERVICES = {"e2b": "e2b", "modal": "modal"}
"""Kind → the fixture of its service."""


@pytest.fixture
def service(request: pytest.FixtureRequest) -> None:
    """Whatever an executor of the test's kind needs outside this process."""
    kind = request.node.callspec.params.get("kind") or request.getfixturevalue("executor_type")
    if kind in SERVICES:
        request.getfixturevalue(SERVICES[kind])
