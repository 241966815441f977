"""Starts the Python of a guest that has a process of its own. web/src/process/worker.ts calls it.

Nothing happens beside the code here: while the guest waits for a message, the whole worker waits.
"""

from __future__ import annotations

import asyncio
import os
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyagent.browser import bridge
from pyagent.browser.installer import Installer
from pyagent.browser.page_python import adapt
from pyagent.browser.port_link import PortLink
from pyagent.browser.site_wheels import SiteWheels
from pyagent.sandbox.guest import Guest
from pyagent.sandbox.interrupts import Interrupts

WORK_DIR = Path("/home/pyodide/work")


class ProcessLink(PortLink):
    """A ``PortLink`` whose messages come only while something waits for them."""

    async def _answered(self, answer: asyncio.Future[Any]) -> None:
        await asyncio.sleep(0)  # others that ask for a package at the same time ask first
        while not answer.done():
            self._block(self)


def serve(port: Any, wait: Callable[[], Any]) -> None:
    """Serve until the process ends.

    ``port`` sends: it is like the ``PortEnd`` of web/src/port.ts. ``wait`` blocks until a message
    comes; it returns None when the code should stop instead.
    """
    bridge.BatchingLoop(can_block=True).install()
    WORK_DIR.mkdir(parents=True, exist_ok=True)
    os.chdir(WORK_DIR)
    # threadpoolctl, which scikit-learn imports, still calls it.
    warnings.filterwarnings("ignore", "JsProxy.as_object_map", RuntimeWarning)

    def block(link: PortLink) -> None:
        parts = wait()
        if parts is None:
            signal.raise_signal(signal.SIGINT)
            return
        text, *buffers = parts
        link.deliver(text, [buffer.to_bytes() for buffer in buffers])

    link = ProcessLink(bridge.JsPort(port), block)
    interrupts = Interrupts()
    interrupts.install()
    adapt(bridge.block_on, can_wait=True)
    refusals: list[str] = []
    site = SiteWheels(link.fetch_package)

    async def install(name: str) -> None:
        await bridge.install(name, site.packages)

    installer = Installer(install, bridge.block_on, bridge.lock_names(), refusals, site)
    guest = Guest(
        link,
        work_dir=WORK_DIR,
        interrupts=interrupts,
        run_async=bridge.block_on,
        install=installer,
    )
    bridge.fetch_packages_by(link.fetch_package, refusals)
    guest.serve()
