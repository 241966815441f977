"""Sandboxes by generation, as the page attaches and loses them."""

from __future__ import annotations

import asyncio

import pytest
from fakes import FakePort, port_pair

from pyagent.browser.sandboxes import Sandboxes
from pyagent.errors import ChannelClosed, SandboxLostError
from pyagent.protocol import SandboxAttached, SandboxLost, SandboxRequest


class PageSide:
    """What the page was asked, and what it answers."""

    def __init__(self) -> None:
        self.requests: list[SandboxRequest] = []
        self.sandboxes = Sandboxes(self.requests.append, can_interrupt=True)

    def attach(self, generation: int) -> tuple[FakePort, FakePort]:
        (guest, inside), (control, window) = port_pair(), port_pair()
        self.sandboxes.attached(SandboxAttached(generation=generation), guest, control)
        return inside, window


async def asked(page: PageSide) -> None:
    """Let a task that has just been made ask for its sandbox."""
    await asyncio.sleep(0)


def test_a_sandbox_is_asked_for_and_interrupted() -> None:
    async def scenario() -> None:
        page = PageSide()
        connecting = asyncio.create_task(page.sandboxes.connect())
        await asked(page)
        assert page.requests == [SandboxRequest(generation=1)]
        _, window = page.attach(1)
        connection = await connecting
        heard: list[str] = []
        window.listen(lambda text, buffers, ports: heard.append(text), lambda: None)
        assert connection.interrupt()
        assert heard == ["interrupt"]
        await connection.kill()
        with pytest.raises(ChannelClosed):
            await connection.channel.receive()

    asyncio.run(scenario())


def test_a_sandbox_that_dies_says_why() -> None:
    async def scenario() -> None:
        page = PageSide()
        connecting = asyncio.create_task(page.sandboxes.connect())
        await asked(page)
        page.attach(1)
        connection = await connecting
        page.sandboxes.lost(SandboxLost(generation=0, reason="an older one"))
        page.sandboxes.lost(SandboxLost(generation=1, reason="C-stack overflow"))
        with pytest.raises(ChannelClosed, match="C-stack overflow"):
            await connection.channel.receive()

    asyncio.run(scenario())


def test_a_sandbox_that_cannot_be_made_is_an_error() -> None:
    async def scenario() -> None:
        page = PageSide()
        connecting = asyncio.create_task(page.sandboxes.connect())
        await asked(page)
        page.sandboxes.lost(SandboxLost(generation=1, reason="no memory"))
        with pytest.raises(SandboxLostError, match="no memory"):
            await connecting

    asyncio.run(scenario())


def test_a_sandbox_that_comes_too_late_is_closed() -> None:
    async def scenario() -> None:
        page = PageSide()
        first = asyncio.create_task(page.sandboxes.connect())
        await asked(page)
        second = asyncio.create_task(page.sandboxes.connect())
        await asked(page)
        late, _ = page.attach(1)
        assert late.other.is_closed
        page.attach(2)
        assert await second
        assert (await asyncio.gather(first, return_exceptions=True))[0] is not None

    asyncio.run(scenario())
