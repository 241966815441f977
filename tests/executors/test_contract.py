"""Every executor passes the same cases. An end-to-end test runs them on the browser's executor."""

from __future__ import annotations

import asyncio

import pytest

from contracts.executor.all_cases import CASES
from support.executors.places import KINDS, Places


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_contract(kind: str, case: str, places: Places) -> None:
    async def scenario() -> None:
        executor = places.make(kind)
        try:
            await executor.start()
            await CASES[case](executor)
        finally:
            await executor.aclose()

    asyncio.run(scenario())
