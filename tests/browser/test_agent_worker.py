"""The agent worker on CPython, between a page and a scripted model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pyagent import wire
from pyagent.agents.result import add_usage
from pyagent.browser.agent_worker import AgentWorker
from pyagent.browser.page_channel import PageChannel
from pyagent.browser.sandboxes import Sandboxes
from pyagent.errors import ProtocolError
from pyagent.executors.local import LocalExecutor
from pyagent.models.price import Price
from pyagent.models.scripted import ScriptedModel
from pyagent.protocol import (
    AddTool,
    AgentReady,
    AgentSettings,
    BatchResult,
    BatchTask,
    ClearConversation,
    Cleared,
    Configure,
    Configured,
    FileInfo,
    FileProduced,
    ModelSettings,
    Notice,
    RemoveTool,
    RunFinished,
    StartBatch,
    StartRun,
    StepStarted,
    StopRun,
    ToolCall,
    ToolReturn,
    Totals,
)
from support.browser.fakes import FakePort, port_pair
from support.browser.page_end import PageEnd, with_agent


@pytest.mark.parametrize("error", [MemoryError(), ProtocolError("There is no memory.")], ids=repr)
@pytest.mark.parametrize("kind", ["run", "batch"])
def test_a_file_for_which_memory_is_missing_is_a_warning(
    kind: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = FakePort.post

    def full(port: FakePort, text: str, buffers: Sequence[bytes], *more: Any) -> None:
        if any(len(data) > 1_000 for data in buffers):
            raise error
        post(port, text, buffers, *more)

    monkeypatch.setattr(FakePort, "post", full)
    code = "open('big.bin', 'wb').write(bytes(2_000))\nprint('x')\nfinal_answer(open('big.bin'))"

    async def scenario(page: PageEnd) -> None:
        await page.configure()
        if kind == "run":
            finished = await page.run("Write.")
        else:
            page.send(StartBatch(batch_id="r", tasks=[BatchTask(task="Write.")]))
            result = await page.until(BatchResult)
            assert result.files == []
            finished = await page.until(RunFinished)
        assert finished.success
        (told, *_) = [message for message in page.seen if isinstance(message, Notice)]
        assert "could not be handed over" in told.message
        assert (await page.run("Again.", "again")).output == 2  # the worker lives

    with_agent(scenario, code, "final_answer(2)")


def test_a_task_with_a_file_is_solved_and_its_file_comes_back() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        assert "Python" in await page.read_ahead()
        info = FileInfo(path="in.txt", size_bytes=3, media_type="text/plain")
        page.send(StartRun(run_id="r1", task="Double.", files=[info]), [b"abc"])
        await page.until(FileProduced)
        assert page.buffers == [b"abcabc"]
        finished = await page.until(RunFinished)
        assert (finished.run_id, finished.output, finished.success) == ("r1", 6, True)

    with_agent(
        scenario,
        "text = open('in.txt').read() * 2\nopen('out.txt', 'w').write(text)",
        "final_answer(len(text))",
    )


def test_the_model_reads_ahead_the_next_prompt_whenever_it_changes() -> None:
    async def scenario(page: PageEnd) -> None:
        schema = {"type": "object", "properties": {}}
        await page.configure()
        assert "price" not in await page.read_ahead()
        page.send(AddTool(name="price", description="Price of a thing.", parameters=schema))
        text = await page.read_ahead()
        assert "def price()" in text
        assert text.endswith("\n\nTask:")
        page.send(RemoveTool(name="price"))
        assert "price" not in await page.read_ahead()

    with_agent(scenario)


def test_a_tool_of_the_page_is_called_by_the_code() -> None:
    async def scenario(page: PageEnd) -> None:
        schema = {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}
        page.send(AddTool(name="price", description="Price of a thing.", parameters=schema))
        await page.configure()
        assert "price(sku: str)" in await page.read_ahead()
        page.send(StartRun(run_id="r", task="How much?"))
        call = await page.until(ToolCall)
        assert (call.name, call.kwargs) == ("price", {"sku": "a1"})
        page.send(ToolReturn(call_id=call.call_id, value=12.5))
        assert (await page.until(RunFinished)).output == 25.0
        page.send(RemoveTool(name="price"))
        await page.configure()
        assert "price" not in await page.read_ahead()

    with_agent(scenario, "final_answer(2 * price(sku='a1'))")


def test_a_task_may_have_values_and_its_own_step_limit() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure(max_steps=5)
        page.send(StartRun(run_id="r1", task="Add.", additional_args={"a": [1, 2]}, max_steps=1))
        finished = await page.until(RunFinished)
        assert (finished.reason, finished.steps) == ("max_steps", 1)
        finished = await page.run("Go on.", "r2")
        assert (finished.output, finished.steps) == (6, 2)

    model = with_agent(scenario, "b = sum(a)", ["Perhaps 3."], "b *= 2", "final_answer(b)")
    assert "a (list) = [1, 2]" in model.requests[0].messages[-1].content


def test_totals_come_before_each_end_and_survive_settings_and_clearing() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        first = await page.run("Add.")
        assert [type(message) for message in page.seen[-2:]] == [Totals, RunFinished]
        await page.configure(kind="tool_calling", max_steps=1)
        page.send(ClearConversation())
        await page.until(Cleared)
        second = await page.run("Add.")
        totals = page.seen[-2]
        assert (totals.runs, totals.steps) == (2, 3)
        assert totals.seconds == first.seconds + second.seconds
        assert totals.token_usage == add_usage(first.token_usage, second.token_usage)
        assert totals.token_usage.cost_usd

    price = Price(input=1.0, output=2.0)
    with_agent(scenario, "x = 1", "final_answer(x)", ["?"], ["1"], price=price)


def test_a_bad_tool_is_a_warning() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(AddTool(name="bad", description="?", parameters={"type": "string"}))
        assert "bad" in (await page.until(Notice)).message

    with_agent(scenario)


def test_stop_ends_the_run_as_cancelled() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        page.send(StartRun(run_id="r", task="For ever."))
        await page.until(StepStarted)
        page.send(StopRun(run_id="another"))
        page.send(StopRun(run_id="r"))
        assert (await page.until(RunFinished)).reason == "cancelled"

    with_agent(scenario, "while True: pass")


def test_a_second_task_is_refused_while_one_runs() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        page.send(StartRun(run_id="first", task="Slow."))
        page.send(StartRun(run_id="second", task="Now!"))
        refused = await page.until(RunFinished)
        assert refused.problem is not None
        assert (refused.run_id, refused.problem.kind) == ("second", "busy")
        assert (await page.until(RunFinished)).run_id == "first"

    with_agent(scenario, "final_answer(1)", delay_s=0.01)


def test_without_a_model_a_task_is_refused() -> None:
    async def scenario(page: PageEnd) -> None:
        page.send(StartRun(run_id="r", task="?"))
        refused = await page.until(RunFinished)
        assert refused.problem is not None
        assert refused.problem.kind == "no_model"

    with_agent(scenario)


def test_settings_that_cannot_work_are_refused_and_change_nothing() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        locked = ModelSettings(kind="openai", model="locked")
        page.send(Configure(model=locked, agent=AgentSettings()))
        problem = (await page.until(Configured)).problem
        assert problem is not None
        assert (problem.kind, problem.advice) == ("no_key", "Get one.")
        page.send(StartRun(run_id="r", task="Go on."))
        assert (await page.until(RunFinished)).success

    with_agent(scenario, "final_answer(1)")


def test_settings_are_answered_in_the_order_in_which_they_were_sent() -> None:
    async def scenario(page: PageEnd) -> None:
        for name in ("scripted", "locked", "scripted"):
            model = ModelSettings(kind="openai", model=name)
            page.send(Configure(model=model, agent=AgentSettings()))
        problems = [(await page.until(Configured)).problem for _ in range(3)]
        assert [problem and problem.kind for problem in problems] == [None, "no_key", None]

    with_agent(scenario)


def test_clearing_forgets_variables_and_stops_a_run() -> None:
    async def scenario(page: PageEnd) -> None:
        await page.configure()
        page.send(StartRun(run_id="r1", task="Keep, then loop."))
        await page.until(StepStarted)
        page.send(ClearConversation())
        assert (await page.until(RunFinished)).reason == "cancelled"
        await page.until(Cleared)
        page.send(StartRun(run_id="r2", task="Is it there?"))
        assert (await page.until(RunFinished)).output is False

    with_agent(scenario, "kept = 1\nwhile True: pass", "final_answer('kept' in globals())")


def test_a_message_that_is_not_declared_ends_the_worker_with_an_error() -> None:
    async def scenario() -> None:
        page_port, worker_port = port_pair()
        channel = PageChannel(worker_port)
        executor = LocalExecutor()
        worker = AgentWorker(
            channel,
            make_model=lambda settings: ScriptedModel(),
            executor=executor,
            sandboxes=Sandboxes(channel.send, can_interrupt=False),
        )
        page_port.post(wire.dumps(AgentReady(version="")), [])
        ended = await asyncio.gather(worker.serve(), return_exceptions=True)
        assert type(ended[0]).__name__ == "ProtocolError"
        await executor.aclose()

    asyncio.run(scenario())
