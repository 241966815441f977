"""What our executors ask E2B and Modal for: no network, no keys, short lives, certain ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.executor.cases import run, run_ok
from pyagent.executors.base import Executor
from pyagent.executors.cloud import executor as shared
from pyagent.executors.kinds import make_executor
from support.executors.cloud import e2b_service, modal_service

KINDS = ("e2b", "modal")
LIMIT_S = 60.0
ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.usefixtures("service"),
    pytest.mark.parametrize("executor_type", KINDS),
]


@pytest.fixture
def rented(executor_type: str, request: pytest.FixtureRequest) -> Any:
    """The stand-in, with nothing asked for yet."""
    service = request.getfixturevalue(executor_type)
    for record in (service.created, service.ended, service.received):
        record.clear()
    yield service
    service.failing, service.slow_s = None, 0.0


def drive(
    executor_type: str, scenario: Callable[[Executor], Awaitable[None]], **options: Any
) -> None:
    async def main() -> None:
        executor = make_executor(executor_type, options)
        try:
            async with asyncio.timeout(LIMIT_S):
                await scenario(executor)
        finally:
            await executor.aclose()

    asyncio.run(main())


async def start(executor: Executor) -> None:
    await executor.start()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not is_so():
            await asyncio.sleep(0.02)


def has_network(service: Any) -> bool:
    asked = service.created[-1]
    if isinstance(asked, dict):
        is_reached = asked.get("network", {}).get("allowPublicTraffic") is not False
        assert is_reached == asked["allow_internet_access"]
        return is_reached
    access = asked.definition.network_access
    return bool(access.network_access_type != access.BLOCKED)


def test_sandbox_has_no_network_unless_asked(executor_type: str, rented: Any) -> None:
    drive(executor_type, start)
    assert not has_network(rented)
    drive(executor_type, start, internet=True)
    assert has_network(rented)


def test_keys_never_get_into_the_sandbox(executor_type: str, rented: Any) -> None:
    async def scenario(executor: Executor) -> None:
        await run_ok(executor, "x = 1")
        shown = await run_ok(
            executor, "import os; print(dict(os.environ), open('/proc/self/environ').read())"
        )
        said.append(shown.stdout)

    said: list[str] = []
    drive(executor_type, scenario)
    lines = b"".join(rented.received).split(b"\n")
    assert len(lines) > 3
    sent = b"".join(b64decode(line) for line in lines if line != b"!")
    everything = f"{rented.created}{said}{sent!r}"
    keys = (e2b_service.KEY, modal_service.TOKEN_ID, modal_service.TOKEN_SECRET)
    assert not [key for key in keys if key in everything]


def test_env_reaches_the_code_but_a_key_in_it_is_refused(executor_type: str, rented: Any) -> None:
    async def scenario(executor: Executor) -> None:
        assert (await run_ok(executor, "import os; os.environ['REGION']")).text == "'north'"

    drive(executor_type, scenario, env={"REGION": "north"})
    key = e2b_service.KEY if executor_type == "e2b" else modal_service.TOKEN_SECRET
    with pytest.raises(ValueError, match=r"as TOKEN\. Code in the sandbox could read it"):
        make_executor(executor_type, {"env": {"TOKEN": key}})


def test_another_executor_has_the_same_options(executor_type: str, rented: Any) -> None:
    async def scenario(executor: Executor) -> None:
        other = executor.another()
        assert vars(other)["_options"] == vars(executor)["_options"]
        await other.start()
        await other.aclose()

    drive(executor_type, scenario, internet=True, life_s=45, env={"A": "b"})
    assert has_network(rented)
    assert not rented.alive


def test_service_is_told_when_to_end_the_sandbox(executor_type: str, rented: Any) -> None:
    drive(executor_type, start, life_s=45)
    asked = rented.created[-1]
    if executor_type == "e2b":
        assert (asked["timeout"], asked.get("autoPause", False)) == (45, False)
    else:
        assert asked.definition.timeout_secs == 3600
        assert asked.definition.idle_timeout_secs == 45


def test_every_sandbox_is_labelled(executor_type: str, rented: Any) -> None:
    drive(executor_type, start)
    asked = rented.created[-1]
    if executor_type == "e2b":
        assert asked["metadata"] == {"made_by": "pyagent"}
    else:
        assert [(tag.tag_name, tag.tag_value) for tag in asked.tags] == [("made-by", "pyagent")]


def test_closing_ends_the_sandbox(executor_type: str, rented: Any) -> None:
    drive(executor_type, start)
    assert len(rented.ended) == 1
    assert not rented.alive


def test_every_lost_sandbox_is_ended(executor_type: str, rented: Any) -> None:
    async def scenario(executor: Executor) -> None:
        await run_ok(executor, "x = 5")
        await run(executor, "import os; os._exit(1)")
        assert (await run_ok(executor, "x")).text == "5"
        assert len(rented.alive) == 1

    drive(executor_type, scenario)
    assert len(rented.created) == len(rented.ended) == 2
    assert not rented.alive


def test_sandbox_that_comes_after_a_cancellation_is_ended(executor_type: str, rented: Any) -> None:
    async def scenario(executor: Executor) -> None:
        rented.slow_s = 0.3
        starting = asyncio.create_task(executor.start())
        await until(lambda: bool(rented.created))
        await executor.aclose()
        await asyncio.gather(starting, return_exceptions=True)
        await until(lambda: bool(rented.ended))
        assert not rented.alive

    drive(executor_type, scenario)


def test_sandbox_that_the_service_ended_is_replaced(executor_type: str, rented: Any) -> None:
    async def scenario(executor: Executor) -> None:
        await run_ok(executor, "x = 5\n_ = open('a.txt', 'w').write('kept')")
        await executor.keep()
        rented.on_loop(rented.stop_all)
        outcome = await run(executor, "x, open('a.txt').read()")
        while outcome.executed.error is not None:  # the loss may show in the middle of the step
            outcome = await run(executor, "x, open('a.txt').read()")
        assert outcome.text == "(5, 'kept')"

    drive(executor_type, scenario)


def test_unused_sandbox_is_given_back(executor_type: str, rented: Any) -> None:
    async def scenario(executor: Executor) -> None:
        await run_ok(executor, "x = 5")
        await executor.keep()
        await until(lambda: bool(rented.ended))
        outcome = await run_ok(executor, "x")
        assert outcome.text == "5"
        assert "it was not used for 0.3 s" in outcome.stderr

    drive(executor_type, scenario, idle_s=0.3)


def test_sandbox_is_kept_while_code_runs(
    executor_type: str, rented: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both the life and the idle time are far shorter than the step."""
    monkeypatch.setattr(shared, "SHORTEST_LIFE_S", 1)

    async def scenario(executor: Executor) -> None:
        await run_ok(executor, "import time\ntime.sleep(2.5)")
        assert len(rented.created) == 1

    drive(executor_type, scenario, life_s=1, idle_s=0.5)


def test_sandbox_ends_after_our_crash(executor_type: str, rented: Any) -> None:
    """A program that is killed gives nothing back; times end what it rented."""
    code = (
        "import asyncio\n"
        "from pyagent.executors.cloud import executor as shared\n"
        "from pyagent.executors.kinds import make_executor\n"
        "shared.SHORTEST_LIFE_S = 1\n"
        f"executor = make_executor({executor_type!r}, {{'life_s': 1}})\n"
        "async def main():\n"
        "    await executor.start()\n"
        "    print('started', flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env) as ours:
        assert ours.stdout is not None
        assert ours.stdout.readline() == b"started\n"
        assert rented.alive
        ours.send_signal(signal.SIGKILL)
    until_s = time.monotonic() + LIMIT_S
    while rented.alive and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not rented.alive
    assert not rented.ended
