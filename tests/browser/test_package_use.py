"""Packages count for a conversation, and the executor says whether the person may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from pyagent import wire
from pyagent.agents.run import bounds
from pyagent.browser.port_link import PortLink
from pyagent.browser.sandboxes import Sandboxes, SandboxExecutor
from pyagent.executors import known_packages
from pyagent.executors.packages.broker import PackageUse
from pyagent.protocol import (
    CheckpointTaken,
    Execute,
    Executed,
    FileContent,
    GuestReady,
    PackageRequest,
    PackageResponse,
    ReadFile,
    SandboxAttached,
    SandboxRequest,
    TakeCheckpoint,
    ToGuest,
)
from support.browser.fakes import FakePort, port_pair


class Site:
    """Sandboxes whose guests ask for one package in each step, and for another if code says so."""

    def __init__(self) -> None:
        self.sandboxes = Sandboxes(self.attach, can_interrupt=False)
        self.executor = SandboxExecutor(self.sandboxes, fetch_package=self.fetch)
        self.uses: list[PackageUse] = []
        self.asked: list[tuple[str, bool]] = []
        self.errors: list[str] = []

    async def fetch(self, url: str, use: PackageUse) -> tuple[PackageResponse, bytes]:
        use.requests += 1
        self.uses.append(use)
        error = await use.refusal(url) if use.refusal is not None else ""
        return PackageResponse(id=0, status=200, error=error), b""

    async def guard(self, name: str, *, may_ask: bool) -> str:
        self.asked.append((name, may_ask))
        return "No." if name == "secret" else ""

    def attach(self, message: object) -> None:
        if not isinstance(message, SandboxRequest):
            return
        (guest, inside), (control, _) = port_pair(), port_pair()
        attached = SandboxAttached(generation=message.generation, sandbox=message.sandbox)
        asyncio.get_running_loop().call_soon(self.sandboxes.attached, attached, guest, control)
        inside.listen(lambda text, *_: self.serve(inside, text), lambda: None)
        inside.post(wire.dumps(GuestReady(python="3.14")), ())

    def serve(self, port: FakePort, text: str) -> None:
        message: ToGuest = wire.loads(text, ToGuest)
        if isinstance(message, Execute):
            port.post(wire.dumps(PackageRequest(id=message.id, url=message.code)), ())
        elif isinstance(message, TakeCheckpoint):
            port.post(wire.dumps(CheckpointTaken(id=message.id)), [b""])
        elif isinstance(message, PackageResponse):
            self.errors.append(message.error)
            port.post(wire.dumps(Executed(id=message.id)), ())

    async def step(self, package: str) -> None:
        async with asyncio.timeout(10):
            async for _ in self.executor.execute(package, deadline_s=5):
                pass


def test_a_reset_begins_the_count_of_packages_anew() -> None:
    async def scenario() -> Site:
        site = Site()
        for package in ("a", "b"):
            await site.step(package)
        await site.executor.reset()
        await site.step("c")
        await site.executor.aclose()
        return site

    first, second, third = asyncio.run(scenario()).uses
    assert first is second
    assert (first.requests, third.requests) == (2, 1)


@pytest.mark.parametrize("resets", [False, True])
def test_the_guard_of_the_run_is_asked_while_a_step_runs(resets: bool) -> None:
    async def scenario() -> Site:
        site = Site()
        site.executor.guard_packages(site.guard)
        if resets:
            await site.executor.reset()
        for package in ("numpy", "secret"):
            await site.step(package)
        await site.executor.aclose()
        return site

    site = asyncio.run(scenario())
    assert site.asked == [("numpy", True), ("secret", True)]
    assert site.errors == ["", "No."]


@pytest.mark.parametrize("resets", [False, True])
def test_before_the_first_run_only_a_few_well_known_packages_are_asked_for(resets: bool) -> None:
    known = ["numpy", "pandas", "requests"]
    secret = ["secret-of-the-person", "numpyy", "c2VjcmV0"]

    async def scenario() -> Site:
        site = Site()
        if resets:
            await site.executor.reset()
        for package in [*known, *secret]:
            await site.step(package)
        return site

    errors = asyncio.run(scenario()).errors
    assert errors[:3] == [""] * 3
    assert all("well-known" in error for error in errors[3:])


def test_well_known_packages_have_a_budget_before_the_first_run() -> None:
    async def scenario() -> list[str]:
        executor = SandboxExecutor(Sandboxes(print, can_interrupt=False), fetch_package=_fetched)
        names = sorted(known_packages._known())[: 3 * bounds.PACKAGES.in_step]
        return [(await executor._fetch(name))[0].error for name in names]

    errors = asyncio.run(scenario())
    assert errors[0] == ""
    assert errors.count("") <= bounds.PACKAGES.in_step
    assert "Before the first run" in errors[-1]


async def _fetched(url: str, use: PackageUse) -> tuple[PackageResponse, bytes]:
    assert use.refusal is not None
    return PackageResponse(id=0, status=200, error=await use.refusal(url)), b""


def test_each_executor_counts_for_itself() -> None:
    site = Site()
    another = site.executor.another()
    assert another is not site.executor
    site.executor.guard_packages(site.guard)

    async def scenario() -> None:
        await site.step("a")
        site.executor, kept = another, site.executor
        await site.step("b")
        for executor in (another, kept):
            await executor.aclose()

    asyncio.run(scenario())
    assert [use.requests for use in site.uses] == [1, 1]
    assert site.asked == [("a", True)]


def test_a_link_whose_code_waits_for_a_package_says_that_it_waits() -> None:
    async def scenario() -> tuple[Sequence[object], Sequence[object]]:
        outside, inside = port_pair()
        heard: list[object] = []
        outside.listen(
            lambda text, *_: heard.append(wire.loads(text, FileContent | PackageRequest)),
            lambda: None,
        )
        link = PortLink(inside, _never)
        outside.post(wire.dumps(ReadFile(id=1, path="")), ())
        before = list(heard)
        asking = asyncio.create_task(link.fetch_package("x"))
        await asyncio.sleep(0)
        outside.post(wire.dumps(ReadFile(id=2, path="")), ())
        outside.post(wire.dumps(ReadFile(id=3, path="a.txt")), ())
        asking.cancel()
        return before, heard

    before, heard = asyncio.run(scenario())
    assert before == []
    assert [one.id for one in heard if isinstance(one, FileContent)] == [2]


def _never(link: PortLink) -> None:
    raise AssertionError("nothing waits here")
