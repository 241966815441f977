"""The services that executors need, each once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.executors.cloud import e2b_service, modal_service

SERVICES = {"e2b": "e2b", "modal": "modal"}
"""Executor → the fixture of its service."""


@pytest.fixture
def service(executor_type: str, request: pytest.FixtureRequest) -> None:
    """Whatever an executor of that kind needs outside this process."""
    if executor_type in SERVICES:
        request.getfixturevalue(SERVICES[executor_type])


@pytest.fixture(scope="session")
def e2b() -> Iterator[e2b_service.E2BService]:
    with pytest.MonkeyPatch.context() as patch, e2b_service.E2BService() as service:
        patch.setenv("E2B_API_KEY", e2b_service.KEY)
        patch.setenv("E2B_API_URL", service.url)
        patch.setenv("E2B_SANDBOX_URL", service.url)
        yield service


@pytest.fixture(scope="session")
def modal() -> Iterator[modal_service.ModalService]:
    with pytest.MonkeyPatch.context() as patch, modal_service.ModalService() as service:
        patch.setenv("MODAL_SERVER_URL", service.url)
        patch.setenv("MODAL_TOKEN_ID", modal_service.TOKEN_ID)
        patch.setenv("MODAL_TOKEN_SECRET", modal_service.TOKEN_SECRET)
        yield service
