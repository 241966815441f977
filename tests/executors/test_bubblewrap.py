"""What only the fence of local processes has: its paths, its limits, and what it may read."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.executor.cases import run, run_ok
from pyagent import ExecutorError, LocalExecutor
from pyagent.executors import bubblewrap
from pyagent.executors.bubblewrap import in_bytes
from support.executors.places import without


def drive(scenario: Callable[[LocalExecutor], Awaitable[None]], **options: Any) -> None:
    without("bubblewrap")

    async def main() -> None:
        executor = LocalExecutor(fence="bubblewrap", **options)
        try:
            async with asyncio.timeout(60):
                await scenario(executor)
        finally:
            await executor.aclose()

    asyncio.run(main())


async def works(executor: LocalExecutor) -> None:
    assert (await run_ok(executor, "import cloudpickle\n6 * 7")).text == "42"


def test_python_by_a_path_that_goes_up_starts() -> None:
    folder, name = os.path.split(sys.executable)
    drive(works, python=f"{folder}/../bin/{name}")


def test_python_by_a_link_elsewhere_starts(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(os.path.realpath(sys.executable))
    drive(works, python=str(link))


def test_memory_that_is_too_much_is_an_error_of_the_code() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        error = (await run(executor, "kept = 1\nheld = b'x' * (700 << 20)")).error
        assert error.type == "MemoryError"
        assert (await run_ok(executor, "kept")).text == "1"

    drive(scenario, memory="600m")


def test_folders_can_be_shown_to_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "data.txt").write_text("here")

    async def scenario(executor: LocalExecutor) -> None:
        assert (await run_ok(executor, f"open('{tmp_path}/data.txt').read()")).text == "'here'"
        error = (await run(executor, f"open('{tmp_path}/data.txt', 'w')")).error
        assert error.type in ("OSError", "PermissionError")

    drive(scenario, readable=[tmp_path])


def test_environment_has_no_names_of_this_machine() -> None:
    async def scenario(executor: LocalExecutor) -> None:
        code = "import os\n{name: os.environ.get(name) for name in ('HOME', 'USER', 'A')}"
        assert (await run_ok(executor, code)).text == "{'HOME': '/box', 'USER': None, 'A': 'b'}"
        assert executor.work_dir == Path("/box")

    drive(scenario, env={"A": "b"})


@pytest.mark.parametrize(
    ("size", "number"), [("512m", 512 << 20), ("2G", 2 << 30), ("10kb", 10 << 10), (7, 7)]
)
def test_sizes_are_read(size: str | int, number: int) -> None:
    assert in_bytes(size) == number


def test_bubblewrap_that_is_too_old_is_told_until_there_is_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without("bubblewrap")
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho 'bwrap: Unknown option --disable-userns' >&2\nexit 1\n")
    old.chmod(0o755)
    bubblewrap._try_out.cache_clear()
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        with pytest.raises(ExecutorError, match="too old") as caught:
            LocalExecutor(fence="bubblewrap").check()
        assert "0.8 or newer" in str(caught.value)
    LocalExecutor(fence="bubblewrap").check()


def test_start_that_is_cancelled_leaves_no_guest() -> None:
    without("bubblewrap")

    async def main() -> None:
        for number in range(12):
            executor = LocalExecutor(fence="bubblewrap")
            starting = asyncio.create_task(executor.start())
            await asyncio.sleep(number / 100)
            starting.cancel()
            await asyncio.wait([starting])
            await executor.aclose()

    def guests() -> list[int]:
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True
        )
        commands = {int(pid): Path(f"/proc/{pid}/cmdline") for pid in listed.stdout.split()}
        return [
            p for p, path in commands.items() if path.exists() and b"bwrap" in path.read_bytes()
        ]

    before = guests()
    asyncio.run(main())
    assert set(guests()) - set(before) == set()
