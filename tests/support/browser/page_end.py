"""Runs an agent worker on CPython, between a page and a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from pyagent.browser.agent_worker import AgentWorker
from pyagent.browser.page_channel import PageChannel
from pyagent.browser.port import Deliver, Port, PortChannel
from pyagent.browser.sandboxes import Sandboxes
from pyagent.errors import AuthenticationError
from pyagent.executors.base import Executor
from pyagent.executors.local import LocalExecutor
from pyagent.messages import ChatMessage
from pyagent.models.base import Model
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import (
    AgentReady,
    AgentSettings,
    Configure,
    Configured,
    FromAgent,
    Json,
    ModelSettings,
    RunFinished,
    StartRun,
)
from pyagent.tools import Tool
from support.browser.fakes import FakePort, port_pair

T = TypeVar("T")
LIMIT_S = 30.0


class ReadingModel(ScriptedModel):
    """A scripted model that records what it was asked to read ahead."""

    def __init__(self, replies: Iterable[Any], **options: Any) -> None:
        super().__init__(replies, **options)
        self.read: asyncio.Queue[str] = asyncio.Queue()

    async def prepare(self, messages: Sequence[ChatMessage]) -> None:
        self.read.put_nowait("\n\n".join(message.content for message in messages))


class LinesPort:
    """The page's end of a port: a text can hold several messages, as in ``web/src/channel.ts``."""

    def __init__(self, port: FakePort) -> None:
        self._port = port
        self.texts: list[str] = []
        """All texts that came so far, as they were posted."""

    def listen(self, deliver: Deliver, closed: Callable[[], None]) -> None:
        def deliver_each(text: str, buffers: list[bytes], ports: Sequence[Port]) -> None:
            self.texts.append(text)
            *lines, last = text.split("\n")
            for line in lines:
                deliver(line, [], ())
            deliver(last, buffers, ports)

        self._port.listen(deliver_each, closed)

    def post(self, text: str, buffers: Sequence[bytes]) -> None:
        self._port.post(text, buffers)

    def close(self) -> None:
        self._port.close()


class PageEnd:
    """The page's end of the channel, and what a page does with it."""

    def __init__(self, port: FakePort, model: ReadingModel) -> None:
        self.model = model
        self.port = LinesPort(port)
        self.channel = PortChannel(self.port, FromAgent)
        self.buffers: list[bytes] = []
        self.seen: list[Any] = []
        """All messages that came so far."""

    def send(self, message: Any, buffers: Sequence[bytes] = ()) -> None:
        self.channel.send(message, buffers)

    async def until(self, kind: type[T]) -> T:
        """Wait for the next message of this kind. Others are only recorded in ``seen``."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                message, self.buffers = await self.channel.receive()
                self.seen.append(message)
                if isinstance(message, kind):
                    return message

    async def configure(self, **settings: Any) -> Configured:
        model = ModelSettings(kind="openai", model="scripted")
        self.send(Configure(model=model, agent=AgentSettings(**settings)))
        return await self.until(Configured)

    async def read_ahead(self) -> str:
        """Wait for the next text that the model was asked to read ahead."""
        return await asyncio.wait_for(self.model.read.get(), LIMIT_S)

    async def run(self, task: str, run_id: str = "r", **values: Json) -> RunFinished:
        """Give a task and wait for its end. Ends of agents that it calls are skipped."""
        self.send(StartRun(run_id=run_id, task=task, additional_args=values))
        while (finished := await self.until(RunFinished)).run_id != run_id:
            pass
        return finished


def with_agent(
    scenario: Callable[[PageEnd], Awaitable[None]], *replies: Any, **options: Any
) -> ScriptedModel:
    """Run ``scenario`` with a page whose agent gets ``replies`` from its model.

    A text is code to run; a sequence is a reply as ``ScriptedModel`` takes it. ``options`` are the
    options of that model. A model called ``locked`` has no key. Returns the model.
    """
    scripted = ReadingModel(
        [f"```python\n{reply}\n```" if isinstance(reply, str) else reply for reply in replies],
        **options,
    )

    def make_model(settings: ModelSettings, send: Callable[[Any], None]) -> Model:
        if settings.model == "locked":
            raise AuthenticationError("No key is given.", advice="Get one.", kind="no_key")
        return scripted

    with_models(scenario, make_model, scripted)
    return scripted


def with_models(
    scenario: Callable[[PageEnd], Awaitable[None]],
    make_model: Callable[[ModelSettings, Callable[[Any], None]], Model],
    reading: ReadingModel | None = None,
    make_executor: Callable[[], Executor] = LocalExecutor,
    tools: Sequence[Tool] = (),
) -> None:
    """Run ``scenario`` with a page whose agent has the models that ``make_model`` makes.

    ``make_model`` also gets the function that sends to the page. ``page.read_ahead`` waits for what
    ``reading`` is asked to read ahead.
    """

    async def run() -> None:
        page_port, worker_port = port_pair()
        executor = make_executor()
        channel = PageChannel(worker_port)
        worker = AgentWorker(
            channel,
            make_model=lambda settings: make_model(settings, channel.send),
            executor=executor,
            sandboxes=Sandboxes(channel.send, can_interrupt=False),
            tools=tools,
        )
        serving = asyncio.create_task(worker.serve())
        page = PageEnd(page_port, reading or ReadingModel([]))
        await page.until(AgentReady)
        try:
            await scenario(page)
        finally:
            page.channel.close()
            await asyncio.wait_for(serving, LIMIT_S)
            await executor.aclose()

    asyncio.run(run())
