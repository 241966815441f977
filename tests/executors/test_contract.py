"""Every executor passes the same cases. An end-to-end test runs them on the browser's executor."""

from __future__ import annotations

import asyncio

import pytest

from contracts.executor.all_cases import CASES
from pyagent.executors.kinds import EXECUTORS, make_executor


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("executor_type", EXECUTORS)
@pytest.mark.parametrize("case", CASES)
def test_contract(executor_type: str, case: str) -> None:
    async def scenario() -> None:
        executor = make_executor(executor_type)
        try:
            await executor.start()
            await CASES[case](executor)
        finally:
            await executor.aclose()

    asyncio.run(scenario())
