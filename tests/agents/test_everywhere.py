"""The cases that must come out alike on CPython and in a page, on CPython."""

from __future__ import annotations

import asyncio

import pytest
from everywhere import Place
from everywhere_all import CASES

from pyagent import LocalExecutor

HERE = Place(make_executor=LocalExecutor, has_threads=True)
LIMIT_S = 60.0


@pytest.mark.parametrize("name", CASES)
def test_agents_and_models_work_on_cpython(name: str) -> None:
    asyncio.run(asyncio.wait_for(CASES[name](HERE), LIMIT_S))
