"""A checkpoint that cannot be read is given up and said, and the next step runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from contracts.executor.cases import run
from pyagent.channel import Message
from pyagent.executors.guest import lifecycle
from pyagent.executors.local import LocalExecutor
from pyagent.executors.remote import RemoteExecutor
from pyagent.protocol import (
    CheckpointRestored,
    CheckpointTaken,
    Execute,
    FileContent,
    RestoreCheckpoint,
    SetVariables,
    TakeCheckpoint,
    WriteFile,
)
from support.executors.scripted_guest import Scripted, Send, drive, good


def ends_it(script: Scripted, message: Message, send: Send) -> None:
    script.connections[-1].channel.close()


def says_that_it_cannot(script: Scripted, message: Message, send: Send) -> None:
    assert isinstance(message, RestoreCheckpoint)
    send(CheckpointRestored(id=message.id, names=[], error="JSONDecodeError: no"))


def answers_with_something_else(script: Scripted, message: Message, send: Send) -> None:
    assert isinstance(message, RestoreCheckpoint)
    send(FileContent(id=message.id), [b""])


def breaks_the_protocol(script: Scripted, message: Message, send: Send) -> None:
    send(RestoreCheckpoint(id=1))


def never_answers(script: Scripted, message: Message, send: Send) -> None:
    return


@pytest.mark.parametrize(
    "restore",
    [
        ends_it,
        says_that_it_cannot,
        answers_with_something_else,
        breaks_the_protocol,
        never_answers,
    ],
)
def test_a_sandbox_that_cannot_restore_is_replaced_by_one_that_need_not(
    restore: Callable[[Scripted, Message, Send], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "_RESTORE_WAIT_S", 0.1)

    def answer(message: Message, send: Send) -> None:
        if isinstance(message, RestoreCheckpoint):
            restore(script, message, send)
        elif isinstance(message, Execute) and message.code == "die":
            script.connections[-1].channel.close()
        elif isinstance(message, TakeCheckpoint):
            send(CheckpointTaken(id=message.id), [b"garbage"])
        else:
            good(message, send)

    script = Scripted(answer)

    async def scenario(executor: RemoteExecutor) -> None:
        await executor.set_variables({"n": 1})
        await executor.write_file("a.csv", b"1,2")
        await run(executor, "a")
        assert (await run(executor, "die")).error.type == "SandboxLost"
        outcome = await run(executor, "b")
        assert outcome.text == "b"
        assert "What the sandbox had saved was given up" in outcome.stderr
        assert "As they were given: a.csv, n." in outcome.stderr
        assert "given up" not in (await run(executor, "c")).stderr

    drive(script, scenario)
    given = [m for m in script.received if isinstance(m, SetVariables | WriteFile)]
    assert len(given) >= 4  # the new sandbox has what the host gave
    assert len(script.connections) <= 4


def test_a_sandbox_that_was_ended_while_it_restored_gets_the_checkpoint_again() -> None:
    def ended_from_outside(message: Message, send: Send) -> None:
        if isinstance(message, RestoreCheckpoint):
            script.connections[-1].channel.close()

    def saves(message: Message, send: Send) -> None:
        if isinstance(message, TakeCheckpoint):
            send(CheckpointTaken(id=message.id), [b"kept"])
        elif isinstance(message, Execute) and message.code == "die":
            script.connections[-1].channel.close()
        else:
            good(message, send)

    script = Scripted(saves, ended_from_outside, good)

    async def scenario(executor: RemoteExecutor) -> None:
        await run(executor, "a")
        await run(executor, "die")
        assert (await run(executor, "b")).stderr == ""

    drive(script, scenario)
    assert sum(isinstance(message, RestoreCheckpoint) for message in script.received) == 2


def test_a_checkpoint_that_ends_every_sandbox_after_it_is_given_up() -> None:
    def mined(message: Message, send: Send) -> None:
        if isinstance(message, RestoreCheckpoint):
            mines.add(len(script.connections))
        is_mined = len(script.connections) in mines
        if isinstance(message, Execute) and (is_mined or message.code == "die"):
            script.connections[-1].channel.close()
        elif isinstance(message, TakeCheckpoint):
            send(CheckpointTaken(id=message.id), [b"mine"])
        else:
            good(message, send)

    mines: set[int] = set()
    script = Scripted(mined)

    async def scenario(executor: RemoteExecutor) -> None:
        await run(executor, "a")
        outcomes = [await run(executor, "die")]
        while outcomes[-1].executed.error is not None:
            assert len(outcomes) < 12
            outcomes.append(await run(executor, "b"))
        assert "was given up" in outcomes[-2].error.message

    drive(script, scenario)


@pytest.mark.parametrize(
    "data",
    [
        b"garbage",
        b"",
        b"\xff\xff\xff\xff",
        b"\x04\x00\x00\x00null",
        b"\x02\x00\x00\x00{}",
        b"\x02\x00\x00\x00[]",
        b'\x1a\x00\x00\x00{"variables":{"a":-5000000}}',
        b"\x28\x00\x00\x00" + b"[" * 40,
    ],
    ids=repr,
)
def test_a_real_sandbox_says_that_bytes_are_no_checkpoint(data: bytes) -> None:
    async def main() -> None:
        executor = LocalExecutor()
        try:
            executor.restore(data)
            outcome = await run(executor, "1 + 1")
            assert outcome.text == "2"
            assert ("was given up: it cannot be read" in outcome.stderr) == bool(data)
        finally:
            await executor.aclose()

    asyncio.run(main())


@pytest.mark.parametrize(
    "kept",
    [
        "import os; os._exit(3)",
        "raise SystemExit(3)",
        "raise KeyboardInterrupt",
        "import sys; sys.setrecursionlimit(10**9); f = lambda: f(); f()",
    ],
)
def test_a_variable_that_ends_the_sandbox_when_it_is_loaded_is_not_the_end(kept: str) -> None:
    mine = (
        "class Mine:\n"
        "    def __reduce__(self):\n"
        f"        return exec, ({kept!r},)\n"
        "mine, number = Mine(), 41"
    )

    async def main() -> None:
        executor = LocalExecutor()
        try:
            assert (await run(executor, mine)).executed.error is None
            assert (await run(executor, "import os; os._exit(1)")).error.type == "SandboxLost"
            outcome = await run(executor, "1 + 1")
            assert outcome.text == "2"
            assert "given up" in outcome.stderr or "Not restored" in outcome.stderr
        finally:
            await executor.aclose()

    asyncio.run(main())


def test_garbage_from_a_guest_that_replaced_its_kernel_costs_no_later_step() -> None:
    spoil = (
        "import pyagent.sandbox.guest as g; g.take_checkpoint = lambda *a, **k: (b'garbage', {})"
    )

    async def main() -> None:
        executor = LocalExecutor()
        try:
            await executor.set_variables({"given": 7})
            await run(executor, spoil)
            assert (await run(executor, "import os; os._exit(1)")).error.type == "SandboxLost"
            outcome = await run(executor, "given")
            assert outcome.text == "7"
            assert "What the sandbox had saved was given up" in outcome.stderr
        finally:
            await executor.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("given", [{"late": 1}, {"early": 2}, {"early": 1, "late": [1]}])
def test_what_the_host_gives_while_a_checkpoint_is_under_way_is_not_lost(
    given: dict[str, int | list[int]],
) -> None:
    held: list[Callable[[], None]] = []

    def slow(message: Message, send: Send) -> None:
        if isinstance(message, TakeCheckpoint):
            taken = CheckpointTaken(id=message.id)
            held.append(lambda: send(taken, [b"kept"]))
            if len(held) != 1:
                held[-1]()
        elif isinstance(message, Execute) and message.code == "die":
            script.connections[-1].channel.close()
        else:
            good(message, send)

    script = Scripted(slow, good)

    async def scenario(executor: RemoteExecutor) -> None:
        await executor.set_variables({"early": 1})
        await run(executor, "a")
        while not held:
            await asyncio.sleep(0)
        await executor.set_variables(given)
        await executor.write_file("late.csv", b"1")
        held[0]()
        while not executor.kept.checkpoint:
            await asyncio.sleep(0)
        assert executor.kept.lost.keys() == {*given, "late.csv"}
        assert executor._recovery.is_ahead
        await run(executor, "die")
        await run(executor, "b")
        kinds = SetVariables | WriteFile | RestoreCheckpoint
        restored, *again = [m for m in script.received if isinstance(m, kinds)][-3:]
        assert isinstance(restored, RestoreCheckpoint)  # it has older values
        assert again == [SetVariables(variables=given), WriteFile(path="late.csv")]

    drive(script, scenario)


def test_a_later_checkpoint_has_what_came_during_the_one_before() -> None:
    def saves(message: Message, send: Send) -> None:
        if isinstance(message, TakeCheckpoint):
            send(CheckpointTaken(id=message.id), [b"kept"])
        else:
            good(message, send)

    async def scenario(executor: RemoteExecutor) -> None:
        await run(executor, "a")
        await executor.set_variables({"n": 1})
        await executor.write_file("a.csv", b"1")
        assert (await executor.keep()).lost == {}
        assert not executor._recovery.is_ahead

    drive(Scripted(saves), scenario)
