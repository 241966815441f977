"""Runs the command of a container engine: ``docker``, or another one with the same commands."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from pyagent.errors import ExecutorError

_WAIT_S = 120.0
_CHECK_WAIT_S = 20.0
_HELP = ("Usage:", "See '", "Run '")
"""How the lines begin with which a command tells how it is used, after it told what was wrong."""
_INSTALL = (
    "Install Docker (`sudo apt install docker.io` on Debian and Ubuntu, Docker Desktop elsewhere), "
    "or name another command with the same options, such as executor_options={'command': 'podman'}."
)
_START = (
    "Start it (`sudo systemctl start docker`, or Docker Desktop), set DOCKER_HOST to the address "
    "of another one, or let your user reach its socket (`sudo usermod -aG docker $USER`)."
)


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last_words(self) -> str:
        """The last line that says what went wrong."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        said = list(takewhile(lambda line: not line.startswith(_HELP), lines))
        return (said or lines or [f"exit code {self.code}"])[-1]


@dataclass(frozen=True)
class Engine:
    """An engine, as the command that reaches it: ``("docker",)`` or ``("docker", "--host", …)``."""

    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """The engine's command, for people."""
        return self.command[0]

    @property
    def is_podman(self) -> bool:
        """Whether the engine is podman, some of whose options differ."""
        return "podman" in self.command[0].rpartition("/")[2]

    def check(self) -> None:
        """Raise ``ExecutorError`` if the command is not installed or reaches no engine."""
        try:
            found = subprocess.run(
                [*self.command, "ps", "--quiet", "--last", "1"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_CHECK_WAIT_S,
            )
        except FileNotFoundError:
            raise self.missing() from None
        except OSError as error:
            told = f"The command {self.name!r} could not be run: {error}."
            raise ExecutorError(told, advice=_INSTALL) from error
        except subprocess.TimeoutExpired:
            told = f"{self.name} gave no answer within {_CHECK_WAIT_S:g} s."
            raise ExecutorError(told, advice=_START) from None
        if found.returncode:
            done = Done(code=found.returncode, out="", err=found.stderr)
            told = f"{self.name} reaches no engine: {done.last_words}"
            raise ExecutorError(told, advice=_START)

    async def run(
        self, *arguments: str, given: bytes | None = None, wait_s: float = _WAIT_S
    ) -> Done:
        """Run a command to its end. Raises ``ExecutorError`` if it cannot be run."""
        process = await self.spawn(*arguments, reads=given is not None)
        try:
            async with asyncio.timeout(wait_s):
                out, err = await process.communicate(given)
        except TimeoutError:
            told = f"`{self.name} {arguments[0]}` did not end within {wait_s:g} s."
            raise ExecutorError(told, advice=_START) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return Done(
            code=process.returncode or 0,
            out=out.decode("utf-8", "replace").strip(),
            err=err.decode("utf-8", "replace").strip(),
        )

    async def must(self, *arguments: str, given: bytes | None = None) -> str:
        """Run a command and return what it printed. Raises ``ExecutorError`` if it fails."""
        done = await self.run(*arguments, given=given)
        if done.code:
            raise ExecutorError(f"`{self.name} {arguments[0]}` failed: {done.last_words}")
        return done.out

    async def spawn(
        self, *arguments: str, reads: bool, pass_fds: Sequence[int] = (), limit: int = 1 << 16
    ) -> asyncio.subprocess.Process:
        """Start a command with pipes, away from the terminal's signals."""
        try:
            return await asyncio.create_subprocess_exec(
                *self.command,
                *arguments,
                stdin=asyncio.subprocess.PIPE if reads else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                pass_fds=tuple(pass_fds),
                limit=limit,
            )
        except FileNotFoundError:
            raise self.missing() from None
        except NotImplementedError as error:
            raise ExecutorError(
                "The docker executor needs processes, and this Python has none, as in a browser.",
                advice="Pass your own executor as executor=, or use a ToolCallingAgent.",
            ) from error
        except OSError as error:
            told = f"The command {self.name!r} could not be run: {error}."
            raise ExecutorError(told, advice=_INSTALL) from error

    def missing(self) -> ExecutorError:
        """The error about a command that is not installed."""
        return ExecutorError(f"There is no command {self.name!r}.", advice=_INSTALL)
