"""What only the local executor has: its process, folder and environment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contracts.executor.cases import echo, offer, run, run_ok
from pyagent.errors import ExecutorError, SandboxLostError
from pyagent.executors.local import LocalExecutor
from pyagent.protocol import ToolStub
from pyagent.wire import MAX_CHARS

LIMIT_S = 60.0


def drive(executor: LocalExecutor, scenario: Callable[[LocalExecutor], Awaitable[None]]) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(LIMIT_S):
                await scenario(executor)
        finally:
            await executor.aclose()

    asyncio.run(main())


def test_output_of_subprocesses_and_forks_is_captured() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        outcome = await run_ok(
            executor,
            "import os, subprocess\n"
            "_ = subprocess.run(['echo', 'from a program'])\n"
            "_ = os.write(2, b'raw')\n"
            "child = os.fork()\n"
            "if not child:\n"
            "    print('from a fork')\n"
            "    os._exit(0)\n"
            "_ = os.waitpid(child, 0)",
        )
        assert outcome.stdout == "from a program\nfrom a fork\n"
        assert outcome.stderr == "raw"

    drive(LocalExecutor(), scenario)


def test_threads_call_tools_one_after_another() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        await offer(executor, echo, "echo(a: int) -> list")
        code = (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "with ThreadPoolExecutor(4) as pool:\n"
            "    found = [r[1][0] for r in pool.map(echo, range(40))]\n"
            "found == list(range(40))"
        )
        assert (await run_ok(executor, code)).text == "True"

    drive(LocalExecutor(), scenario)


def test_temporary_folder_is_removed_with_the_executor() -> None:
    executor = LocalExecutor()
    folder = executor.work_dir

    async def scenario(executor: LocalExecutor) -> None:
        await run_ok(executor, "_ = open('a.txt', 'w').write('a')")
        assert (folder / "a.txt").exists()

    drive(executor, scenario)
    assert not folder.exists()


def test_given_folder_is_used_and_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("data")

    async def scenario(executor: LocalExecutor) -> None:
        assert (await run_ok(executor, "open('here.txt').read()")).text == "'data'"
        await executor.reset()

    drive(LocalExecutor(work_dir=tmp_path), scenario)
    assert (tmp_path / "here.txt").read_text() == "data"


def test_keys_in_the_environment_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    async def scenario(executor: LocalExecutor) -> None:
        code = "import os\n[name for name in os.environ if 'KEY' in name]"
        assert (await run_ok(executor, code)).text == "[]"

    drive(LocalExecutor(), scenario)


def test_code_can_import_modules_that_were_written() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        await executor.write_file("helper.py", b"def f():\n    return 7\n")
        assert (await run_ok(executor, "import helper\nhelper.f()")).text == "7"

    drive(LocalExecutor(), scenario)


def test_crash_names_the_signal() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        await executor.start()
        error = (await run(executor, "import os\nos.abort()")).error
        assert "SIGABRT" in error.message

    drive(LocalExecutor(), scenario)


def test_interrupt_reaches_code_that_sleeps_or_awaits() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        await run_ok(executor, "x = 1")
        sleepers = ("import time\ntime.sleep(60)", "import asyncio\nawait asyncio.sleep(60)")
        for code in sleepers:
            error = (await run(executor, f"y = 2\n{code}", deadline_s=0.5)).error
            assert (error.type, error.line) == ("TimeoutError", 3)
            # The step was interrupted, not killed: its variables are there.
            assert (await run_ok(executor, "y")).text == "2"

    drive(LocalExecutor(), scenario)


def test_interrupt_gets_past_handlers_that_catch_everything() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        await executor.start()
        loop = "while True:\n    try:\n        time.sleep(60)\n    except BaseException: pass"
        error = (await run(executor, f"import time\ny = 2\n{loop}", deadline_s=0.5)).error
        assert "Variables keep" in error.message
        assert (await run_ok(executor, "y")).text == "2"

    drive(LocalExecutor(), scenario)


def test_forked_child_does_not_speak_for_the_guest() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        await run_ok(executor, "import os\nguest = os.getpid()\nchild = os.fork()")
        code = "if child:\n    _ = os.waitpid(child, 0)\n(os.getpid() == guest, child > 0)"
        assert (await run_ok(executor, code)).text == "(True, True)"

    drive(LocalExecutor(), scenario)


def test_guest_that_closes_its_pipes_is_replaced() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        code = "import os\nos.closerange(3, 100)\nwhile True: pass"
        assert (await run(executor, code, deadline_s=20)).error.type == "SandboxLost"
        assert (await run_ok(executor, "1 + 1")).text == "2"

    drive(LocalExecutor(), scenario)


def test_interpreter_that_cannot_start_is_an_executor_error(tmp_path: Path) -> None:
    async def scenario(executor: LocalExecutor) -> None:
        with pytest.raises(SandboxLostError):
            await executor.start()

    drive(LocalExecutor(python=str(tmp_path / "no-python")), scenario)
    drive(LocalExecutor(python="false"), scenario)


def test_tools_that_no_message_can_hold_are_an_executor_error() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        large = ToolStub(name="large", signature="()", doc="d" * MAX_CHARS)
        for _ in range(2):
            await executor.define_tools([large], echo)
            with pytest.raises(ExecutorError, match="definitions of the tools are too large"):
                await executor.start()
        await offer(executor, echo, "small() -> list")
        assert (await run_ok(executor, "small()")).text == "['small', [], {}]"

    drive(LocalExecutor(), scenario)


def test_executor_belongs_to_one_event_loop_until_it_closes() -> None:
    executor = LocalExecutor()
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(executor.start())
        with pytest.raises(ExecutorError, match="another event loop"):
            second.run(executor.start())
        first.run(executor.aclose())
        second.run(executor.start())
        second.run(executor.aclose())


HOST = """
import asyncio
from pyagent.executors.local import LocalExecutor

async def main():
    executor = LocalExecutor()
    code = "import os\\nprint(os.getpid())\\nwhile True: pass"
    async for event in executor.execute(code):
        print(event.text, end="", flush=True)

asyncio.run(main())
"""


def test_busy_guest_ends_when_its_host_is_killed() -> None:
    host = subprocess.Popen([sys.executable, "-c", HOST], stdout=subprocess.PIPE, text=True)
    with host:
        assert host.stdout is not None
        guest = int(host.stdout.readline())
        watch = os.pidfd_open(guest)
        host.send_signal(signal.SIGKILL)
    ended = asyncio.run(_readable(watch))
    os.close(watch)
    assert ended


async def _readable(descriptor: int) -> bool:
    """A pidfd is readable when its process has ended."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)
    try:
        async with asyncio.timeout(LIMIT_S):
            await ended.wait()
    finally:
        loop.remove_reader(descriptor)
    return True
