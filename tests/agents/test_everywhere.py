"""The cases that must come out alike on CPython and in a page, on CPython."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from contracts.everywhere.all_cases import CASES
from contracts.everywhere.cases import Place
from pyagent import LocalExecutor

LIMIT_S = 60.0


def wait(work: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result(LIMIT_S)


HERE = Place(make_executor=LocalExecutor, has_threads=True, wait=wait)


@pytest.mark.parametrize("name", CASES)
def test_agents_and_models_work_on_cpython(name: str) -> None:
    asyncio.run(asyncio.wait_for(CASES[name](HERE), LIMIT_S))
