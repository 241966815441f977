"""One guest for each fence, one without, and the machine that they attack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.executors.places import places

from .attacker import Attackers
from .host import Host, host

__all__ = ["places"]


@pytest.fixture(scope="package")
def machine() -> Iterator[Host]:
    with host() as made:
        yield made


@pytest.fixture(scope="package")
def attackers(places: object, machine: Host) -> Iterator[Attackers]:
    made = Attackers(places, machine)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()
