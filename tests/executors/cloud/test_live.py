"""The contract against E2B and Modal themselves. A key switches these tests on; they cost cents.

PYAGENT_LIVE_E2B=KEY and PYAGENT_LIVE_MODAL=ID:SECRET. Other names than the usual ones, so that
nobody's key is used by accident.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from contracts.executor.all_cases import CASES
from contracts.executor.cases import run
from pyagent.executors.kinds import make_executor

NAMES = {"e2b": "PYAGENT_LIVE_E2B", "modal": "PYAGENT_LIVE_MODAL"}
STAND_INS = ("E2B_API_KEY", "E2B_API_URL", "E2B_SANDBOX_URL", "MODAL_SERVER_URL")


def options(kind: str) -> dict[str, str]:
    given = os.environ.get(NAMES[kind], "")
    if not given:
        pytest.skip(f"{NAMES[kind]} is not set, so {kind} itself was not tested")
    if kind == "e2b":
        return {"api_key": given}
    token_id, _, secret = given.partition(":")
    return {"token_id": token_id, "token_secret": secret}


@pytest.fixture(autouse=True)
def _no_stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in STAND_INS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_live_contract(kind: str, case: str) -> None:
    async def scenario() -> None:
        executor = make_executor(kind, options(kind))
        try:
            await executor.start()
            await CASES[case](executor)
        finally:
            await executor.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", NAMES)
def test_live_sandbox_has_no_network(kind: str) -> None:
    async def scenario() -> None:
        executor = make_executor(kind, options(kind))
        try:
            code = "import socket\nsocket.create_connection(('1.1.1.1', 443), 3)"
            assert (await run(executor, code)).error.type in ("OSError", "TimeoutError", "timeout")
        finally:
            await executor.aclose()

    asyncio.run(scenario())
