"""The stand-ins as fixtures, each started once for all tests that ask for it.

The libraries are imported only then, because importing them takes a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def e2b() -> Iterator[Any]:
    from support.executors.cloud import e2b_service

    with pytest.MonkeyPatch.context() as patch, e2b_service.E2BService() as service:
        patch.setenv("E2B_API_KEY", e2b_service.KEY)
        patch.setenv("E2B_API_URL", service.url)
        patch.setenv("E2B_SANDBOX_URL", service.url)
        yield service


@pytest.fixture(scope="session")
def modal() -> Iterator[Any]:
    from support.executors.cloud import modal_service

    with pytest.MonkeyPatch.context() as patch, modal_service.ModalService() as service:
        patch.setenv("MODAL_SERVER_URL", service.url)
        patch.setenv("MODAL_TOKEN_ID", modal_service.TOKEN_ID)
        patch.setenv("MODAL_TOKEN_SECRET", modal_service.TOKEN_SECRET)
        yield service
