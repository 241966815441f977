"""How a batch ends before its tasks do: left, closed, interrupted."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncGenerator

import pytest

from pyagent import BatchItem, CodeAgent, ScriptedModel, ToolCallingAgent
from pyagent.models.base import ModelEvent, ModelRequest, TextDelta, ToolRequested
from pyagent.protocol import Event, ModelDelta, StepOutput
from support.agents.scripted_agents import LIMIT_S, Echo, block, gone, in_loop, use

ENDLESS = block("import os\nprint(os.getpid())\nwhile True:\n    pass")


def test_leaving_early_ends_all_runs_and_their_processes() -> None:
    pids: list[int] = []

    async def scenario() -> None:
        started = asyncio.Event()

        def watch(index: int, event: Event) -> None:
            if isinstance(event, StepOutput):
                pids.append(int(event.text))
                started.set()

        agent = CodeAgent(model=ScriptedModel([ENDLESS, block("final_answer(1)")]))
        async with agent.amap(["a", "b", "c"], concurrency=2, on_event=watch) as batch:
            await anext(batch)
            await asyncio.wait_for(started.wait(), 20)
        assert agent.state.runs >= 2

    asyncio.run(scenario())
    assert pids
    assert all(map(gone, pids))


def test_batch_cancelled_while_ending_ends_its_processes_when_closed() -> None:
    pids: list[int] = []

    async def scenario() -> None:
        started = asyncio.Event()

        def watch(index: int, event: Event) -> None:
            if isinstance(event, StepOutput):
                pids.append(int(event.text))
                started.set()

        async def read() -> None:
            agent = CodeAgent(model=ScriptedModel([ENDLESS]))
            async with agent.amap(["a"], on_event=watch) as batch:
                await anext(batch)

        reading = asyncio.create_task(read())
        await started.wait()
        reading.cancel()
        for _ in range(3):  # now the batch is ending
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    in_loop(scenario())
    assert pids
    assert all(map(gone, pids))


def test_keyboard_interrupt_ends_all_runs_and_their_processes() -> None:
    pids: list[int] = []

    def watch(index: int, event: Event) -> None:
        if isinstance(event, StepOutput):
            pids.append(int(event.text))
            if len(pids) == 2:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    agent = CodeAgent(model=ScriptedModel([ENDLESS] * 2))
    with pytest.raises(KeyboardInterrupt):
        list(agent.map(["a", "b"], on_event=watch))
    assert len(pids) == 2
    assert all(map(gone, pids))
    assert agent.state.runs == 2


def hanging() -> tuple[ToolCallingAgent, threading.Event]:
    """An agent whose model answers only "quick", and an event that is set when it is asked more."""
    asked = threading.Event()

    class Hanging(Echo):
        async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            if "quick" not in request.messages[-1].content:
                asked.set()
                await asyncio.wait_for(asyncio.Event().wait(), LIMIT_S)
            async for event in super().reply(request):
                yield event

    return ToolCallingAgent([], Hanging()), asked


TASKS = ["quick", "slow", "slow", "slow"]


def test_batch_that_is_read_may_be_closed_from_another_task() -> None:
    async def scenario() -> None:
        agent, asked = hanging()
        batch = agent.amap(TASKS, concurrency=2)
        items: list[BatchItem] = []

        async def read() -> None:
            async for item in batch:
                items.append(item)

        reading = asyncio.create_task(read())
        while not (items and asked.is_set()):
            await asyncio.sleep(0)
        await asyncio.gather(batch.aclose(), batch.aclose())
        await reading
        assert [item.task for item in items] == ["quick"]
        assert agent.state.runs == 3
        assert [item async for item in batch] == []

    in_loop(scenario())


class Reluctant(ScriptedModel):
    """Writes some words and then waits. May be slow to stop."""

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        task = request.messages[-1].content
        if "delegate" in task:
            yield ToolRequested(use=use("worker", task="slow"))
            return
        try:
            yield TextDelta(text="word " * 100)
            await asyncio.wait_for(asyncio.Event().wait(), LIMIT_S)
        finally:
            for _ in range(50 if "slow" in task else 0):
                await asyncio.sleep(0)


def test_tokens_of_managed_agents_count_when_a_batch_is_ended() -> None:
    async def scenario() -> None:
        model = Reluctant(supports_tools=True)
        worker = ToolCallingAgent(model=model, name="worker", description="Works.")
        agent = ToolCallingAgent(model=model, managed_agents=[worker])
        writing: set[str] = set()

        def watch(index: int, event: Event) -> None:
            if isinstance(event, ModelDelta):
                writing.add(event.run_id)

        batch = agent.amap(["delegate", "quick"], on_event=watch)
        reading = asyncio.create_task(anext(batch, None))
        while len(writing) < 2:
            await asyncio.sleep(0)
        await batch.aclose()
        assert await reading is None
        in_worker = worker.state.token_usage.output_tokens
        assert in_worker > 100
        assert agent.state.token_usage.output_tokens > 2 * in_worker

    in_loop(scenario())


@pytest.mark.parametrize("how", ["close", "interrupt"])
def test_batch_that_is_read_may_be_ended_from_another_thread(how: str) -> None:
    agent, asked = hanging()
    batch = agent.map(TASKS, concurrency=1)

    def end() -> None:
        asked.wait(LIMIT_S)
        if how == "close":
            batch.close()
        else:
            agent.interrupt()

    thread = threading.Thread(target=end)
    thread.start()
    assert [item.task for item in batch] == ["quick"]
    thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert (batch.summary.done, agent.state.runs) == (1, 2)
    agent.interrupt()  # nothing is left of the batch
