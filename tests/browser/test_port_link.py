"""The guest's link and the agent's channel over ports."""

from __future__ import annotations

import asyncio

import pytest

from pyagent import wire
from pyagent.browser.port import PortChannel
from pyagent.browser.port_link import PortLink, run_at_once
from pyagent.errors import ChannelClosed, ProtocolError
from pyagent.protocol import (
    Execute,
    FromGuest,
    GuestReady,
    PackageRequest,
    PackageResponse,
    ReadFile,
    ToolReturn,
)
from support.browser.fakes import FakePort, port_pair


def joined(blocked: list[ToolReturn]) -> tuple[PortLink, PortChannel, FakePort]:
    """A guest's link and the agent's channel. A blocked link receives what ``blocked`` holds."""
    guest, agent = port_pair()
    channel = PortChannel(agent, FromGuest)
    link = PortLink(guest, lambda link: channel.send(blocked.pop(0)))
    return link, channel, agent


def test_messages_arrive_in_order_with_their_buffers() -> None:
    async def scenario() -> None:
        link, channel, _ = joined([])
        link.send(GuestReady(python="3.14"))
        link.send(GuestReady(python="3.15"), [b"bytes"])
        assert await channel.receive() == (GuestReady(python="3.14"), [])
        assert await channel.receive() == (GuestReady(python="3.15"), [b"bytes"])

    asyncio.run(scenario())


def test_code_that_waits_gets_the_next_message() -> None:
    async def scenario() -> None:
        link, _, _ = joined([ToolReturn(call_id=1, value=5)])
        assert link.wait() == (ToolReturn(call_id=1, value=5), [])

    asyncio.run(scenario())


def test_an_idle_guest_wakes_up_for_a_message() -> None:
    async def scenario() -> None:
        link, channel, _ = joined([])
        received = asyncio.create_task(link.receive())
        await asyncio.sleep(0)
        channel.send(Execute(id=1, code="x"))
        assert await received == (Execute(id=1, code="x"), [])

    asyncio.run(scenario())


def test_each_package_goes_to_the_coroutine_that_asked_for_it() -> None:
    async def scenario() -> None:
        link, channel, _ = joined([])
        wanted = [asyncio.create_task(link.fetch_package(url)) for url in ("a", "b")]
        requests = [(await channel.receive())[0] for _ in wanted]
        channel.send(ReadFile(id=1, path="between"))
        for request in reversed(requests):
            assert isinstance(request, PackageRequest)
            answer = PackageResponse(id=request.id, status=200)
            channel.send(answer, [request.url.encode() * 2])
        assert [body for _, body in await asyncio.gather(*wanted)] == [b"aa", b"bb"]
        assert await link.receive() == (ReadFile(id=1, path="between"), [])

    asyncio.run(scenario())


def test_a_closed_channel_says_why() -> None:
    async def scenario() -> None:
        link, channel, _ = joined([])
        channel.close("it was killed")
        with pytest.raises(ChannelClosed, match="it was killed"):
            await channel.receive()
        with pytest.raises(ChannelClosed):
            channel.send(GuestReady(python=""))
        with pytest.raises(ChannelClosed):
            link.wait()

    asyncio.run(scenario())


def test_a_message_that_is_declared_for_another_channel_is_refused() -> None:
    async def scenario() -> None:
        guest, agent = port_pair()
        channel = PortChannel(agent, FromGuest)
        guest.post(wire.dumps(Execute(id=1, code="x")), [])
        with pytest.raises(ProtocolError):
            await channel.receive()

    asyncio.run(scenario())


def test_a_coroutine_that_does_not_wait_runs_where_code_cannot_wait() -> None:
    async def inner() -> int:
        await asyncio.sleep(0)
        return 41

    async def outer() -> int:
        return await inner() + 1

    assert run_at_once(outer()) == 42


def test_a_coroutine_that_waits_is_refused_where_code_cannot_wait() -> None:
    async def scenario() -> None:
        with pytest.raises(RuntimeError, match="cannot await"):
            run_at_once(asyncio.sleep(1))

    asyncio.run(scenario())
