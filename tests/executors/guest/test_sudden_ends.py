"""A guest that ends between two messages is replaced, and the run goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from contracts.executor.cases import run
from pyagent.channel import Message
from pyagent.errors import SandboxLostError
from pyagent.executors.remote import RemoteExecutor
from pyagent.protocol import DefineTools, FileContent, ReadFile, SetVariables, ToolStub, WriteFile
from support.executors.scripted_guest import Scripted, Send, drive, good

TOOL = ToolStub(name="order", signature="()", doc="Orders.")


async def _no_call(call: object) -> object:
    raise AssertionError(call)


async def set_variables(executor: RemoteExecutor) -> None:
    await executor.set_variables({"n": 1})


async def write_file(executor: RemoteExecutor) -> None:
    await executor.write_file("a.csv", b"1,2")


async def read_file(executor: RemoteExecutor) -> None:
    assert await executor.read_file("a.csv") == b"1,2"


async def define_tools(executor: RemoteExecutor) -> None:
    await executor.define_tools([TOOL], _no_call)  # type: ignore[arg-type]


ACTIONS: list[tuple[Callable[[RemoteExecutor], Awaitable[None]], type[Message]]] = [
    (set_variables, SetVariables),
    (write_file, WriteFile),
    (read_file, ReadFile),
    (define_tools, DefineTools),
]


@pytest.mark.parametrize(("act", "message"), ACTIONS)
def test_a_guest_that_ended_a_moment_ago_is_replaced(
    act: Callable[[RemoteExecutor], Awaitable[None]], message: type[Message]
) -> None:
    def answer(asked: Message, send: Send) -> None:
        if isinstance(asked, ReadFile):
            send(FileContent(id=asked.id), [b"1,2"])
        else:
            good(asked, send)

    script = Scripted(answer)

    async def scenario(executor: RemoteExecutor) -> None:
        await run(executor, "a")
        await asyncio.sleep(0.01)
        script.connections[-1].channel.close()  # nothing has noticed it yet
        script.received.clear()
        await act(executor)
        outcome = await run(executor, "b")
        assert outcome.text == "b"
        assert "A new sandbox was started." in outcome.stderr
        assert any(isinstance(one, message) for one in script.received)
        assert len(script.connections) == 2

    drive(script, scenario)


def test_a_guest_that_ends_while_it_starts_is_replaced_once() -> None:
    async def scenario(executor: RemoteExecutor) -> None:
        assert (await run(executor, "a")).text == "a"
        assert len(script.connections) == 2

    script = Scripted(good)
    connect = script._connect

    async def connecting() -> object:
        connection = await connect()
        if len(script.connections) == 1:
            connection._task.cancel()
            connection.channel.close()
        return connection

    script.executor._guests._connect = connecting  # type: ignore[assignment]
    drive(script, scenario)


def test_guests_that_all_end_while_they_start_are_an_error() -> None:
    script = Scripted(good)
    connect = script._connect

    async def connecting() -> object:
        connection = await connect()
        connection._task.cancel()
        connection.channel.close()
        return connection

    script.executor._guests._connect = connecting  # type: ignore[assignment]

    async def scenario(executor: RemoteExecutor) -> None:
        with pytest.raises(SandboxLostError, match=r"closed|gone"):
            await run(executor, "a")
        assert len(script.connections) == 2

    drive(script, scenario)
