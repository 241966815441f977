"""The ``docker`` executor: a guest in a container of Docker, Podman or another such engine.

The container has no network, a root that it cannot write to, no capabilities, a user without
rights, and limits on memory, processes, CPU and disk. What code shares with this machine is its
kernel. Docker has to be installed, or another engine whose command has the same options.
"""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain
from secrets import token_hex

from pyagent.errors import ExecutorError, SandboxLostError
from pyagent.executors.containers.engine import Done, Engine
from pyagent.executors.containers.images import DEFAULT, FOLDER, START, prepared
from pyagent.executors.containers.owner import LABEL, owner, reap, watcher
from pyagent.executors.guest.pipes import PipeChannel
from pyagent.executors.remote import RemoteExecutor

WORK_DIR = "/box"
_USER = 65534
_READ_BYTES = 1 << 20
_END_WAIT_S = 0.5
_CREATE_WAIT_S = 120.0
_REMOVE_TRIES = 3
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")


class DockerExecutor(RemoteExecutor):
    """Runs code in a container: see the module's docstring.

    ``image`` has a Python of version 3.11 or newer, called ``python``; it is pulled if it is not
    there. ``command`` reaches the engine: ``podman``, or a list such as ``["docker", "--context",
    "far"]``. ``memory`` and ``disk`` limit all that the code holds in memory and in files, as
    numbers of bytes with ``k``, ``m`` or ``g``. ``processes`` counts threads too. ``network`` is
    the engine's name of a network. ``env`` are variables of the code's environment. ``options``
    are further options of the command ``create``, such as ``["--gpus", "all"]``: they can open the
    fence. ``spare`` is how many guests are kept ready ahead of their use.
    """

    is_isolated = True
    check_waits = True

    def __init__(
        self,
        *,
        image: str = DEFAULT,
        command: str | Sequence[str] = "docker",
        memory: str | int = "1g",
        disk: str | int = "256m",
        processes: int = 128,
        cpus: float = 1.0,
        network: str = "none",
        env: Mapping[str, str] | None = None,
        python: str = "python3",
        options: Sequence[str] = (),
        spare: int = 0,
    ) -> None:
        super().__init__(self._start_container, start_timeout_s=60.0, spare=spare)
        self._engine = Engine((command,) if isinstance(command, str) else tuple(command))
        self._image = image
        self._memory = str(memory)
        self._disk = str(disk)
        self._processes = processes
        self._cpus = cpus
        self._network = network
        self._env = dict(env or {})
        self._python = python
        self._options = tuple(options)
        self._spare = spare

    def check(self) -> None:
        self._engine.check()

    def another(self) -> DockerExecutor:
        made = DockerExecutor(
            image=self._image,
            command=self._engine.command,
            memory=self._memory,
            disk=self._disk,
            processes=self._processes,
            cpus=self._cpus,
            network=self._network,
            env=self._env,
            python=self._python,
            options=self._options,
            spare=self._spare,
        )
        made._share_spares(self)
        return made

    async def _start_container(self) -> _Container:
        image = await prepared(self._engine, self._image, self._python, self._options)
        await reap(self._engine)
        container = _Container(self._engine, memory=self._memory)
        try:
            await container.start(self._create_options, image, self._program)
        except BaseException:
            await container.kill()
            raise
        return container

    @property
    def _create_options(self) -> list[str]:
        """The fence. What is not limited here is what the engine limits by itself."""
        env = dict.fromkeys([*_PROXIES, *map(str.lower, _PROXIES)], "")
        env |= {"HOME": WORK_DIR, "PYTHONDONTWRITEBYTECODE": "1"} | self._env
        owned = f"uid={_USER},gid={_USER}" if not self._engine.is_podman else "mode=1777"
        limits = [
            *("--network", self._network, "--read-only", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges", "--user", f"{_USER}:{_USER}"),
            *("--memory", self._memory, "--memory-swap", self._memory),
            *("--pids-limit", str(self._processes), "--cpus", str(self._cpus)),
            *("--ulimit", "nofile=1024:1024", "--ulimit", "core=0", "--shm-size", "16m"),
            *("--tmpfs", f"{WORK_DIR}:rw,exec,nosuid,nodev,size={self._disk},{owned}"),
            *("--tmpfs", "/tmp:rw,exec,nosuid,nodev,size=64m,mode=1777"),
            *("--workdir", WORK_DIR, "--hostname", "sandbox"),
            *("--log-driver", "none", "--no-healthcheck", "--pull", "never"),
            *chain.from_iterable(("--env", f"{name}={value}") for name, value in env.items()),
        ]
        if self._engine.is_podman:
            limits += ["--http-proxy=false"]
        return [*limits, *self._options]

    @property
    def _program(self) -> list[str]:
        packages = f"{FOLDER}/packages"
        return [
            self._python,
            *("-I", "-X", "utf8", START, WORK_DIR, "--files-die", "--packages", packages),
            *("--filter", "try"),
        ]


class _Container:
    """A ``Connection`` to a guest in a container, over the pipes of the engine's command."""

    def __init__(self, engine: Engine, *, memory: str) -> None:
        self._engine = engine
        self._memory = memory
        self._name = f"{owner()}-{token_hex(6)}"
        self._process: Process | None = None
        self._channel: PipeChannel | None = None
        self._removal: asyncio.Task[None] | None = None
        self._signals: set[asyncio.Task[object]] = set()

    @property
    def channel(self) -> PipeChannel:
        if self._channel is None:
            raise SandboxLostError("The container has not been started.")
        return self._channel

    async def start(self, options: Sequence[str], image: str, program: Sequence[str]) -> None:
        """Make the container and start its program."""
        watching = watcher(self._engine)
        watching.add(self._name)
        # Not `run`: a command that is killed between making and starting leaves a container that
        # nobody knows of. The watcher waits for `create`, because it holds its pipe.
        creating = asyncio.ensure_future(self._create(options, image, program, watching.fileno()))
        try:
            await asyncio.shield(creating)
        except asyncio.CancelledError:
            await asyncio.wait([creating])
            raise
        self._process = process = await self._engine.spawn(
            *("start", "--attach", "--interactive", self._name), reads=True, limit=_READ_BYTES
        )
        if process.stdin is None or process.stdout is None:
            raise SandboxLostError("The guest's process has no pipes.")
        self._channel = PipeChannel(process.stdout, process.stdin, self._how_it_ended)

    async def _create(
        self, options: Sequence[str], image: str, program: Sequence[str], held: int
    ) -> None:
        process = await self._engine.spawn(
            *("create", "--interactive", "--name", self._name, "--label", f"{LABEL}={owner()}"),
            *(*options, "--entrypoint", program[0], image, *program[1:]),
            reads=False,
            pass_fds=[held],
        )
        try:
            async with asyncio.timeout(_CREATE_WAIT_S):
                _, err = await process.communicate()
        except BaseException as error:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if isinstance(error, TimeoutError):
                told = f"{self._engine.name} made no container within {_CREATE_WAIT_S:g} s."
                raise ExecutorError(told) from None
            raise
        done = Done(code=process.returncode or 0, out="", err=err.decode("utf-8", "replace"))
        if done.code:
            told = f"{self._engine.name} could not make a container: {done.last_words}"
            raise ExecutorError(told)
        if "discarded" in done.err.lower():  # it goes on without a limit that it was asked for
            raise ExecutorError(
                f"{self._engine.name} does not hold a limit: {done.last_words}",
                advice="The kernel lacks what it needs for that. Use another engine, or 'wasm'.",
            )

    def interrupt(self) -> bool:
        # Not by a signal to the command, which passes signals on: it ends itself after three.
        task = asyncio.create_task(self._signal("INT"))
        self._signals.add(task)
        task.add_done_callback(self._signals.discard)
        return True

    async def _signal(self, name: str) -> None:
        with suppress(ExecutorError):
            await self._engine.run("kill", "--signal", name, self._name)

    async def kill(self) -> None:
        if self._removal is None:
            self._removal = asyncio.create_task(self._remove())
        await asyncio.shield(self._removal)

    async def _remove(self) -> None:
        for _ in range(_REMOVE_TRIES):
            with suppress(ExecutorError):
                done = await self._engine.run("rm", "--force", "--volumes", self._name)
                if not done.code or "no such container" in done.err.lower():
                    watcher(self._engine).remove(self._name)
                    break
        # If the engine gives no answer, the watcher tries again when this process ends.
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._channel is not None:
            self._channel.close()

    async def _how_it_ended(self) -> str:
        assert self._process is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_WAIT_S):
                await self._process.wait()
        state = "{{.State.Running}} {{.State.OOMKilled}} {{.State.ExitCode}}"
        with suppress(ExecutorError):
            done = await self._engine.run("inspect", "--format", state, self._name, wait_s=10)
            if len(found := done.out.split()) == 3:
                return await self._tell(*found)
        return "its container is gone"

    async def _tell(self, running: str, out_of_memory: str, code: str) -> str:
        if running == "true":
            return "the connection to its container was lost"
        if out_of_memory == "true" and code == "137":
            return f"it needed more than its memory of {self._memory}"
        if code.isdigit() and (number := int(code) - 128) in set(signal.Signals):
            return f"its process was ended by {signal.Signals(number).name}"
        said = b""
        if self._process is not None and self._process.stderr is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_END_WAIT_S):
                    said = await self._process.stderr.read(_READ_BYTES)
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"its process ended with exit code {code}{': ' if last else ''}{last}"
