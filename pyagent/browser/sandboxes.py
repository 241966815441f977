"""Sandboxes for the agent worker's executors. We ask for them; the page makes and kills them.

Each agent that runs code has a sandbox, known by a number. A sandbox that replaces a killed one has
the same number and the next generation; the page then kills the previous one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from pyagent.agents.run.bounds import Outward
from pyagent.browser.port import Port, PortChannel
from pyagent.errors import SandboxLostError
from pyagent.executors.guest.peer import Peer
from pyagent.executors.known_packages import is_known
from pyagent.executors.packages.executor import NOT_UNGUARDED, FetchFor, PackagedExecutor, Prefetch
from pyagent.protocol import (
    Executed,
    FromGuest,
    PackageFile,
    SandboxAttached,
    SandboxLost,
    SandboxPackages,
    SandboxReleased,
    SandboxRequest,
)

logger = logging.getLogger(__name__)

MAX_SANDBOXES = 4
"""Most sandboxes at once, the main agent's included. Each takes some 100 MB of a tab's memory."""

MAX_SPARE_BYTES = 24_000_000
"""Most bytes of packed wheels that a spare sandbox imports ahead.

That is enough for pandas, matplotlib, seaborn and openpyxl, or for pandas and scipy.
"""

MAX_SPARE_MODULES = 50

_BEFORE_RUNS = ("", 0)
"""Stands for a step of what is fetched before there is a run."""

FilesFor: TypeAlias = Callable[[Collection[str]], list[PackageFile]]
Send: TypeAlias = Callable[[SandboxRequest | SandboxReleased | SandboxPackages], None]


@dataclass(frozen=True, kw_only=True)
class SandboxConnection:
    """A ``Connection`` to one sandbox."""

    channel: PortChannel
    control: Port
    can_interrupt: bool

    def interrupt(self) -> bool:
        """Ask the frame's window to write into Pyodide's interrupt buffer, if that is possible."""
        if self.can_interrupt:
            self.control.post("interrupt", ())
        return self.can_interrupt

    async def kill(self) -> None:
        """Cut the sandbox off. The page removes its frame when the next sandbox is asked for."""
        self.channel.close()
        self.control.close()


class Sandboxes:
    """The page's sandboxes. The agent worker passes on the page's messages about them.

    ``send`` sends a request to the page. ``can_interrupt`` says whether memory can be shared. There
    are at most ``most`` sandboxes at once; a request for one more waits until one is released.
    """

    def __init__(self, send: Send, *, can_interrupt: bool, most: int = MAX_SANDBOXES) -> None:
        self.send = send
        self.can_interrupt = can_interrupt
        self.most = most
        self.free = asyncio.Semaphore(most)
        self.in_use: dict[int, Sandbox] = {}
        self._numbers = count()
        self._spares_have: list[str] = []

    def keep_in_spares(self, modules: Collection[str], files_for: FilesFor) -> None:
        """Have the page's spare sandboxes import modules that code has used.

        What is used first has room first: see ``MAX_SPARE_BYTES`` and ``MAX_SPARE_MODULES``.
        """
        before = len(self._spares_have)
        for module in modules:
            have = [*self._spares_have, module]
            if module in self._spares_have or len(have) > MAX_SPARE_MODULES:
                continue
            if sum(file.bytes for file in files_for(have)) <= MAX_SPARE_BYTES:
                self._spares_have = have
        if len(self._spares_have) > before:
            files = files_for(self._spares_have)
            self.send(SandboxPackages(modules=list(self._spares_have), files=files))

    def another(self) -> Sandbox:
        """Another sandbox. It is asked for when something connects to it."""
        return Sandbox(next(self._numbers), self)

    def attached(self, message: SandboxAttached, guest: Port, control: Port) -> None:
        """Take a sandbox that the page has made, or close it if nobody waits for it any longer."""
        sandbox = self.in_use.get(message.sandbox)
        if sandbox is None or not sandbox.attached(message.generation, guest, control):
            guest.close()
            control.close()

    def lost(self, message: SandboxLost) -> None:
        """Note that a sandbox is gone or could not be made."""
        sandbox = self.in_use.get(message.sandbox)
        if sandbox is not None:
            sandbox.lost(message.generation, message.reason)


class Sandbox:
    """One sandbox of ``sandboxes``. ``connect`` makes a connection, ``release`` gives it back."""

    def __init__(self, number: int, sandboxes: Sandboxes) -> None:
        self._number = number
        self._sandboxes = sandboxes
        self._generation = 0
        self._waiting: asyncio.Future[SandboxConnection] | None = None
        self._connection: SandboxConnection | None = None

    async def connect(self) -> SandboxConnection:
        """Get a fresh sandbox in place of the previous one. Raises ``SandboxLostError``.

        One that dies while it is made is asked for once more.
        """
        sandboxes = self._sandboxes
        if self._number not in sandboxes.in_use:
            await sandboxes.free.acquire()
            sandboxes.in_use[self._number] = self
        try:
            return await self._ask()
        except SandboxLostError:
            logger.info("A sandbox died while it was made", exc_info=True)
            return await self._ask()

    async def _ask(self) -> SandboxConnection:
        self._generation += 1
        if self._waiting is not None:
            self._waiting.cancel()
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        request = SandboxRequest(sandbox=self._number, generation=self._generation)
        self._sandboxes.send(request)
        self._connection = await waiting
        return self._connection

    def release(self) -> None:
        """Let the page kill the sandbox, so that another one fits. Calling it twice is harmless."""
        if self._sandboxes.in_use.pop(self._number, None) is not None:
            self._sandboxes.free.release()
            self._sandboxes.send(SandboxReleased(sandbox=self._number))

    def attached(self, generation: int, guest: Port, control: Port) -> bool:
        """Take the ports. Returns False if nobody waits for them."""
        waiting = self._waiting_for(generation)
        if waiting is None:
            return False
        channel = PortChannel(guest, FromGuest)
        can_interrupt = self._sandboxes.can_interrupt
        waiting.set_result(
            SandboxConnection(channel=channel, control=control, can_interrupt=can_interrupt)
        )
        return True

    def lost(self, generation: int, reason: str) -> None:
        """Note that the sandbox is gone. Does nothing for an older generation."""
        waiting = self._waiting_for(generation)
        if waiting is not None:
            waiting.set_exception(SandboxLostError(f"No sandbox: {reason}"))
        elif self._connection is not None and generation == self._generation:
            self._connection.channel.close(reason)

    def _waiting_for(self, generation: int) -> asyncio.Future[SandboxConnection] | None:
        waiting = self._waiting
        if generation != self._generation or waiting is None or waiting.done():
            return None
        return waiting


class SandboxExecutor(PackagedExecutor):
    """Runs code in one of the page's sandboxes.

    ``files_for`` names the wheels of modules that the site has.
    """

    is_isolated = True

    def __init__(
        self,
        sandboxes: Sandboxes,
        *,
        fetch_package: FetchFor | None = None,
        prefetch: Prefetch | None = None,
        files_for: FilesFor | None = None,
    ) -> None:
        self._sandboxes = sandboxes
        self._files_for = files_for
        self._outward = Outward()
        self._sandbox = sandboxes.another()
        super().__init__(self._sandbox.connect, fetch_package=fetch_package, prefetch=prefetch)

    def another(self) -> SandboxExecutor:
        return SandboxExecutor(
            self._sandboxes,
            fetch_package=self._fetch_for,
            prefetch=self._prefetch,
            files_for=self._files_for,
        )

    def _refused_unguarded(self, package: str) -> str:
        if self._outward.package(package, _BEFORE_RUNS, is_known=is_known(package)):
            return NOT_UNGUARDED
        return ""

    async def reset(self) -> None:
        """Forget variables and files, and what packages were fetched. The tools stay."""
        self._outward = Outward()
        await super().reset()

    def _finish(self, peer: Peer, executed: Executed) -> None:
        super()._finish(peer, executed)
        if self._files_for is not None:  # now, because the processor is free between steps
            self._sandboxes.keep_in_spares(self._guests.preloaded, self._files_for)

    async def aclose(self) -> None:
        """End the sandbox, so that another agent can have one."""
        await super().aclose()
        self._sandbox.release()
