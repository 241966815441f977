"""A guest imports what a reply mentions while the reply streams, and so does the next guest."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from pyagent import wire
from pyagent.browser.sandboxes import Sandboxes, SandboxExecutor
from pyagent.protocol import (
    FromGuest,
    GuestReady,
    PackageRequest,
    PackageResponse,
    Preload,
    SandboxAttached,
    SandboxLost,
    ToGuest,
)
from support.browser.fakes import FakePort, port_pair

TURNS = 20
"""Turns of the event loop in which everything settles."""


class Page:
    """Attaches guests, and notes what they hear."""

    def __init__(self) -> None:
        self.heard: list[ToGuest] = []
        self.sandboxes = Sandboxes(lambda message: None, can_interrupt=False)
        self.executor = SandboxExecutor(
            self.sandboxes, fetch_package=self.fetch, prefetch=self.prefetch
        )

    async def prefetch(self, modules: Collection[str]) -> list[str]:
        return [module for module in modules if module.startswith("site_")]

    async def fetch(self, url: str) -> tuple[PackageResponse, bytes]:
        return PackageResponse(id=0, status=200), b"a wheel"

    async def attach(self, generation: int) -> FakePort:
        """Start a guest and return its end of the port."""
        starting = asyncio.create_task(self.executor.start())
        await settled()
        (guest, inside), (control, _) = port_pair(), port_pair()
        self.sandboxes.attached(SandboxAttached(generation=generation), guest, control)
        inside.listen(
            lambda text, buffers, ports: self.heard.append(wire.loads(text, ToGuest)), lambda: None
        )
        say(inside, GuestReady(python="3.14"))
        await starting
        return inside


def say(port: FakePort, message: FromGuest) -> None:
    port.post(wire.dumps(message), ())


async def settled() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def test_a_guest_hears_of_the_modules_that_the_site_has_once() -> None:
    async def scenario() -> list[ToGuest]:
        page = Page()
        await page.attach(1)
        page.executor.expect(["site_table", "os"])
        await settled()
        page.executor.expect(["site_table"])
        await settled()
        return page.heard

    assert asyncio.run(scenario()) == [Preload(modules=["site_table"])]


def test_a_guest_that_starts_later_imports_them_too() -> None:
    async def scenario() -> list[ToGuest]:
        page = Page()
        page.executor.expect(["site_table"])
        await settled()
        await page.attach(1)
        page.sandboxes.lost(SandboxLost(generation=1, reason="it crashed"))
        await settled()
        await page.attach(2)
        return page.heard

    assert asyncio.run(scenario()) == [Preload(modules=["site_table"])] * 2


def test_packages_are_served_between_steps_only_to_prepare_one() -> None:
    async def scenario() -> tuple[list[ToGuest], list[ToGuest]]:
        page = Page()
        guest = await page.attach(1)
        say(guest, PackageRequest(id=1, url="site-packages:/lock.json"))
        await settled()
        before = list(page.heard)
        page.executor.expect(["site_table"])
        await settled()
        say(guest, PackageRequest(id=2, url="site-packages:/lock.json"))
        await settled()
        return before, page.heard

    before, after = asyncio.run(scenario())
    assert before == []
    assert after[1:] == [PackageResponse(id=2, status=200)]
