"""How a batch ends before its tasks do: left, closed, interrupted."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from pyagent import BatchItem, ChatMessage, CodeAgent, ScriptedModel, ToolCallingAgent
from pyagent.protocol import Event, StepOutput
from scripts import LIMIT_S, Echo, block, gone, in_loop

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
    """An agent whose model answers "quick" and nothing else; set when it does not."""
    asked = threading.Event()

    class Hanging(Echo):
        async def stream(self, messages: Sequence[ChatMessage], **options: Any) -> Any:
            if "quick" not in messages[-1].content:
                asked.set()
                await asyncio.wait_for(asyncio.Event().wait(), LIMIT_S)
            async for event in super().stream(messages, **options):
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
