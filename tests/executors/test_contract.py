"""Every executor passes the same cases. An end-to-end test runs them on the browser's executor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from contracts.executor.all_cases import CASES
from support.executors.places import KINDS, Family, Places


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for all cases, so that guests can wait there, started."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def families(places: Places, loop: asyncio.Runner) -> Iterator[dict[str, Family]]:
    made: dict[str, Family] = {kind: Family(places, kind) for kind in KINDS}
    yield made
    for family in made.values():
        loop.run(family.close())


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_contract(kind: str, case: str, families: dict[str, Family], loop: asyncio.Runner) -> None:
    async def scenario() -> None:
        executor = await families[kind].member()
        try:
            await executor.start()
            await CASES[case](executor)
        finally:
            await executor.aclose()

    loop.run(scenario())
