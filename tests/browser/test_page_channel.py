"""Events reach the page in few messages: together when they come fast, and always in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pyagent import wire
from pyagent.browser.page_channel import FRAME_S, PageChannel
from pyagent.browser.port import PortChannel
from pyagent.errors import ChannelClosed
from pyagent.protocol import (
    ApprovalRequested,
    Configured,
    FileInfo,
    FileProduced,
    FromAgent,
    RunFinished,
    SandboxReleased,
    StartRun,
    StepOutput,
    TokenUsage,
    ToolCall,
    ToolFinished,
    ToolStarted,
    Totals,
)
from support.browser.fakes import port_pair
from support.browser.page_end import LinesPort, PageEnd, with_agent

FINISHED = RunFinished(
    run_id="r", success=True, reason="answered", token_usage=TokenUsage(), steps=1, seconds=0.1
)


class Screen:
    """Both ends of a channel to a page. The clock stands still unless a test moves it."""

    def __init__(self) -> None:
        page, worker = port_pair()
        self.now = 0.0
        self.port = LinesPort(page)
        self.page = PortChannel(self.port, FromAgent)
        self.agent = PageChannel(worker, clock=lambda: self.now)

    @property
    def sizes(self) -> list[int]:
        """How many messages came in each text."""
        return [len(text.split("\n")) for text in self.port.texts]

    def send(self, *messages: Any) -> None:
        for message in messages:
            self.agent.send(message)

    async def shown(self, count: int) -> list[Any]:
        """The next ``count`` messages."""
        async with asyncio.timeout(30):
            return [(await self.page.receive())[0] for _ in range(count)]


def with_screen(scenario: Callable[[Screen], Awaitable[None]]) -> None:
    async def run() -> None:
        await scenario(Screen())

    asyncio.run(run())


def output(text: str) -> StepOutput:
    return StepOutput(run_id="r", step=1, stream="stdout", text=text)


def started(number: int) -> ToolStarted:
    return ToolStarted(run_id="r", step=1, call_id=number, name="add", arguments={"n": number})


def finished(number: int) -> ToolFinished:
    return ToolFinished(run_id="r", step=1, call_id=number, name="add", preview="1", seconds=0.1)


def test_a_burst_of_500_calls_reaches_the_page_in_one_message_and_one_for_each_frame() -> None:
    async def scenario(screen: Screen) -> None:
        sent = [event for n in range(500) for event in (started(n), finished(n))]
        screen.send(*sent)
        assert screen.sizes == [1]
        assert await screen.shown(1000) == sent
        assert screen.sizes == [1, 999]

    with_screen(scenario)


def test_an_event_that_comes_alone_is_sent_at_once() -> None:
    async def scenario(screen: Screen) -> None:
        for number in range(3):
            screen.send(output(str(number)))
            screen.now += FRAME_S
        assert screen.sizes == [1, 1, 1]

    with_screen(scenario)


def test_a_call_of_a_tool_of_the_page_crosses_in_one_message_with_the_events_before_it() -> None:
    async def scenario(screen: Screen) -> None:
        sent: list[Any] = []
        for n in range(300):
            sent += [started(n), ToolCall(call_id=n, name="add"), finished(n)]
        screen.send(*sent)
        assert screen.sizes == [1, 1, *[3] * 299]
        assert await screen.shown(900) == sent

    with_screen(scenario)


@pytest.mark.parametrize(
    "message", [FINISHED, Configured(), SandboxReleased(sandbox=1), ToolCall(call_id=1, name="a")]
)
def test_what_somebody_waits_for_is_sent_at_once_after_the_events_before_it(message: Any) -> None:
    async def scenario(screen: Screen) -> None:
        screen.send(output("1"), output("2"), message)
        assert screen.sizes == [1, 2]
        assert await screen.shown(3) == [output("1"), output("2"), message]

    with_screen(scenario)


@pytest.mark.parametrize(
    "event",
    [
        Totals(runs=1, steps=1, token_usage=TokenUsage(), seconds=0.1),
        ApprovalRequested(run_id="r", step=1, call_id=1, name="a", arguments={}),
    ],
)
def test_what_is_only_shown_comes_without_anything_after_it(event: Any) -> None:
    async def scenario(screen: Screen) -> None:
        screen.send(output("1"), event)
        assert screen.sizes == [1]
        assert await screen.shown(2) == [output("1"), event]

    with_screen(scenario)


def test_buffers_belong_to_the_last_message_of_a_text() -> None:
    async def scenario(screen: Screen) -> None:
        info = FileInfo(path="a.txt", size_bytes=3, media_type="text/plain")
        screen.send(output("1"), output("2"))
        screen.agent.send(FileProduced(run_id="r", step=1, file=info), [b"abc"])
        assert screen.sizes == [1, 2]
        received = [(await screen.page.receive())[1] for _ in range(3)]
        assert received == [[], [], [b"abc"]]

    with_screen(scenario)


def test_a_text_of_several_messages_is_never_longer_than_a_message_may_be() -> None:
    async def scenario(screen: Screen) -> None:
        third = "x" * (wire.MAX_CHARS // 3)
        sent = [output("1"), *[output(third) for _ in range(5)], FINISHED]
        screen.send(*sent)
        assert max(map(len, screen.port.texts)) <= wire.MAX_CHARS
        assert await screen.shown(7) == sent

    with_screen(scenario)


def test_line_breaks_in_an_event_do_not_divide_it() -> None:
    async def scenario(screen: Screen) -> None:
        sent = [output(text) for text in ("", "a\nb", "a\r\nb\u2028c\u0085d", "\n\n")]
        screen.send(*sent)
        assert await screen.shown(4) == sent

    with_screen(scenario)


def test_a_message_that_json_cannot_hold_takes_no_other_with_it() -> None:
    async def scenario(screen: Screen) -> None:
        screen.send(output("1"), output("2"))
        with pytest.raises(wire.ProtocolError):
            screen.send(ToolCall(call_id=1, name="a", kwargs={"n": float("nan")}))
        screen.send(FINISHED)
        assert await screen.shown(3) == [output("1"), output("2"), FINISHED]

    with_screen(scenario)


def test_what_waits_when_the_page_goes_is_dropped() -> None:
    async def scenario(screen: Screen) -> None:
        screen.send(output("1"), output("2"))
        screen.page.close()
        screen.agent.flush()
        with pytest.raises(ChannelClosed):
            screen.send(output("3"))
        assert screen.sizes == [1]

    with_screen(scenario)


def test_the_page_hears_what_came_before_a_tool_blocks_the_worker() -> None:
    async def scenario(screen: Screen) -> None:
        seen: list[list[int]] = []

        def quick() -> None:
            seen.append(screen.sizes)

        def slow() -> None:
            quick()
            screen.now += 10

        screen.send(output("1"), output("2"))
        for tool in (slow, quick, quick):
            await screen.agent.call_inline(tool)
            screen.send(output("3"), output("4"))
        assert seen == [[1, 1], [1, 1, 2], [1, 1, 2]]

    with_screen(scenario)


def test_all_events_of_a_run_come_in_order() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        page.send(StartRun(run_id="r", task="Print."))
        await page.until(RunFinished)
        printed = "".join(m.text for m in page.seen if isinstance(m, StepOutput))
        assert printed == "".join(f"{n}\n" for n in range(50))

    code = "import sys\nfor n in range(50): print(n); sys.stdout.flush()\nfinal_answer(1)"
    with_agent(scenario, code)
