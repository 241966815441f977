"""The remote executor with guests that misbehave: scripted ones, over a channel in memory."""

from __future__ import annotations

import asyncio

import pytest

from contracts.executor.cases import run
from pyagent.channel import Message
from pyagent.errors import FileError, SandboxLostError
from pyagent.executors.guest.peer import MAX_TOOL_CALLS
from pyagent.executors.guest.quota import MAX_OUTPUT_CHARS
from pyagent.executors.local import LocalExecutor
from pyagent.executors.remote import RemoteExecutor
from pyagent.protocol import (
    Execute,
    Executed,
    FileContent,
    GuestReady,
    Output,
    PackageRequest,
    PackageResponse,
    ReadFile,
    StopRun,
    TakeCheckpoint,
    ToolCall,
    ToolReturn,
    ToolStub,
)
from support.executors.scripted_guest import (
    Scripted,
    ScriptedConnection,
    Send,
    drive,
    first_step,
    good,
)


def test_flood_past_the_guests_own_cap_kills_it() -> None:
    def flood(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            for _ in range(MAX_OUTPUT_CHARS // 1000 + 2):
                send(Output(id=message.id, stream="stdout", text="x" * 1000))

    script = Scripted(flood, good)
    outcome = first_step(script)
    assert outcome.error.type == "SandboxLost"
    assert len(outcome.stdout) <= MAX_OUTPUT_CHARS
    assert script.connections[0].killed


def test_flood_of_tool_calls_kills_the_guest() -> None:
    def flood(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            for i in range(MAX_TOOL_CALLS + 1):
                send(ToolCall(call_id=i, name="slow"))

    async def slow(call: ToolCall) -> ToolReturn:
        await asyncio.Event().wait()
        raise AssertionError

    script = Scripted(flood, good)

    async def scenario(executor: RemoteExecutor) -> None:
        await executor.define_tools([ToolStub(name="slow", signature="()", doc="")], slow)
        assert (await run(executor, "a")).error.type == "SandboxLost"

    drive(script, scenario)
    assert script.connections[0].killed


def test_message_of_another_channel_kills_the_guest() -> None:
    def confuse(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            send(StopRun(run_id="r"))

    outcome = first_step(Scripted(confuse, good))
    assert "broke the protocol" in outcome.error.message


def test_ids_that_nobody_waits_for_are_ignored() -> None:
    def noisy(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            send(Executed(id=message.id + 7))
            send(Output(id=message.id + 7, stream="stdout", text="not mine"))
            send(FileContent(id=999), [b""])
            send(GuestReady(python="again"))
        good(message, send)

    outcome = first_step(Scripted(noisy))
    assert (outcome.text, outcome.stdout) == ("a", "")


def test_tool_call_after_the_step_is_not_answered() -> None:
    served: list[ToolCall] = []

    async def note(call: ToolCall) -> ToolReturn:
        served.append(call)
        return ToolReturn(call_id=call.call_id)

    def late(message: Message, send: Send) -> None:
        if isinstance(message, TakeCheckpoint):
            send(ToolCall(call_id=1, name="delete"))
        good(message, send)

    script = Scripted(late)

    async def scenario(executor: RemoteExecutor) -> None:
        await executor.define_tools([ToolStub(name="delete", signature="()", doc="")], note)
        for code in ("a", "b", "c"):  # each step waits for the checkpoint of the step before it
            await run(executor, code)

    drive(script, scenario)
    assert served == []


def test_tool_handler_that_raises_is_an_error_in_the_code() -> None:
    async def broken(call: ToolCall) -> ToolReturn:
        raise LookupError("a bug of ours")

    def calling(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            send(ToolCall(call_id=1, name="t"))
        elif isinstance(message, ToolReturn):
            assert message.error is not None
            send(Executed(id=1, error=message.error))

    script = Scripted(calling)

    async def scenario(executor: RemoteExecutor) -> None:
        await executor.define_tools([ToolStub(name="t", signature="()", doc="")], broken)
        assert "failed on the host" in (await run(executor, "a")).error.message

    drive(script, scenario)


def test_result_that_json_cannot_hold_is_an_error_of_the_tool() -> None:
    async def nan(call: ToolCall) -> ToolReturn:
        return ToolReturn(call_id=call.call_id, value=float("nan"))

    # A channel in memory carries any object; the pipe of the local executor carries JSON.
    async def main() -> None:
        executor = LocalExecutor()
        try:
            await executor.define_tools([ToolStub(name="nan", signature="()", doc="")], nan)
            error = (await run(executor, "nan()")).error
            assert (error.type, error.line) == ("TypeError", 1)
        finally:
            await executor.aclose()

    asyncio.run(main())


def test_packages_are_refused_if_nothing_fetches_them() -> None:
    def wants(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            send(PackageRequest(id=3, url="https://example.org/x.whl"))
        elif isinstance(message, PackageResponse):
            send(Executed(id=1, value={"text/plain": f"{message.id} {message.error}"}))
        else:
            good(message, send)

    script = Scripted(wants)

    async def scenario(executor: RemoteExecutor) -> None:
        assert (await run(executor, "a")).text == "3 Packages cannot be installed here."

    drive(script, scenario)


def test_a_fetch_that_fails_by_mistake_is_answered() -> None:
    def wants(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            send(PackageRequest(id=3, url="https://example.org/x.whl"))
        elif isinstance(message, PackageResponse):
            send(Executed(id=1, value={"text/plain": message.error}))
        else:
            good(message, send)

    async def fails(url: str) -> tuple[PackageResponse, bytes]:
        raise FileNotFoundError(url)

    script = Scripted(wants)
    script.executor = RemoteExecutor(script._connect, fetch_package=fails, start_timeout_s=5.0)

    async def scenario(executor: RemoteExecutor) -> None:
        assert (await run(executor, "a")).text == "The package could not be fetched."

    drive(script, scenario)


def test_next_guest_gets_files_given_since_the_last_checkpoint() -> None:
    def dies(message: Message, send: Send) -> None:
        if isinstance(message, Execute):
            raise_closed(message)

    script: Scripted

    def raise_closed(message: Message) -> None:
        script.connections[0].channel.close()

    script = Scripted(dies, good)

    async def scenario(executor: RemoteExecutor) -> None:
        await executor.set_variables({"n": 1})
        await executor.write_file("a.csv", b"1")
        assert (await run(executor, "a")).error.type == "SandboxLost"
        await run(executor, "b")

    drive(script, scenario)
    kinds = [type(message).__name__ for message in script.received]
    assert kinds[:6] == ["SetVariables", "WriteFile", "Execute"] * 2


def test_file_content_without_bytes_is_an_error() -> None:
    def empty(message: Message, send: Send) -> None:
        if isinstance(message, ReadFile):
            send(FileContent(id=message.id))

    async def scenario(executor: RemoteExecutor) -> None:
        with pytest.raises(FileError):
            await executor.read_file("a.txt")

    drive(Scripted(empty), scenario)


def test_sandbox_that_cannot_start_raises() -> None:
    async def refuse() -> ScriptedConnection:
        raise OSError("no such program")

    async def main() -> None:
        executor = RemoteExecutor(refuse)
        for _ in range(2):  # the second call tries again
            with pytest.raises(SandboxLostError, match="no such program"):
                await executor.start()

    asyncio.run(main())


def test_guest_that_never_answers_is_given_up() -> None:
    class Silent(ScriptedConnection):
        async def _serve(self) -> None:
            await asyncio.Event().wait()

    async def connect() -> ScriptedConnection:
        return Silent(good, [])

    async def main() -> None:
        executor = RemoteExecutor(connect, start_timeout_s=0.05)
        with pytest.raises(SandboxLostError, match="did not start"):
            await executor.start()

    asyncio.run(main())


@pytest.mark.parametrize("turns", range(12))
def test_guest_that_starts_while_its_caller_is_cancelled_is_not_lost(turns: int) -> None:
    script = Scripted(good)

    async def scenario(executor: RemoteExecutor) -> None:
        starting = asyncio.create_task(executor.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])

    drive(script, scenario)
    assert all(connection.killed for connection in script.connections)


@pytest.mark.parametrize("is_there", [True, False], ids=["ready", "starting"])
def test_close_ends_a_guest_whose_reset_was_cancelled(is_there: bool) -> None:
    script = Scripted(good)

    async def scenario(executor: RemoteExecutor) -> None:
        starting = asyncio.create_task(executor.start())
        while not script.connections or (is_there and not starting.done()):
            await asyncio.sleep(0)
        (guest,) = script.connections
        kill, dying, may_die = guest.kill, asyncio.Event(), asyncio.Event()

        async def slowly() -> None:
            dying.set()
            await may_die.wait()
            await kill()

        guest.kill = slowly  # type: ignore[method-assign]
        ending = asyncio.create_task(executor.reset())
        await dying.wait()
        ending.cancel()
        await asyncio.wait([ending, starting])
        may_die.set()
        await executor.aclose()
        assert guest.killed

    drive(script, scenario)
