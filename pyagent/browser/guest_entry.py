"""Starts the sandbox worker's Python. web/src/sandbox/worker.ts calls it with a port."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pyagent.browser import bridge
from pyagent.browser.installer import Installer
from pyagent.browser.page_python import adapt
from pyagent.browser.port_link import PortLink, run_at_once
from pyagent.browser.site_wheels import SiteWheels
from pyagent.protocol import Execute, Preload
from pyagent.sandbox.guest import Guest
from pyagent.sandbox.interrupts import Interrupts

WORK_DIR = Path("/home/pyodide/work")

_tasks: set[asyncio.Task[None]] = set()


def start(
    port: Any, blocking: str, wait: Any, died: Callable[[str], None], packages: Iterable[str]
) -> Ahead:
    """Start to serve on ``port``.

    ``blocking`` says how code can wait for a tool: ``suspend``, ``atomics`` or ``none``. With
    ``atomics``, ``wait`` returns the next message. ``died`` is called when the guest ends.
    ``packages`` names those of the site's packages that the memory came with.
    """
    bridge.BatchingLoop(can_block=blocking == "suspend").install()
    WORK_DIR.mkdir(parents=True, exist_ok=True)
    os.chdir(WORK_DIR)
    # threadpoolctl, which scikit-learn imports, still calls it.
    warnings.filterwarnings("ignore", "JsProxy.as_object_map", RuntimeWarning)
    link = PortLink(bridge.JsPort(port), bridge.blocker(blocking, wait))
    interrupts = Interrupts()
    interrupts.install()
    can_await = blocking == "suspend"
    run = bridge.block_on if can_await else run_at_once
    adapt(run, can_wait=can_await)
    refusals: list[str] = []
    site = SiteWheels(link.fetch_package, there=packages)

    async def install(name: str) -> None:
        await bridge.install(name, site.packages)

    installer = Installer(install, run, bridge.lock_names(), refusals, site)
    guest = Guest(link, work_dir=WORK_DIR, interrupts=interrupts, run_async=run, install=installer)
    bridge.fetch_packages_by(link.fetch_package, refusals)
    guest.greet()
    task = asyncio.ensure_future(_serve(guest, link, None if can_await else installer, died))
    _tasks.add(task)  # the event loop itself keeps only a weak reference
    return Ahead(site, guest)


class Ahead:
    """Prepares a spare sandbox, to which no executor is connected. JavaScript calls the methods."""

    def __init__(self, site: SiteWheels, guest: Guest) -> None:
        self._site = site
        self._guest = guest

    def install(self, package: str, wheel: Any) -> None:
        """Install a package's wheel, a buffer of JavaScript."""
        self._site.put(package, wheel.to_bytes())

    def load(self, module: str) -> bool:
        """Import a module as ``Preload`` does. Returns whether that worked."""
        return self._guest.kernel.preload([module], may_install=False)


async def _serve(
    guest: Guest, link: PortLink, installer: Installer | None, died: Callable[[str], None]
) -> None:
    """Answer messages. ``installer`` is None if code can wait for an installation itself."""
    try:
        while True:
            message, buffers = await link.receive()
            if installer is not None and isinstance(message, Execute):
                await installer.prepare(message.code)
            if installer is not None and isinstance(message, Preload):
                await installer.prepare(f"import {', '.join(message.modules)}")
            guest.handle(message, buffers)
    except BaseException as error:
        died(f"{type(error).__name__}: {error}")
        raise
