"""Stop in every state that a run can be in: the run ends, keeps its last finished step with its
variables and files, and the next task works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from pyagent import CodeAgent, OpenAIModel, ScriptedModel, tool
from pyagent.executors.local import LocalExecutor
from pyagent.models.base import (
    Model,
    ModelEvent,
    ModelRequest,
    NetworkLost,
    ReasoningDelta,
    ReplyDone,
    TextDelta,
)
from pyagent.models.http.network import Network
from pyagent.protocol import Event, RunFinished, TokenUsage
from pyagent.tools.base import Tool
from support.agents.scripted_agents import LIMIT_S, block, in_loop

SETUP = block("kept = 41\n_ = open('kept.txt', 'w').write('41')")
AFTER = block("final_answer(kept + int(open('kept.txt').read()))")

Said = Callable[[ModelRequest], AsyncGenerator[ModelEvent, None]]


class Stuck(Model):
    """Replies with ``SETUP``, then as the state wants, and after a stop with ``AFTER``."""

    model_id = "stuck"

    def __init__(self, stuck: Said) -> None:
        self.stuck = stuck
        self.asked = 0

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked += 1
        if self.asked == 2:
            async for event in self.stuck(request):
                yield event
            return
        yield TextDelta(text=SETUP if self.asked == 1 else AFTER)
        yield ReplyDone(finish_reason="stop", token_usage=TokenUsage())


def says(code: str) -> Said:
    async def reply(request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        yield TextDelta(text=block(code))
        yield ReplyDone(finish_reason="stop", token_usage=TokenUsage())

    return reply


async def nothing(request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    await asyncio.Event().wait()
    yield TextDelta(text="")


async def endless(request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    while True:
        yield TextDelta(text="On and on ")
        await asyncio.sleep(0.001)


async def thinking(request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    while True:
        yield ReasoningDelta(text="Hm. ")
        await asyncio.sleep(0.001)


async def offline(request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    yield NetworkLost(reason="No answer.", message="Paused: no network.")
    await asyncio.Event().wait()


def http(answer: Callable[[httpx.Request], httpx.Response], **options: Any) -> Said:
    """A server that always fails, as a model with retries sees it."""

    async def reply(request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        transport = httpx.MockTransport(answer)
        model = OpenAIModel("m-1", api_key="k", transport=transport, **options)
        async for event in model.reply(request):
            yield event

    return reply


def busy(request: httpx.Request) -> httpx.Response:
    return httpx.Response(503, headers={"retry-after": "50"}, json={"error": "busy"})


def gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("No route to host")


def no_network() -> Network:
    network = Network()
    network.report(online=False)
    return network


@tool
async def ponder() -> int:
    """Never return."""
    await asyncio.Event().wait()
    return 0


@tool
def block_thread() -> int:
    """Block a thread for long."""
    time.sleep(30)
    return 0


async def no_verdict(request: Any) -> bool:
    await asyncio.Event().wait()
    return True


async def no_answer(request: Any) -> str:
    await asyncio.Event().wait()
    return ""


def worker() -> CodeAgent:
    loop = ScriptedModel([block("while True: pass")])
    return CodeAgent(model=loop, name="worker", description="Works for ever.")


@dataclass(frozen=True, kw_only=True)
class State:
    said: Said
    until: Callable[[Event], bool]
    """Whether the event says that the state is reached."""
    options: Callable[[], dict[str, Any]] = dict
    tools: tuple[Tool, ...] = field(default=())


def event(kind: str, step: int = 2) -> Callable[[Event], bool]:
    return lambda e: e.type == kind and getattr(e, "step", step) == step


def code(text: str) -> State:
    printed = f"print('at work', flush=True)\n{text}"
    return State(said=says(printed), until=event("step_output"))


STATES = {
    "before the first token": State(said=nothing, until=event("step_started")),
    "while it streams": State(said=endless, until=event("model_delta")),
    "while it thinks": State(said=thinking, until=event("model_delta")),
    "in back-off": State(said=http(busy), until=event("notice")),
    "paused": State(said=offline, until=event("run_paused")),
    "without a network": State(said=http(gone, network=no_network()), until=event("run_paused")),
    "in a loop": code("while True: pass"),
    "in a loop that catches everything": code(
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass"
    ),
    "in one long call": code("sum(range(10**12))"),
    "in a regular expression": code("import re\nre.match('(a+)+$', 'a' * 60 + 'b')"),
    "in a large power": code("len(str(7 ** 10**8))"),
    "in sleep": code("import time\ntime.sleep(10**6)"),
    "in await": code("import asyncio\nawait asyncio.Event().wait()"),
    "in a subprocess": code("import subprocess\nsubprocess.run(['sleep', '1000'])"),
    "in a thread's join": code(
        "import threading, time\nt = threading.Thread(target=time.sleep, args=(1000,))\n"
        "t.start()\nt.join()"
    ),
    "in a tool": State(said=says("ponder()"), until=event("tool_started"), tools=(ponder,)),
    "in a tool that blocks": State(
        said=says("block_thread()"), until=event("tool_started"), tools=(block_thread,)
    ),
    "at a question": State(
        said=says("ponder()"),
        until=event("approval_requested"),
        tools=(ponder,),
        options=lambda: {"approve": ["ponder"], "on_approval": no_verdict},
    ),
    "at input()": State(
        said=says("input('Name?')"),
        until=event("input_requested"),
        options=lambda: {"on_input": no_answer},
    ),
    "in a managed agent": State(
        said=says("worker(task='Go.')"),
        until=lambda e: e.type == "model_replied" and e.code == "while True: pass",
        options=lambda: {"managed_agents": [worker()]},
    ),
}


async def interrupt(agent: CodeAgent, task: asyncio.Task[Any]) -> None:
    agent.interrupt()
    await task


async def interrupt_often(agent: CodeAgent, task: asyncio.Task[Any]) -> None:
    for _ in range(5):
        agent.interrupt()
        await asyncio.sleep(0)
    await task


async def cancel(agent: CodeAgent, task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


WAYS = {"interrupt": interrupt, "interrupt often": interrupt_often, "cancel": cancel}
Way = Callable[[CodeAgent, "asyncio.Task[Any]"], Awaitable[None]]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_stop_keeps_the_finished_steps_and_the_next_task_works(state: State, way: Way) -> None:
    async def scenario() -> None:
        model = Stuck(state.said)
        async with CodeAgent(state.tools, model, **state.options()) as agent:
            reached, events = asyncio.Event(), list[Event]()

            async def run() -> None:
                async for seen in agent.astream("Keep, then hang."):
                    events.append(seen)
                    if state.until(seen):
                        reached.set()

            task = asyncio.create_task(run())
            await asyncio.wait_for(reached.wait(), LIMIT_S)
            await way(agent, task)
            result = agent.last_result
            assert result is not None
            assert result.reason == "cancelled"
            assert [step.code for step in result.steps] == [SETUP.split("```")[1][7:-1]]
            if way is not cancel:
                assert isinstance(events[-1], RunFinished)
            assert (await agent.arun("Go on.")).output == 82

    in_loop(scenario())


def test_stop_while_the_sandbox_starts() -> None:
    async def scenario() -> None:
        may_start = asyncio.Event()

        class Slow(LocalExecutor):
            async def _start_process(self) -> Any:
                await may_start.wait()
                return await super()._start_process()

        replies = [block("x = 1"), block("final_answer(2)")]
        async with CodeAgent(model=ScriptedModel(replies), executor=Slow()) as agent:
            async for seen in agent.astream("Go."):
                if seen.type == "model_replied":
                    agent.interrupt()
            assert agent.last_result is not None
            assert agent.last_result.reason == "cancelled"
            may_start.set()
            assert (await agent.arun("Again.")).output == 2

    in_loop(scenario())


def test_stop_while_variables_are_saved() -> None:
    slow = (
        "import time\nclass Slow:\n  def __reduce__(self):\n    time.sleep(10**6)\n"
        "kept = 41\nslow = Slow()"
    )

    async def scenario() -> None:
        replies = [block(slow), block("x = 1"), block("final_answer(kept)")]
        async with CodeAgent(model=ScriptedModel(replies), deadline_s=30.0) as agent:
            async for seen in agent.astream("Go."):
                if seen.type == "model_replied" and seen.step == 2:
                    agent.interrupt()
            assert agent.last_result is not None
            assert agent.last_result.reason == "cancelled"
            assert (await agent.arun("Again.")).output == 41

    in_loop(scenario())


def test_stop_ends_a_batch_in_all_its_states() -> None:
    async def scenario() -> None:
        states = [nothing, endless, thinking, offline]
        async with CodeAgent(model=_Each(states)) as agent:
            batch = agent.amap([f"Task {i}." for i in range(4)], concurrency=4)
            reading = asyncio.create_task(_reasons(batch))
            while states:
                await asyncio.sleep(0.01)
            agent.interrupt()
            assert await reading == []
            assert batch.summary.counts == {}
            states.append(says("final_answer(1)"))
            assert (await agent.arun("Again.")).output == 1

    in_loop(scenario())


class _Each(Model):
    """Gives each task another state."""

    model_id = "each"

    def __init__(self, states: list[Said]) -> None:
        self.states = states

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        async for event in self.states.pop()(request):
            yield event


async def _reasons(batch: Any) -> list[str]:
    return [item.result.reason async for item in batch]


async def slow_to_close(request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(60)
    yield TextDelta(text="")


async def deaf(step: object) -> None:
    """A hook that takes a stop for an error, and goes on."""
    for _ in range(2):
        try:
            await asyncio.sleep(60)
        except BaseException:
            continue


@pytest.mark.parametrize("where", ["model", "hook"])
def test_what_ignores_a_stop_is_left_behind_and_does_nothing_more(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        stuck = slow_to_close if where == "model" else says("late = 1")
        hooks = [deaf] if where == "hook" else []
        model = Stuck(stuck)
        model.asked = 1
        async with CodeAgent([], model, step_callbacks=hooks) as agent:
            reached = event("step_started" if where == "model" else "step_finished", 1)
            events = []
            async for seen in agent.astream("Go."):
                events.append(seen)
                if reached(seen):
                    asyncio.get_running_loop().call_later(0.05, agent.interrupt)
            assert agent.last_result is not None
            assert agent.last_result.reason == "cancelled"
            assert "was told to stop and has not" in agent.last_result.warnings[0]
            assert model.asked == 2

    in_loop(scenario())
