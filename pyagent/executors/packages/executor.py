"""An executor whose guests get packages through the trusted side, which decides about each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, TypeAlias

from pyagent.errors import AgentError
from pyagent.executors.base import PackageGuard
from pyagent.executors.guest.lifecycle import Connect
from pyagent.executors.known_packages import is_known
from pyagent.executors.packages.broker import PackageUse
from pyagent.executors.remote import RemoteExecutor
from pyagent.protocol import PackageResponse

logger = logging.getLogger(__name__)

Prefetch: TypeAlias = Callable[[Collection[str]], Coroutine[Any, Any, list[str]]]
FetchFor: TypeAlias = Callable[[str, PackageUse], Awaitable[tuple[PackageResponse, bytes]]]

NOT_UNGUARDED = "Before the first run, only a few well-known packages are asked for."
MAX_UNGUARDED = 50
"""Most packages that the index is asked for while nobody guards them."""


class PackagedExecutor(RemoteExecutor):
    """A ``RemoteExecutor`` with packages. ``fetch_package`` serves its guests' installer.

    ``prefetch`` gets packages ready for modules that code is about to import. It returns those of
    them that are at hand.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        fetch_package: FetchFor | None = None,
        prefetch: Prefetch | None = None,
    ) -> None:
        self._prefetch = prefetch
        self._fetch_for = fetch_package
        self._use = PackageUse(refusal=self._refusal)
        self._guard: PackageGuard | None = None
        self._unguarded: set[str] = set()
        self._prefetching: set[asyncio.Task[None]] = set()
        super().__init__(connect, fetch_package=None if fetch_package is None else self._fetch)

    def guard_packages(self, guard: PackageGuard) -> None:
        self._guard = guard

    async def _fetch(self, url: str) -> tuple[PackageResponse, bytes]:
        assert self._fetch_for is not None
        return await self._fetch_for(url, self._use)

    async def _refusal(self, package: str) -> str:
        if self._guard is not None:
            return await self._guard(package, may_ask=self._running)
        return self._refused_unguarded(package)

    def _refused_unguarded(self, package: str) -> str:
        """Why a package may not be asked for while nobody guards them; empty if it may be.

        A sandbox that starts before the first run restores variables, whose bytes code wrote.
        """
        self._unguarded.add(package)
        if is_known(package) and len(self._unguarded) <= MAX_UNGUARDED:
            return ""
        return NOT_UNGUARDED

    async def reset(self) -> None:
        """Forget variables and files, and what packages were fetched. The tools stay."""
        self._use = PackageUse(refusal=self._refusal)
        self._unguarded.clear()
        await super().reset()

    def expect(self, modules: Collection[str]) -> None:
        if self._prefetch is not None:
            task = asyncio.ensure_future(self._preload(self._prefetch(modules)))
            self._prefetching.add(task)
            task.add_done_callback(self._prefetching.discard)

    async def _preload(self, prefetched: Coroutine[Any, Any, list[str]]) -> None:
        """Have the guest import what is at hand, while the reply still streams."""
        try:
            self._guests.preload(await prefetched)
        except AgentError as error:  # the step that needs the guest says it
            logger.info("Nothing was loaded ahead: %s", error)
