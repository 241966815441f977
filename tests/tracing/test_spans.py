"""Spans of real runs: which there are, below which others, and what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from pyagent import CodeAgent, Limits, Price, ScriptedModel, ToolCallingAgent, tool
from pyagent.messages import ToolUse
from pyagent.tracing.sinks import add_sink, remove_sink, tracing_to
from pyagent.tracing.spans import Span


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self, *, contents: bool = False) -> None:
        self.contents = contents
        self.begun: list[Span] = []
        self.spans: list[Span] = []

    def started(self, span: Span) -> None:
        self.begun.append(span)

    def ended(self, span: Span) -> None:
        self.spans.append(span)

    def named(self, start: str) -> list[Span]:
        return [span for span in self.begun if span.name.startswith(start)]

    def tree(self) -> list[str]:
        """The names, each below its parent by two spaces a level, in the order of the starts."""
        depth: dict[str, int] = {"": -1}
        lines = []
        for span in self.begun:
            depth[span.span_id] = depth[span.parent_id] + 1
            lines.append("  " * depth[span.span_id] + span.name)
        return lines


@pytest.fixture
def kept() -> Iterator[Kept]:
    with tracing_to(Kept()) as sink:
        yield sink  # type: ignore[misc]


@tool
def double(number: int) -> int:
    """Double a number.

    Args:
        number: Any number.
    """
    if number < 0:
        raise ValueError("Only positive numbers.")
    return 2 * number


def test_run_of_code_is_a_tree_of_steps_model_calls_code_and_tool_calls(kept: Kept) -> None:
    model = ScriptedModel(["x = double(2)", "final_answer(double(x))"], model_id="m-1")
    with CodeAgent([double], model, name="doubler") as agent:
        assert agent.run("Double twice.").output == 8
    assert kept.tree() == [
        "invoke_agent doubler",
        "  step 1",
        "    chat m-1",
        "    execute_code",
        "      execute_tool double",
        "  step 2",
        "    chat m-1",
        "    execute_code",
        "      execute_tool double",
    ]
    assert {span.span_id for span in kept.begun} == {span.span_id for span in kept.spans}
    assert len({span.trace_id for span in kept.spans}) == 1


def test_attributes_are_those_of_the_conventions(kept: Kept) -> None:
    price = Price(input=1, output=2)
    model = ScriptedModel(["final_answer(double(2))"], model_id="m-1", price=price)
    with CodeAgent([double], model, name="doubler") as agent:
        result = agent.run("Double.")
    (run,) = kept.named("invoke_agent")
    (chat,) = kept.named("chat")
    (call,) = kept.named("execute_tool")
    usage = result.token_usage
    assert run.attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "doubler",
        "gen_ai.request.model": "m-1",
        "pyagent.run_id": run.attributes["pyagent.run_id"],
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "pyagent.usage.estimated": True,
        "pyagent.cost_usd": usage.cost_usd,
        "pyagent.reason": "answered",
        "pyagent.steps": 1,
    }
    assert (chat.kind, chat.attributes["gen_ai.operation.name"]) == ("client", "chat")
    assert chat.attributes["pyagent.cost_usd"] == usage.cost_usd
    assert call.attributes == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "double",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "1",
    }


def test_spans_lie_within_their_parents_in_time(kept: Kept) -> None:
    with CodeAgent([double], ScriptedModel(["double(1)", "final_answer(2)"])) as agent:
        agent.run("Double.")
    by_id = {span.span_id: span for span in kept.spans}
    for span in kept.spans:
        parent = by_id.get(span.parent_id)
        assert span.start_ns <= span.end_ns
        if parent is not None:
            assert parent.start_ns <= span.start_ns <= span.end_ns <= parent.end_ns


def test_errors_of_code_and_tools_are_told_by_their_type(kept: Kept) -> None:
    with CodeAgent([double], ScriptedModel(["double(-1)", "final_answer(1 / 0)"] * 2)) as agent:
        agent.run("Double.", max_steps=2)
    errors = {span.name: span.error for span in kept.named("")}
    assert errors["execute_tool double"] == "ValueError"
    codes = [span.error for span in kept.named("execute_code")]
    assert codes == ["ValueError", "ZeroDivisionError"]
    assert all(span.attributes["error.type"] == span.error for span in kept.spans if span.error)
    assert not any("positive" in span.error_message for span in kept.spans)  # a content


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"max_steps": 1}, "max_steps"), ({"limits": Limits(tokens=1)}, "limit")],
)
def test_run_that_ends_without_an_answer_is_an_error(
    kept: Kept, options: dict[str, object], reason: str
) -> None:
    with CodeAgent([], ScriptedModel(["1", "2", "3"]), **options) as agent:  # type: ignore[arg-type]
        result = agent.run("Go on.")
    (run,) = kept.named("invoke_agent")
    assert run.attributes["pyagent.reason"] == reason
    assert result.problem is not None
    assert run.error == result.problem.kind


def test_native_calls_are_below_their_step(kept: Kept) -> None:
    model = ScriptedModel(
        [
            [ToolUse(id="1", name="double", arguments={"number": 2})],
            [ToolUse(id="2", name="final_answer", arguments={"answer": 4})],
        ],
        model_id="m",
    )
    with ToolCallingAgent([double], model) as agent:
        agent.run("Double.")
    assert [*kept.tree()][:4] == [
        "invoke_agent",
        "  step 1",
        "    chat m",
        "    execute_tool double",
    ]


def test_run_of_a_managed_agent_is_below_the_call_that_started_it(kept: Kept) -> None:
    helper = CodeAgent(
        [],
        ScriptedModel(["final_answer(7)"], model_id="small"),
        name="helper",
        description="It.",
    )
    model = ScriptedModel(["final_answer(helper('Help.'))"], model_id="big")
    with CodeAgent([], model, managed_agents=[helper]) as agent:
        agent.run("Ask.")
    assert kept.tree() == [
        "invoke_agent",
        "  step 1",
        "    chat big",
        "    execute_code",
        "      execute_tool helper",
        "        invoke_agent helper",
        "          step 1",
        "            chat small",
        "            execute_code",
    ]


def test_plan_is_a_model_call_of_its_own(kept: Kept) -> None:
    model = ScriptedModel(["1. Answer.", "final_answer(1)"], model_id="m")
    with CodeAgent([], model, planning_interval=1) as agent:
        agent.run("Answer.")
    plan, reply = kept.named("chat")
    assert plan.attributes["pyagent.purpose"] == "plan"
    assert "pyagent.purpose" not in reply.attributes


def test_contents_are_there_only_when_they_are_asked_for() -> None:
    def texts(contents: bool) -> str:
        with (
            tracing_to(Kept(contents=contents)) as sink,
            CodeAgent([double], ScriptedModel(["final_answer(double(2_118_271))"])) as agent,
        ):
            agent.run("The secret task.")
        return str([span.attributes for span in sink.spans])  # type: ignore[attr-defined]

    with_contents = texts(True)
    code, arguments = "final_answer(double(2_118_271))", '{"number": 2118271}'
    for word in ("The secret task.", code, arguments, "4236542"):
        assert word in with_contents
        assert word not in texts(False)


def test_sink_that_fails_stops_no_run(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Kept):
        def ended(self, span: Span) -> None:
            raise OSError("The disk is full.")

    with tracing_to(Broken()), CodeAgent([], ScriptedModel(["1", "final_answer(2)"])) as agent:
        assert agent.run("Answer.").output == 2
    assert [record.message for record in caplog.records] == ["A run is traced no further"]


def test_runs_of_a_batch_are_traces_of_their_own(kept: Kept) -> None:
    with CodeAgent([], ScriptedModel(["final_answer(1)"] * 3)) as agent:
        assert len([*agent.map(["a", "b", "c"], concurrency=2)]) == 3
    assert len({span.trace_id for span in kept.named("invoke_agent")}) == 3


def test_cancelled_run_closes_its_spans(kept: Kept) -> None:
    async def program() -> None:
        code = "import time\ntime.sleep(20)"
        async with CodeAgent([], ScriptedModel([code])) as agent:
            running = asyncio.create_task(agent.arun("Wait."))
            while not kept.named("execute_code"):
                await asyncio.sleep(0.05)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    asyncio.run(program())
    assert len(kept.spans) == len(kept.begun)
    assert kept.named("invoke_agent")[0].attributes["pyagent.reason"] == "cancelled"


def test_nobody_listens_by_default() -> None:
    sink = Kept()
    add_sink(sink)
    remove_sink(sink)
    remove_sink(sink)
    with CodeAgent([], ScriptedModel(["final_answer(1)"])) as agent:
        agent.run("Answer.")
    assert sink.begun == []


def test_words_of_errors_and_notices_are_contents_too() -> None:
    def spans(contents: bool) -> str:
        model = ScriptedModel([ValueError("The private reason.")])  # type: ignore[list-item]
        with tracing_to(Kept(contents=contents)) as sink, CodeAgent([], model) as agent:
            agent.run("Answer.")
        return str(sink.spans)  # type: ignore[attr-defined]

    assert "private reason" in spans(True)
    assert "private reason" not in spans(False)
