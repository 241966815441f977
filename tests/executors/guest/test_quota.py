"""What a guest may send in one step is counted on the trusted side, whatever the guest says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.executor.cases import run
from pyagent.channel import Message
from pyagent.concurrency import background
from pyagent.errors import ProtocolError
from pyagent.executors.guest import quota
from pyagent.executors.remote import RemoteExecutor
from pyagent.protocol import (
    Display,
    Execute,
    Executed,
    FileContent,
    FileInfo,
    Output,
    ToolCall,
    ToolReturn,
    ToolStub,
)
from support.agents.scripted_agents import agent_with, block
from support.executors.scripted_guest import Scripted, Send, drive, first_step, good

Flood = Callable[[Send, int], None]


def shows(send: Send, step: int) -> None:
    for _ in range(quota.MAX_DISPLAYS + 1):
        send(Display(id=step, bundle={"text/html": "<p>x</p>", "text/plain": "x"}))


def shows_tables(send: Send, step: int) -> None:
    table = {"schema": {"fields": []}, "data": []}
    for _ in range(quota.MAX_DISPLAYS + 1):
        send(Display(id=step, bundle={"application/vnd.dataresource+json": table}))


def prints_letters(send: Send, step: int) -> None:
    for number in range(quota.MAX_OUTPUTS + 1):
        send(Output(id=step, stream=("stdout", "stderr")[number % 2], text="x"))


def prints_nothing(send: Send, step: int) -> None:
    for _ in range(quota.MAX_OUTPUTS + 1):
        send(Output(id=step, stream="stdout", text=""))


def names_variables(send: Send, step: int) -> None:
    send(Executed(id=step, variables={f"v{number}": "1" for number in range(10_000)}))


def names_files(send: Send, step: int) -> None:
    file = FileInfo(path="a.txt", size_bytes=1, media_type="text/plain")
    send(Executed(id=step, files=[file] * 101))


def names_a_long_path(send: Send, step: int) -> None:
    file = FileInfo(path="a" * 100_000, size_bytes=1, media_type="text/plain")
    send(Executed(id=step, files=[file]))


def sends_files(send: Send, step: int) -> None:
    for _ in range(3):
        send(FileContent(id=77), [bytes(quota.MAX_UNASKED_BYTES // 2)])


def sends_messages(send: Send, step: int) -> None:
    for _ in range(quota.MAX_MESSAGES + 1):
        send(Executed(id=step + 99))


@pytest.mark.parametrize(
    "flood",
    [
        shows,
        shows_tables,
        prints_letters,
        prints_nothing,
        names_variables,
        names_files,
        names_a_long_path,
        sends_files,
        sends_messages,
    ],
)
def test_guest_that_sends_more_than_its_kernel_would_is_ended(flood: Flood) -> None:
    def answer(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            flood(send, message.id)

    script = Scripted(answer, good)
    outcome = first_step(script)
    assert outcome.error.type == "SandboxLost"
    assert len(outcome.displays) <= quota.MAX_DISPLAYS
    assert script.connections[0].killed


def test_displays_beyond_the_sum_are_left_out_and_said() -> None:
    picture = "x" * 3_000_000

    def answer(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            for _ in range(30):
                send(Display(id=message.id, bundle={"text/html": picture}))
        good(message, send)

    outcome = first_step(Scripted(answer))
    assert len(outcome.displays) == quota.MAX_DISPLAY_CHARS // len(picture)
    assert outcome.stderr.count("a step may show 64,000,000 characters") == 1
    assert outcome.text == "a"


@pytest.mark.parametrize("argument", ["", "x" * 8_000_000], ids=["many", "large"])
def test_calls_beyond_the_limit_fail_and_the_code_goes_on(
    argument: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "MAX_CALLS", 10)
    made: list[ToolCall] = []
    refused: list[str] = []

    async def tool(call: ToolCall) -> ToolReturn:
        made.append(call)
        return ToolReturn(call_id=call.call_id)

    def answer(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            send(ToolCall(call_id=1, name="tool", args=[argument]))
        elif isinstance(message, ToolReturn):
            refused.extend([message.error.message] if message.error else [])
            if message.call_id < 20:
                send(ToolCall(call_id=message.call_id + 1, name="tool", args=[argument]))
            else:
                send(Executed(id=1))
        else:
            good(message, send)

    async def scenario(executor: RemoteExecutor) -> None:
        await executor.define_tools([ToolStub(name="tool", signature="()", doc="")], tool)
        assert (await run(executor, "a")).executed.error is None

    drive(Scripted(answer), scenario)
    most = 10 if not argument else quota.MAX_CALL_CHARS // len(argument)
    assert len(made) in (most, most - 1)  # the weight of an argument is a little more than its text
    assert len(refused) == 20 - len(made)
    assert all("A step may" in text for text in refused)


@pytest.mark.parametrize("times", [12, 40])
def test_what_the_host_asked_for_counts_against_no_step(times: int) -> None:
    counted, data = quota.Quota(), [bytes(90_000_000)]
    for _ in range(times):
        counted.message(data, is_awaited=True)
    for _ in range(quota.MAX_BYTES // len(data[0])):
        counted.message(data)
    with pytest.raises(ProtocolError, match="more bytes"):
        counted.message(data)


def test_the_host_may_read_a_file_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MAX_BYTES", 1_000)
    with agent_with(block("open('big', 'wb').write(b'0' * 600)\nfinal_answer(1)")) as agent:
        agent.run("Write.")

        async def read() -> list[int]:
            return [len(await agent.read_file("big")) for _ in range(4)]

        assert background.call(read()) == [600] * 4


def test_an_answer_that_is_too_large_is_a_cheat_although_it_was_asked_for() -> None:
    with pytest.raises(ProtocolError, match="more bytes"):
        quota.Quota().message([bytes(quota.MAX_FILE_BYTES + 1)], is_awaited=True)
