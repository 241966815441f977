"""An executor whose guests are scripted: they answer what the test wants, over memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from contracts.executor.cases import Outcome, run
from pyagent.channel import Message, memory_pair
from pyagent.executors.remote import RemoteExecutor
from pyagent.protocol import (
    CheckpointRestored,
    CheckpointTaken,
    Execute,
    Executed,
    GuestReady,
    RestoreCheckpoint,
    TakeCheckpoint,
)

Send = Callable[..., None]
Answer = Callable[[Message, Send], None]


class ScriptedConnection:
    """A connection to a guest whose answers the test scripts."""

    def __init__(self, answer: Answer, received: list[Message]) -> None:
        self.channel, self._end = memory_pair()
        self._answer = answer
        self._received = received
        self.killed = False
        self._task = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        self._end.send(GuestReady(python="3.14.2"))
        while True:
            message, _ = await self._end.receive()
            self._received.append(message)
            self._answer(message, self._end.send)

    def interrupt(self) -> bool:
        return False

    async def kill(self) -> None:
        self.killed = True
        self._task.cancel()
        self.channel.close()


class Scripted:
    """An executor with scripted guests, and the messages that they received."""

    def __init__(self, *answers: Answer) -> None:
        self.connections: list[ScriptedConnection] = []
        self.received: list[Message] = []
        self._answers = list(answers)
        self.executor = RemoteExecutor(self._connect, start_timeout_s=5.0)

    async def _connect(self) -> ScriptedConnection:
        answer = self._answers[min(len(self.connections), len(self._answers) - 1)]
        self.connections.append(ScriptedConnection(answer, self.received))
        return self.connections[-1]


def good(message: Message, send: Send) -> None:
    """Answer as a guest should."""
    if isinstance(message, Execute):
        send(Executed(id=message.id, value={"text/plain": message.code}))
    elif isinstance(message, TakeCheckpoint):
        send(CheckpointTaken(id=message.id), [b""])
    elif isinstance(message, RestoreCheckpoint):
        send(CheckpointRestored(id=message.id, names=[]))


def drive(script: Scripted, scenario: Callable[[RemoteExecutor], Awaitable[None]]) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(60):
                await scenario(script.executor)
        finally:
            await script.executor.aclose()

    asyncio.run(main())


def first_step(script: Scripted) -> Outcome:
    """Return the outcome of a first step. The step after it must work."""
    outcomes: list[Outcome] = []

    async def scenario(executor: RemoteExecutor) -> None:
        outcomes.append(await run(executor, "a"))
        assert (await run(executor, "b")).text == "b"

    drive(script, scenario)
    return outcomes[0]
