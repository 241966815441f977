"""``CloudExecutor``: what executors in rented sandboxes share. A service is a subclass.

Every guest has a sandbox of its own, so ending the guest is ending the sandbox, whatever code did
in it. A sandbox never gets a key of ours, has no internet unless it is asked for, and has a life
that the service ends by itself: if this program dies, nothing runs on for long.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Self

from pyagent.errors import ExecutorError
from pyagent.executors.cloud.relayed import CloudSandbox, RelayedGuest
from pyagent.executors.cloud.source import relay_command
from pyagent.executors.remote import RemoteExecutor

SHORTEST_LIFE_S = 30


class RunningSandbox(CloudSandbox):
    """A sandbox that can run the relay's command."""

    async def run(
        self,
        command: Sequence[str],
        *,
        on_output: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> None:
        """Start the command, and hand in what it writes and how it ends. Raises the same."""


class CloudExecutor(RemoteExecutor):
    """Runs code in sandboxes of a service. ``E2BExecutor`` and ``ModalExecutor`` document it."""

    is_isolated = True
    service = ""
    """The name of the service, for people."""
    library = ""
    """The module of its library, which is also the name of its package."""

    def __init__(
        self,
        *,
        internet: bool,
        life_s: int,
        idle_s: float,
        env: Mapping[str, str] | None,
        python: str,
        options: Mapping[str, Any],
    ) -> None:
        super().__init__(self._open, start_timeout_s=60.0)
        if life_s < SHORTEST_LIFE_S:
            raise ValueError(f"life_s must be at least {SHORTEST_LIFE_S} seconds.")
        if idle_s <= 0:
            raise ValueError("idle_s must be more than 0 seconds.")
        self._env = dict(env or {})
        if hidden := [name for name, value in self._env.items() if value in self._keys()]:
            raise ValueError(
                f"env gives the sandbox your key for {self.service} as {', '.join(hidden)}. "
                "Code in the sandbox could read it; leave it out."
            )
        self._life_s, self._idle_s = life_s, idle_s
        self._internet = internet
        self._python = python
        shared = {"internet": internet, "life_s": life_s, "idle_s": idle_s, "env": env}
        self._options = {**shared, "python": python, **options}

    def another(self) -> Self:
        """Make another executor with the same options. Its sandbox is its own."""
        return type(self)(**self._options)

    def check(self) -> None:
        """Raise ``ExecutorError`` if the service's library or a key is missing. Starts nothing."""
        if find_spec(self.library) is None:
            raise ExecutorError(
                f"Code in {self.service} needs the package {self.library}, which is not installed.",
                advice=f"Run: pip install {self.library}",
            )
        self._check_key()

    @abstractmethod
    def _check_key(self) -> None:
        """Raise ``ExecutorError`` that says where a key comes from, if there is none."""

    @abstractmethod
    def _keys(self) -> set[str]:
        """The keys that are known, which must not get into a sandbox."""

    @abstractmethod
    async def _create(self, library: Any) -> RunningSandbox:
        """Make a sandbox. Raises ``ExecutorError``."""

    async def _open(self) -> RelayedGuest:
        self.check()
        library = await asyncio.to_thread(import_module, self.library)
        sandbox = await self._created(library)
        guest = RelayedGuest(
            sandbox,
            life_s=self._life_s,
            idle_s=self._idle_s,
            is_used=lambda: self._running,
        )
        command = relay_command(self._python, silence_s=self._life_s)
        try:
            await sandbox.run(command, on_output=guest.feed, on_end=guest.lost)
        except BaseException:
            await guest.kill()
            raise
        guest.begin()
        return guest

    async def _created(self, library: ModuleType) -> RunningSandbox:
        """Make a sandbox, and end it if this is cancelled before anybody has it."""
        creating = asyncio.create_task(self._create(library))
        try:
            return await asyncio.shield(creating)
        except asyncio.CancelledError:
            await asyncio.wait([creating])
            if not creating.cancelled() and creating.exception() is None:
                await creating.result().end()
            raise
