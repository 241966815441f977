"""Every executor passes the same cases. An end-to-end test runs them on the browser's executor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from contracts.executor.all_cases import CASES
from pyagent.executors.kinds import EXECUTORS, make_executor
from support.executors.warm import WARM, warm_guests

OPTIONS = {"wasm": WARM}


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    with warm_guests():
        yield


@pytest.mark.parametrize("executor_type", EXECUTORS)
@pytest.mark.parametrize("case", CASES)
def test_contract(executor_type: str, case: str) -> None:
    async def scenario() -> None:
        executor = make_executor(executor_type, OPTIONS.get(executor_type))
        try:
            await executor.start()
            await CASES[case](executor)
        finally:
            await executor.aclose()

    asyncio.run(scenario())
