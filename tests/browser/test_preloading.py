"""A guest imports what a reply mentions while the reply streams, and so does the next guest."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from pyagent import wire
from pyagent.browser.sandboxes import (
    MAX_SPARE_BYTES,
    MAX_SPARE_MODULES,
    Sandboxes,
    SandboxExecutor,
)
from pyagent.protocol import (
    CheckpointTaken,
    Executed,
    FromGuest,
    GuestReady,
    PackageFile,
    PackageRequest,
    PackageResponse,
    Preload,
    SandboxAttached,
    SandboxLost,
    SandboxPackages,
    TakeCheckpoint,
    ToGuest,
)
from support.browser.fakes import FakePort, port_pair

TURNS = 20
"""Turns of the event loop in which everything settles."""


class Page:
    """Attaches guests, and notes what they hear. ``spares`` has the modules that spares import."""

    def __init__(self) -> None:
        self.heard: list[ToGuest] = []
        self.spares: list[list[str]] = []
        self.sandboxes = Sandboxes(self.take, can_interrupt=False)
        self.executor = SandboxExecutor(
            self.sandboxes,
            fetch_package=self.fetch,
            prefetch=self.prefetch,
            files_for=self.files_for,
        )

    def take(self, message: object) -> None:
        if isinstance(message, SandboxPackages):
            self.spares.append(message.modules)

    def files_for(self, modules: Collection[str]) -> list[PackageFile]:
        tops = dict.fromkeys(module.partition(".")[0] for module in modules)
        size = {"site_large": MAX_SPARE_BYTES}
        return [
            PackageFile(name=name, file=name, sha256="", bytes=size.get(name, 10)) for name in tops
        ]

    async def prefetch(self, modules: Collection[str]) -> list[str]:
        return [module for module in modules if module.startswith("site_")]

    async def fetch(self, url: str, use: object) -> tuple[PackageResponse, bytes]:
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


async def after_steps(*steps: Collection[str]) -> list[list[str]]:
    """What spares are told to import after steps that use these modules."""
    page = Page()
    guest = await page.attach(1)
    for number, modules in enumerate(steps, 1):
        page.executor.expect(modules)
        step = asyncio.create_task(_run(page.executor))
        await settled()
        say(guest, Executed(id=number))
        await step
        await settled()
        [saving] = [m for m in page.heard[-1:] if isinstance(m, TakeCheckpoint)]
        say(guest, CheckpointTaken(id=saving.id))
        await settled()
    return page.spares


async def _run(executor: SandboxExecutor) -> None:
    async for _ in executor.execute("pass"):
        pass


def test_spares_import_what_steps_have_used_and_are_told_once() -> None:
    told = asyncio.run(after_steps(["os"], ["site_table"], ["site_table"], ["site_plot.deep"]))
    assert told == [["site_table"], ["site_table", "site_plot.deep"]]


def test_what_spares_import_is_bounded() -> None:
    many = [f"site_table.m{number:03}" for number in range(2 * MAX_SPARE_MODULES)]
    assert asyncio.run(after_steps(["site_table"], ["site_large"])) == [["site_table"]]
    assert asyncio.run(after_steps(many)) == [many[:MAX_SPARE_MODULES]]
