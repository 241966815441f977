"""Every executor passes the same cases. The browser's runs them through an end-to-end test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from contracts.executor.all_cases import CASES
from pyagent.executors.base import Executor
from pyagent.executors.local import LocalExecutor

EXECUTORS: dict[str, Callable[[], Executor]] = {"local": LocalExecutor}


@pytest.mark.parametrize("executor_type", EXECUTORS)
@pytest.mark.parametrize("case", CASES)
def test_contract(executor_type: str, case: str) -> None:
    async def scenario() -> None:
        executor = EXECUTORS[executor_type]()
        try:
            await executor.start()
            await CASES[case](executor)
        finally:
            await executor.aclose()

    asyncio.run(scenario())
