"""The ``wasm`` executor: the page's Python, Pyodide, in a process under Deno.

The code is contained twice: WebAssembly has no system calls, and Deno gives its JavaScript no
permission, so that neither reaches files, network, environment or programs of this machine.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Collection
from functools import partial
from pathlib import Path

from pyagent.errors import ExecutorError
from pyagent.executors.packages.broker import PackageBroker, PackageUse
from pyagent.executors.packages.executor import PackagedExecutor
from pyagent.executors.packages.fetching import Fetch
from pyagent.executors.packages.http import HttpFetch
from pyagent.executors.wasm.guest_process import GuestConnection, GuestProcess, Limits, start_guest
from pyagent.executors.wasm.image import image_of
from pyagent.executors.wasm.packages import broker_of
from pyagent.executors.wasm.site import Site, find_deno, find_site
from pyagent.executors.wasm.spares import Spares, Start, spares_of
from pyagent.protocol import PackageResponse

logger = logging.getLogger(__name__)

_MB = 1 << 20
_SCRIPT_BYTES = 512 * _MB
_OTHER_BYTES = 1_500 * _MB
"""What the process needs beside Python's memory and JavaScript's heap."""


class WasmExecutor(PackagedExecutor):
    """Runs code in Pyodide under Deno, without network, files or keys of this machine.

    ``site`` is the folder of a built page, by default the one of the package ``pyagent-site``.
    ``memory_mb`` bounds the memory of the code, in megabytes. With ``spare``, a second guest is
    kept ready, so that one that ends is replaced at once; executors of the same options share it.
    """

    is_isolated = True

    _fetch_by: Fetch = HttpFetch()

    def __init__(
        self, *, site: Path | str | None = None, memory_mb: int = 1024, spare: bool = False
    ) -> None:
        self._folder = site
        self._memory_mb = memory_mb
        memory = memory_mb * _MB
        self._limits = Limits(
            memory_bytes=memory,
            script_bytes=_SCRIPT_BYTES,
            data_bytes=memory + _SCRIPT_BYTES + _OTHER_BYTES,
        )
        self._spare = spare
        self._held: Spares | None = None
        self.process_id = 0
        """Of the latest guest; 0 before the first."""
        self._broker: PackageBroker | None = None
        super().__init__(
            self._connect, fetch_package=self._fetch_package_for, prefetch=self._packages_for
        )

    @property
    def spares(self) -> Spares:
        """The guests that are kept ready for executors with these options."""
        return spares_of((find_site(self._folder).key, self._limits))

    def check(self) -> None:
        """Raise ``ExecutorError`` if Deno or the page's files are missing. Starts nothing."""
        find_deno()
        find_site(self._folder)

    def another(self) -> WasmExecutor:
        """Make another executor of the same kind. It shares the spare guest, if there is one."""
        return WasmExecutor(site=self._folder, memory_mb=self._memory_mb, spare=self._spare)

    async def aclose(self) -> None:
        """End the sandbox, and the spare one unless another executor has it too."""
        await super().aclose()
        if self._held is not None:
            held, self._held = self._held, None
            await asyncio.to_thread(held.release)

    def _packages(self) -> PackageBroker:
        if self._broker is None:
            self._broker = broker_of(find_site(self._folder), self._fetch_by)
        return self._broker

    async def _fetch_package_for(self, url: str, use: PackageUse) -> tuple[PackageResponse, bytes]:
        try:
            return await self._packages().fetch(url, use)
        except ExecutorError as error:  # its text names folders, which no guest may learn
            logger.warning("A package could not be fetched: %s", error)
            unread = "The files of the page cannot be read."
            return PackageResponse(id=0, status=502, error=unread), b""

    async def _packages_for(self, modules: Collection[str]) -> list[str]:
        return await self._packages().prefetch(modules)

    async def _connect(self) -> GuestConnection:
        self.check()
        start = partial(_start, find_site(self._folder), self._limits)
        if not self._spare:
            return await self._connected(await _started(start))
        if self._held is None:
            self._held = self.spares
            self._held.hold()
        spares = self._held
        guest = spares.take() or await _started(start)
        connection = await self._connected(guest)
        # Two guests that start at the same time make each other late.
        connection.channel.when_begun = lambda: spares.refill(start)
        return connection

    async def _connected(self, guest: GuestProcess) -> GuestConnection:
        self.process_id = guest.process_id
        try:
            return await guest.connect()
        except BaseException:
            guest.kill()
            raise


def _start(site: Site, limits: Limits) -> GuestProcess:
    return start_guest(site.read("process/main.js"), image_of(site), limits)


async def _started(start: Start) -> GuestProcess:
    """A guest that a thread starts. If nobody waits for it any longer, it is ended."""
    lock, started, is_wanted = threading.Lock(), list[GuestProcess](), True

    def begin() -> GuestProcess:
        guest = start()
        with lock:
            started.append(guest)
            kept = is_wanted
        if not kept:
            guest.kill()
        return guest

    try:
        return await asyncio.to_thread(begin)
    except asyncio.CancelledError:
        with lock:
            is_wanted = False
        for guest in started:
            guest.kill()
        raise
