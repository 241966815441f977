"""Sandboxes and their generations, as the page attaches and loses them."""

from __future__ import annotations

import asyncio

import pytest

from pyagent.browser.sandboxes import Sandboxes, SandboxExecutor
from pyagent.errors import ChannelClosed, SandboxLostError
from pyagent.protocol import SandboxAttached, SandboxLost, SandboxReleased, SandboxRequest
from support.browser.fakes import FakePort, port_pair


class PageSide:
    """The page: records what it is asked, and answers."""

    def __init__(self, most: int = 4) -> None:
        self.requests: list[SandboxRequest | SandboxReleased] = []
        self.sandboxes = Sandboxes(self.requests.append, can_interrupt=True, most=most)
        self.sandbox = self.sandboxes.another()

    def attach(self, generation: int, sandbox: int = 0) -> tuple[FakePort, FakePort]:
        (guest, inside), (control, window) = port_pair(), port_pair()
        message = SandboxAttached(sandbox=sandbox, generation=generation)
        self.sandboxes.attached(message, guest, control)
        return inside, window


async def asked(page: PageSide) -> None:
    """Let a task that was just created ask for its sandbox."""
    await asyncio.sleep(0)


def test_a_sandbox_is_asked_for_and_interrupted() -> None:
    async def scenario() -> None:
        page = PageSide()
        connecting = asyncio.create_task(page.sandbox.connect())
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
        connecting = asyncio.create_task(page.sandbox.connect())
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
        connecting = asyncio.create_task(page.sandbox.connect())
        await asked(page)
        page.sandboxes.lost(SandboxLost(generation=1, reason="no memory"))
        while len(page.requests) < 2:
            await asyncio.sleep(0)
        page.sandboxes.lost(SandboxLost(generation=2, reason="still no memory"))
        with pytest.raises(SandboxLostError, match="still no memory"):
            await connecting
        assert len(page.requests) == 2

    asyncio.run(scenario())


def test_a_sandbox_that_dies_while_it_is_made_is_asked_for_once_more() -> None:
    async def scenario() -> None:
        page = PageSide()
        connecting = asyncio.create_task(page.sandbox.connect())
        await asked(page)
        page.sandboxes.lost(SandboxLost(generation=1, reason="it crashed"))
        while len(page.requests) < 2:
            await asyncio.sleep(0)
        page.attach(2)
        await connecting

    asyncio.run(scenario())


def test_a_sandbox_that_comes_too_late_is_closed() -> None:
    async def scenario() -> None:
        page = PageSide()
        first = asyncio.create_task(page.sandbox.connect())
        await asked(page)
        second = asyncio.create_task(page.sandbox.connect())
        await asked(page)
        late, _ = page.attach(1)
        assert late.other.is_closed
        page.attach(2)
        assert await second
        assert (await asyncio.gather(first, return_exceptions=True))[0] is not None

    asyncio.run(scenario())


def test_the_end_of_one_sandbox_leaves_the_others() -> None:
    async def scenario() -> None:
        page = PageSide()
        other = page.sandboxes.another()
        connecting = [asyncio.create_task(box.connect()) for box in (page.sandbox, other)]
        await asked(page)
        page.attach(1, sandbox=0)
        inside, _ = page.attach(1, sandbox=1)
        first, second = await asyncio.gather(*connecting)
        page.sandboxes.lost(SandboxLost(sandbox=0, generation=1, reason="it crashed"))
        with pytest.raises(ChannelClosed, match="it crashed"):
            await first.channel.receive()
        assert not inside.is_closed
        assert second.interrupt()

    asyncio.run(scenario())


def test_a_request_for_one_sandbox_too_many_waits_until_one_is_released() -> None:
    async def scenario() -> None:
        page = PageSide(most=1)
        connecting = asyncio.create_task(page.sandbox.connect())
        await asked(page)
        page.attach(1)
        await connecting
        waiting = asyncio.create_task(page.sandboxes.another().connect())
        await asked(page)
        assert page.requests == [SandboxRequest(sandbox=0, generation=1)]
        page.sandbox.release()
        page.sandbox.release()
        await asked(page)
        assert page.requests[1:] == [
            SandboxReleased(sandbox=0),
            SandboxRequest(sandbox=1, generation=1),
        ]
        page.attach(1, sandbox=1)
        assert await waiting

    asyncio.run(scenario())


def test_a_sandbox_that_comes_after_its_release_is_closed() -> None:
    async def scenario() -> None:
        page = PageSide()
        connecting = asyncio.create_task(page.sandbox.connect())
        await asked(page)
        connecting.cancel()
        page.sandbox.release()
        late, _ = page.attach(1)
        assert late.other.is_closed

    asyncio.run(scenario())


def test_an_executor_makes_another_and_gives_its_sandbox_back() -> None:
    async def scenario() -> None:
        page = PageSide()
        executor = SandboxExecutor(page.sandboxes).another()
        starting = asyncio.create_task(executor.start())
        await asked(page)
        await asyncio.sleep(0)
        assert page.requests == [SandboxRequest(sandbox=2, generation=1)]
        await executor.aclose()
        assert page.requests[1:] == [SandboxReleased(sandbox=2)]
        await asyncio.gather(starting, return_exceptions=True)

    asyncio.run(scenario())
