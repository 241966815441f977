"""What only the docker executor has: its container, its image, and its engine."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from contracts.executor.cases import run, run_ok
from pyagent.errors import ExecutorError
from pyagent.executors.base import Executor
from support.executors.docker_engine import IMAGE, docker
from support.executors.killing import none_left
from support.executors.places import Places


def drive(places: Places, scenario: Callable[[Executor], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        executor = places.make("docker", options)
        try:
            async with asyncio.timeout(120):
                await scenario(executor)
        finally:
            await executor.aclose()

    asyncio.run(main())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def containers(places: Places) -> list[str]:
    return docker(places.docker, "ps", "--all", "--quiet").split()


def test_too_little_memory_is_told_apart_from_a_crash(places: Places) -> None:
    async def scenario(executor: Executor) -> None:
        await run_ok(executor, "kept = 5")
        error = (await run(executor, "held = [b'x' * (10 << 20) for _ in range(60)]")).error
        assert error.type == "SandboxLost"
        assert "it needed more than its memory of 128m" in error.message
        crash = (
            await run(executor, "import os, signal\nos.kill(os.getpid(), 9)\nos._exit(3)")
        ).error
        assert "ended with exit code 3" in crash.message
        assert (await run_ok(executor, "kept")).text == "5"

    drive(places, scenario, memory="128m")


def test_files_and_variables_are_there_after_a_container_is_lost(places: Places) -> None:
    async def scenario(executor: Executor) -> None:
        await run_ok(executor, "n = 1\n_ = open('made.txt', 'w').write('here')")
        await executor.keep()
        docker(places.docker, "rm", "--force", *containers(places))
        outcome = await run(executor, "n, open('made.txt').read()")
        if outcome.executed.error is not None:  # the loss was noticed in this step
            assert outcome.error.type == "SandboxLost"
            outcome = await run_ok(executor, "n, open('made.txt').read()")
        assert outcome.text == "(1, 'here')"

    drive(places, scenario)


def test_container_has_its_fence_and_keeps_no_log(places: Places) -> None:
    async def scenario(executor: Executor) -> None:
        await executor.start()
        (container,) = containers(places)
        form = (
            "{{.HostConfig.NetworkMode}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} "
            "{{.HostConfig.SecurityOpt}} {{.Config.User}} {{.HostConfig.Memory}} "
            "{{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.LogConfig.Type}} "
            "{{len .Mounts}} [{{.LogPath}}]"
        )
        assert docker(places.docker, "inspect", "--format", form, container) == (
            "none true [ALL] [no-new-privileges] 65534:65534 536870912 64 500000000 none 0 []"
        )

    drive(places, scenario, memory="512m", processes=64, cpus=0.5)


def test_proxies_of_the_machine_stay_outside(places: Places, tmp_path: Path) -> None:
    proxy = '{"proxies": {"default": {"httpProxy": "http://user:secret@proxy:3128"}}}'
    (tmp_path / "config.json").write_text(proxy)
    command = ["docker", "--config", str(tmp_path), "--host", places.docker]

    async def scenario(executor: Executor) -> None:
        code = "import os\n[v for v in os.environ.values() if 'secret' in v]"
        assert (await run_ok(executor, code)).text == "[]"

    drive(places, scenario, command=command)


def test_environment_and_options_reach_the_container(places: Places) -> None:
    async def scenario(executor: Executor) -> None:
        code = "import os, socket\nos.environ['A'], socket.gethostname(), os.getcwd()"
        assert (await run_ok(executor, code)).text == "('b', 'other', '/box')"

    drive(places, scenario, env={"A": "b"}, options=["--hostname", "other"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"python": "ruby"}, "The image cannot run a sandbox|failed"),
        ({"memory": "much"}, "could not make a container: .*much"),
        ({"image": "127.0.0.1:1/none:1"}, "image '127.0.0.1:1/none:1' could not be pulled"),
    ],
)
def test_what_the_engine_refuses_is_told(
    options: dict[str, Any], told: str, places: Places
) -> None:
    async def scenario(executor: Executor) -> None:
        with pytest.raises(ExecutorError, match=told):
            await executor.start()

    drive(places, scenario, **options)
    assert none_left(lambda: containers(places)) == []


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """A real registry on this machine. Yields its address."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    settings = folder / "registry.yml"
    settings.write_text(
        "version: 0.1\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/images}}}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    serving = subprocess.Popen(
        ["docker-registry", "serve", settings],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield address
    finally:
        serving.terminate()
        serving.wait()


def test_image_that_is_not_there_is_pulled_and_told(
    places: Places, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with registry(tmp_path) as address:
        image = f"{address}/team/python:1"
        docker(places.docker, "tag", IMAGE, image)
        docker(places.docker, "push", image)
        docker(places.docker, "rmi", image)

        async def scenario(executor: Executor) -> None:
            assert (await run_ok(executor, "6 * 7")).text == "42"

        drive(places, scenario, image=image)
        drive(places, scenario, image=image)
    told = [record.getMessage() for record in caplog.records if "Pulling" in record.getMessage()]
    assert told == [f"Pulling the image {image}. This happens once."]


ABANDONS = """
import asyncio, os, sys
from pyagent import DockerExecutor

async def main():
    executor = DockerExecutor(command=["docker", "--host", sys.argv[1]], image=sys.argv[2])
    code = "import signal\\nsignal.signal(2, signal.SIG_IGN)\\nprint('here')\\nwhile True: pass"
    async for event in executor.execute(code):
        os._exit(0) if sys.argv[3] == "exit" else os.kill(os.getpid(), 9)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_containers_go_with_the_process_that_made_them(how: str, places: Places) -> None:
    asked = [sys.executable, "-c", ABANDONS, places.docker, IMAGE, how]
    subprocess.run(asked, check=False, timeout=120)
    assert none_left(lambda: containers(places)) == []


def test_containers_whose_owner_and_watcher_are_gone_are_removed_by_the_next(
    places: Places,
) -> None:
    owner = asyncio.run(_owner_that_is_gone())
    docker(
        places.docker,
        *("create", "--name", f"{owner}-left", "--label", f"pyagent.owner={owner}", IMAGE, "true"),
    )
    code = (
        "import asyncio, sys\nfrom pyagent import DockerExecutor\n"
        "e = DockerExecutor(command=['docker', '--host', sys.argv[1]], image=sys.argv[2])\n"
        "async def main():\n    await e.start()\n    await e.aclose()\nasyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", code, places.docker, IMAGE], check=True, timeout=120)
    assert containers(places) == []


async def _owner_that_is_gone() -> str:
    code = "from pyagent.executors.containers.owner import owner; print(owner())"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=-1)
    out, _ = await process.communicate()
    return out.decode().strip()
