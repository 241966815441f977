"""Synchronous and asynchronous use, cancelling and closing."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pyagent import AgentError, ChatMessage, CodeAgent, ScriptedModel, ToolCallingAgent, tool
from pyagent.concurrency import background
from pyagent.protocol import RunFinished, StepStarted
from pyagent.tools import call_inline
from support.agents.scripted_agents import actions, agent_with, asked, block, in_loop, use

ENDLESS = block("while True:\n    pass")


def test_arun_and_astream_give_the_answer() -> None:
    async def scenario() -> None:
        model = ScriptedModel([block("final_answer(1)"), block("final_answer(2)")])
        async with CodeAgent(model=model) as agent:
            assert (await agent.arun("One.")).output == 1
            events = [event async for event in agent.astream("Two.")]
            assert isinstance(events[-1], RunFinished)
            assert events[-1].output == 2

    asyncio.run(scenario())


def test_buffers_come_with_produced_files() -> None:
    async def scenario() -> None:
        model = ScriptedModel([block("open('a.txt', 'w').write('hi')\nfinal_answer(1)")])
        async with CodeAgent(model=model) as agent:
            buffered = [item async for item in agent.astream_with_buffers("Go.", run_id="r1")]
        assert {event.run_id for event, _ in buffered} == {"r1"}
        assert [list(buffers) for _, buffers in buffered if buffers] == [[b"hi"]]

    asyncio.run(scenario())


def test_run_works_inside_a_running_loop() -> None:
    async def notebook_cell() -> object:
        with agent_with(block("final_answer(1)")) as agent:
            return agent.run("Go.").output

    assert asyncio.run(notebook_cell()) == 1


FIRST_USES = """
import threading
from pyagent.concurrency import background

barrier = threading.Barrier(8)
loops = set()

def use():
    barrier.wait()
    loops.add(background.background_loop())

threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(loops))
"""


def test_first_runs_in_several_threads_share_one_loop() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FIRST_USES], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "1\n"


def test_interrupt_from_another_thread_stops_endless_code() -> None:
    running = threading.Event()

    @tool
    def tell() -> None:
        """Say that the code runs."""
        running.set()

    replies = [block("tell()\nwhile True:\n    pass"), block("final_answer('still here')")]
    with agent_with(*replies, tools=[tell]) as agent:

        def interrupt() -> None:
            running.wait(20)
            agent.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        result = agent.run("Go.")
        thread.join()
        assert (result.reason, result.success) == ("cancelled", False)
        assert agent.run("And now?").output == "still here"
        assert "Task: Go." not in asked(agent)


def test_interrupt_within_a_stream_ends_it_with_run_finished() -> None:
    with agent_with(block("x = 1"), ENDLESS) as agent:
        events = []
        for event in agent.stream("Go."):
            events.append(event)
            if isinstance(event, StepStarted) and event.step == 2:
                agent.interrupt()
        assert isinstance(events[-1], RunFinished)
        assert events[-1].reason == "cancelled"
        assert "x = 1" in actions(agent.memory.steps)[0].code
        assert "stopped the work" in agent.memory.interactions[0].closing


def test_leaving_a_stream_early_cancels_the_run() -> None:
    with agent_with(ENDLESS, block("final_answer(1)")) as agent:
        for event in agent.stream("Go."):
            if event.type == "model_replied":
                break
        assert agent.run("Again.").output == 1
        assert agent.state.runs == 2


def test_cancelling_the_task_cancels_the_run() -> None:
    async def scenario() -> None:
        running = asyncio.Event()

        @tool
        async def tell() -> None:
            """Say that the code runs."""
            running.set()

        replies = [block("tell()\nwhile True:\n    pass"), block("final_answer(1)")]
        async with CodeAgent([tell], ScriptedModel(replies)) as agent:
            task = asyncio.create_task(agent.arun("Go."))
            await asyncio.wait_for(running.wait(), 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert agent.last_result is not None
            assert agent.last_result.reason == "cancelled"
            assert (await agent.arun("Again.")).output == 1

    asyncio.run(scenario())


def test_agent_is_free_again_after_a_run_that_was_cancelled_twice() -> None:
    async def scenario() -> None:
        called, stopping, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

        @tool
        async def end_slowly() -> None:
            """Do not end at once."""
            called.set()
            try:
                await asyncio.Event().wait()
            finally:
                stopping.set()
                await may_end.wait()

        model = ScriptedModel([[use("end_slowly")], "Done."], supports_tools=True)
        agent = ToolCallingAgent([end_slowly], model)
        task = asyncio.create_task(agent.arun("Go."))
        for event in (called, stopping):
            await event.wait()
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert agent.is_working
        may_end.set()
        while agent.is_working:
            await asyncio.sleep(0)
        assert (await agent.arun("Again.")).output == "Done."

    in_loop(scenario())


def test_deadline_of_a_step_reaches_the_model() -> None:
    with agent_with(ENDLESS, block("final_answer('ok')"), deadline_s=0.5) as agent:
        result = agent.run("Go.")
        assert "TimeoutError: The code ran longer than 0.5 s" in asked(agent)
    assert result.output == "ok"


def test_second_run_at_the_same_time_is_refused() -> None:
    async def scenario() -> None:
        async with CodeAgent(model=ScriptedModel([block("final_answer(1)")])) as agent:
            stream = agent.astream("One.")
            await anext(stream)
            with pytest.raises(AgentError, match="already at work"):
                await agent.arun("Two.")
            await stream.aclose()

    asyncio.run(scenario())


def test_next_run_may_start_as_soon_as_the_last_has_ended() -> None:
    async def scenario() -> None:
        replies = [block("final_answer(1)"), block("final_answer(2)")]
        async with CodeAgent(model=ScriptedModel(replies)) as agent:
            async for event in agent.astream("One."):
                if isinstance(event, RunFinished):
                    assert (await agent.arun("Two.")).output == 2
            assert agent.state.runs == 2

    asyncio.run(scenario())


def test_agent_in_two_event_loops_is_refused() -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("One.")
        with pytest.raises(AgentError, match="another event loop"):
            asyncio.run(agent.arun("Two."))


def test_tools_run_inline_without_threads() -> None:
    @tool
    def thread_name() -> str:
        """The name of the thread that runs this."""
        return threading.current_thread().name

    options = {"tools": [thread_name], "call_blocking": call_inline}
    with agent_with(block("final_answer(thread_name())"), **options) as agent:
        assert agent.run("Go.").output == "pyagent-loop"


def test_prepare_starts_sandbox_and_model_early() -> None:
    class Noting(ScriptedModel):
        async def prepare(self, messages: Sequence[ChatMessage]) -> None:
            prepared.extend(messages)

    prepared: list[ChatMessage] = []

    async def scenario() -> None:
        async with CodeAgent(model=Noting([block("final_answer(1)")])) as agent:
            await agent.prepare()
            await agent.arun("Go.")
            model = agent.model
            assert isinstance(model, ScriptedModel)
            system, task = model.requests[0].messages
            assert prepared[0] == system
            assert len(prepared) == 2
            assert task.content.startswith(prepared[1].content)

    asyncio.run(scenario())


KEYBOARD = """
from pyagent import CodeAgent, ScriptedModel
from pyagent.concurrency import background
background.STOP_TIMEOUT_S = 3600  # wait for the end of the run, not for the timeout
agent = CodeAgent(model=ScriptedModel(["```python\\nprint('started')\\nwhile True: pass\\n```"]))
try:
    for event in agent.stream("Go."):
        if event.type == "step_output":
            print("ready", flush=True)
except KeyboardInterrupt:
    print("reason:", agent.last_result.reason)
    agent.close()
"""


def test_keyboard_interrupt_stops_the_run_first(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(KEYBOARD)
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert output == "reason: cancelled\n"
    assert process.returncode == 0


@pytest.mark.parametrize("is_scheduled", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_keyboard_interrupt_around_the_start_of_a_call_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, nth: int, is_scheduled: bool
) -> None:
    loop = background.background_loop()
    schedule = loop.call_soon_threadsafe
    calls = 0

    def interrupted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += threading.current_thread() is threading.main_thread()
        if calls == nth:
            calls += 1
            if is_scheduled:
                schedule(*args, **options)
            raise KeyboardInterrupt
        return schedule(*args, **options)

    with agent_with(block("while True: pass"), block("final_answer(1)")) as agent:
        monkeypatch.setattr(loop, "call_soon_threadsafe", interrupted)
        with pytest.raises(KeyboardInterrupt):
            list(agent.stream("Go."))
        monkeypatch.undo()
        assert agent.last_result is None or agent.last_result.reason == "cancelled"
        assert not agent.is_working
