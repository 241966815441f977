"""Agents that call tools: natively, as JSON in text, several at once."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from pyagent import ScriptedModel, Tool, ToolCallingAgent, tool
from pyagent.memory import ActionStep
from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import ReplyDone, TextDelta
from pyagent.protocol import RunFinished, TokenUsage, ToolFinished, ToolStarted
from support.agents.scripted_agents import asked, caller_with, in_loop, requests_of, use


@tool
def double(n: int) -> int:
    """Twice a number.

    Args:
        n: The number.
    """
    if n == 13:
        raise ValueError("unlucky")
    return 2 * n


def _results(agent: ToolCallingAgent, request: int = -1) -> list[str]:
    """The tool messages at the end of a request."""
    messages = requests_of(agent)[request].messages
    return [message.content for message in messages if message.role == "tool"]


def test_native_call_is_answered_with_its_result() -> None:
    call = use("double", n=21)
    with caller_with(
        ["I double.", call], [use("final_answer", answer=42)], tools=[double]
    ) as agent:
        result = agent.run("Go.")
        _, task, said, told = requests_of(agent)[1].messages
    assert (result.output, result.success, len(result.steps)) == (42, True, 2)
    assert task.content == "Task: Go."
    assert said == ChatMessage(role="assistant", content="I double.", tool_uses=(call,))
    assert told == ChatMessage(role="tool", content="42", tool_use_id=call.id)


def _misread(fault: str) -> ReplyDone:
    return ReplyDone(finish_reason="stop", token_usage=TokenUsage(input_tokens=9), fault=fault)


def test_call_that_the_provider_could_not_read_is_read_by_us() -> None:
    wrote = ['<function=double>{"n": 21}</function>', _misread("Failed to call a function.")]
    with caller_with(wrote, [use("final_answer", answer=1)], tools=[double]) as agent:
        result = agent.run("Go.")
        observation = requests_of(agent)[1].messages[-1].content
    assert result.success
    assert "double: 42" in observation


@pytest.mark.parametrize("wrote", ["", "<function=double>{", '{"name": "triple", "arguments": {}}'])
def test_call_that_nobody_can_read_is_corrected_by_the_model(wrote: str) -> None:
    reply = [wrote, _misread("There is no tool 'triple'.")]
    with caller_with(reply, [use("final_answer", answer=1)], tools=[double]) as agent:
        result = agent.run("Go.")
        observation = requests_of(agent)[1].messages[-1].content
    assert (result.output, len(result.steps)) == (1, 2)
    assert "could not be read" in observation
    assert "There is no tool 'triple'." in observation


def test_model_is_told_of_the_tools_and_of_final_answer() -> None:
    with caller_with([use("final_answer", answer=1)], tools=[double]) as agent:
        agent.run("Go.")
        (request,) = requests_of(agent)
    assert [spec.name for spec in request.tools] == ["double", "final_answer"]
    assert "double" not in request.messages[0].content


def test_several_calls_of_a_reply_run_at_the_same_time() -> None:
    async def scenario() -> object:
        meeting = asyncio.Barrier(3)

        @tool
        async def meet(n: int) -> int:
            """Wait for the others.

            Args:
                n: A number.
            """
            await meeting.wait()
            return n

        calls = [use("meet", n=n) for n in range(3)]
        model = ScriptedModel([calls, [use("final_answer", answer="met")]], supports_tools=True)
        async with ToolCallingAgent([meet], model) as agent:
            return (await agent.arun("Meet.")).output

    assert in_loop(scenario()) == "met"


def test_max_tool_calls_limits_how_many_run_at_once() -> None:
    async def scenario() -> int:
        running, most = 0, 0

        @tool
        async def work() -> None:
            """Work a little."""
            nonlocal running, most
            running += 1
            most = max(most, running)
            for _ in range(5):
                await asyncio.sleep(0)
            running -= 1

        replies = [[use("work") for _ in range(6)], [use("final_answer", answer=0)]]
        model = ScriptedModel(replies, supports_tools=True)
        async with ToolCallingAgent([work], model, max_tool_calls=2) as agent:
            await agent.arun("Work.")
        return most

    assert in_loop(scenario()) == 2
    with pytest.raises(ValueError, match="at least 1"):
        ToolCallingAgent(model=ScriptedModel(), max_tool_calls=0)


def test_results_come_in_the_order_of_twelve_calls_that_end_in_reverse() -> None:
    async def scenario() -> list[str]:
        ended = [asyncio.Event() for _ in range(13)]
        ended[12].set()

        @tool
        async def wait_for_next(n: int) -> int:
            """End after the one that was called later.

            Args:
                n: Which.
            """
            await ended[n + 1].wait()
            ended[n].set()
            return n

        calls = [
            ToolUse(id=f"call_{n}", name="wait_for_next", arguments={"n": n}) for n in range(12)
        ]
        replies = [calls, [use("final_answer", answer=0)]]
        async with ToolCallingAgent(
            [wait_for_next], ScriptedModel(replies, supports_tools=True)
        ) as agent:
            await agent.arun("Go.")
            return _results(agent)

    assert in_loop(scenario()) == [str(n) for n in range(12)]


def test_failing_call_does_not_lose_the_others() -> None:
    calls = [use("double", n=n) for n in (1, 13, 3)]
    with caller_with(calls, [use("final_answer", answer="ok")], tools=[double]) as agent:
        result = agent.run("Go.")
        assert _results(agent) == ["2", "ValueError: double() failed: unlucky", "6"]
    (first, _) = result.steps
    assert isinstance(first, ActionStep)
    assert first.error is not None
    assert result.output == "ok"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (ToolUse(id="a", name="double", fault="not JSON"), "double() was not called: not JSON"),
        (use("double", m=1), "double() has no argument 'm'; it takes 'n'."),
        (use("halve", n=1), "There is no tool 'halve'. There is: double."),
        (use("final_answer", result=1), "final_answer() was not called: it takes one argument"),
        (ToolUse(id="b", name="final_answer", fault="no JSON"), "was not called: no JSON"),
    ],
    ids=["unreadable", "wrong argument", "unknown tool", "answer without answer", "bad answer"],
)
def test_wrong_call_is_a_result_that_the_model_can_correct(call: ToolUse, told: str) -> None:
    with caller_with([call], [use("final_answer", answer="mended")], tools=[double]) as agent:
        assert agent.run("Go.").output == "mended"
        assert told in _results(agent)[0]


@pytest.mark.parametrize(
    "calls",
    [
        [use("double", n=1), use("final_answer", answer="guessed")],
        [use("final_answer", answer="guessed"), use("double", n=1)],
        [use("double", n=1), use("double", n=1), use("final_answer", answer="guessed")],
    ],
    ids=["last", "first", "after two"],
)
def test_model_reads_the_results_of_calls_before_its_answer_counts(calls: list[ToolUse]) -> None:
    with caller_with(calls, [use("final_answer", answer=2)], tools=[double]) as agent:
        result = agent.run("Go.")
        told = dict(zip([call.name for call in calls], _results(agent), strict=True))
    assert (result.output, len(result.steps)) == (2, 2)
    assert told["double"].startswith("2")
    assert "written before the results" in told["final_answer"]


def test_answer_beside_a_call_in_text_waits_for_the_result_too() -> None:
    call = '{"name": "double", "arguments": {"n": 21}}'
    early = '{"name": "final_answer", "arguments": {"answer": "guessed"}}'
    answer = '{"name": "final_answer", "arguments": {"answer": 42}}'
    with caller_with(f"{call}\n{early}", answer, tools=[double], native=False) as agent:
        assert agent.run("Go.").output == 42
        assert "double: 42" in asked(agent)


def test_answer_beside_a_call_that_fails_is_not_accepted() -> None:
    calls = [use("final_answer", answer="done"), use("double", n=13)]
    with caller_with(calls, [use("final_answer", answer="failed")], tools=[double]) as agent:
        assert agent.run("Go.").output == "failed"
        assert "was not taken, because a call beside it failed" in _results(agent)[0]


def test_answer_that_a_check_refuses_goes_back_to_the_model() -> None:
    def is_even(answer: Any, memory: object, agent: object) -> bool:
        return bool(answer % 2 == 0)

    replies = [[use("final_answer", answer=n)] for n in (1, 2)]
    with caller_with(*replies, final_answer_checks=[is_even]) as agent:
        assert agent.run("Go.").output == 2
        assert _results(agent) == ["AnswerRefused: The answer failed is_even."]


def test_plain_text_of_a_model_with_native_calls_is_its_answer() -> None:
    with caller_with("It is 42.", tools=[double]) as agent:
        result = agent.run("Go.")
    assert (result.output, result.success, len(result.steps)) == ("It is 42.", True, 1)


def test_native_model_may_write_about_calls_in_its_answer() -> None:
    text = 'An example: {"name": "halve", "arguments": {"n": 1}}'
    with caller_with(text, tools=[double]) as agent:
        assert agent.run("Go.").output == text


def test_call_that_a_native_model_writes_as_text_is_read() -> None:
    call = '{"name": "double", "arguments": {"n": 21}}'
    with caller_with(call, "It is 42.", tools=[double]) as agent:
        assert agent.run("Go.").output == "It is 42."
        assert asked(agent) == "Observation:\ndouble: 42"


def test_calls_are_read_from_the_text_of_other_models() -> None:
    call = 'I double.\n```json\n{"name": "double", "arguments": {"n": 21}}\n```'
    answer = '<tool_call>{"name": "final_answer", "arguments": {"answer": 42}}</tool_call>'
    with caller_with(call, answer, tools=[double], native=False) as agent:
        result = agent.run("Go.")
        system, *_, said, told = requests_of(agent)[1].messages
        assert not requests_of(agent)[0].tools
    assert result.output == 42
    assert "## double" in system.content
    assert (said.content, said.tool_uses) == (call, ())
    assert (told.role, told.content) == ("user", "Observation:\ndouble: 42")


def test_unknown_tool_in_text_is_reported_and_is_not_an_answer() -> None:
    call = '{"name": "halve", "arguments": {"n": 1}}'
    answer = '{"name": "final_answer", "arguments": {"answer": 0}}'
    with caller_with(call, answer, tools=[double], native=False) as agent:
        assert agent.run("Go.").output == 0
        assert "There is no tool 'halve'. There is: double." in asked(agent)


def test_prose_gets_one_reminder_and_is_then_the_answer() -> None:
    with caller_with("It is 42.", "It is 42.", tools=[double], native=False) as agent:
        assert agent.run("Go.").output == "It is 42."
        assert "called no tool" in asked(agent)


def test_reminder_is_given_again_after_work() -> None:
    call = '{"name": "double", "arguments": {"n": 13}}'
    replies = ["Well.", call, "I try again:", '{"final_answer": 1}']
    with caller_with(*replies, tools=[double], native=False) as agent:
        assert agent.run("Go.").output == 1


def test_short_prompt_stops_the_reply_after_a_whole_call() -> None:
    reply = '{"name": "final_answer", "arguments": {"answer": {"a": 1}}}\nThat is it.'
    model = ScriptedModel([reply], prompt_style="short")
    with ToolCallingAgent([double], model) as agent:
        events = list(agent.stream("Go."))
        system = model.requests[0].messages[0].content
    text = "".join(event.text for event in events if event.type == "model_delta")
    assert "That is it" not in text
    assert "double: Twice a number." in system
    assert isinstance(events[-1], RunFinished)
    assert events[-1].output == {"a": 1}


class _Refusing(ScriptedModel):
    """A model that finds out at its first request that its server takes no tools."""

    def reply_to(self, messages: Any) -> Any:
        self.supports_tools = False
        return super().reply_to(messages)


@pytest.mark.parametrize("planning_interval", [None, 9], ids=["step", "plan"])
def test_prompt_changes_when_the_server_refuses_tools_during_a_run(
    planning_interval: int | None,
) -> None:
    replies = ["I would double.", '{"name": "final_answer", "arguments": {"answer": 2}}']
    model = _Refusing(replies, supports_tools=True)
    with ToolCallingAgent([double], model, planning_interval=planning_interval) as agent:
        assert agent.run("Go.").output == 2
    first, second = model.requests
    assert first.tools
    assert not second.tools
    assert "## double" not in first.messages[0].content
    assert "## double" in second.messages[0].content


def test_three_empty_replies_end_the_run_and_one_does_not() -> None:
    with caller_with("", [use("double", n=1)], "", "", "", tools=[double]) as agent:
        result = agent.run("Go.")
    assert result.problem is not None
    assert "3 empty replies" in result.problem.message
    assert len(result.steps) == 5


def test_reply_that_was_cut_off_calls_nothing() -> None:
    end = ReplyDone(finish_reason="length", token_usage=TokenUsage())
    cut = [TextDelta(text='{"name": "double", "arguments": {"n": 1}} and then'), end]
    answer = '{"name": "final_answer", "arguments": {"answer": 1}}'
    with caller_with(cut, answer, tools=[double], native=False) as agent:
        events = list(agent.stream("Go."))
        assert "cut off" in asked(agent)
    assert not [event for event in events if isinstance(event, ToolStarted)]


def test_events_give_each_call_its_own_number() -> None:
    calls = [use("double", n=1), use("double", n=13)]
    with caller_with(calls, [use("final_answer", answer=1)], tools=[double]) as agent:
        events = list(agent.stream("Go."))
    started = {event.call_id: event for event in events if isinstance(event, ToolStarted)}
    finished = {event.call_id: event for event in events if isinstance(event, ToolFinished)}
    assert started.keys() == finished.keys() == {1, 2}
    assert [started[i].arguments for i in (1, 2)] == [{"n": 1}, {"n": 13}]
    assert finished[1].preview == "2"
    assert finished[2].error is not None
    assert {event.step for event in started.values()} == {1}


@tool
async def cancel_yourself() -> None:
    """Raise what ends tasks."""
    raise asyncio.CancelledError


@tool
def exit_program() -> None:
    """Raise what ends programs."""
    sys.exit(1)


@tool
def run_out() -> None:
    """Raise what no future can hold."""
    next(iter(()))


@pytest.mark.parametrize("leave", [cancel_yourself, exit_program, run_out])
def test_tool_that_raises_what_ends_more_than_itself_fails_alone(leave: Tool) -> None:
    with caller_with(
        [use(leave.name), use("double", n=1)],
        [use("final_answer", answer=1)],
        tools=[leave, double],
    ) as agent:
        assert agent.run("Go.").output == 1
        assert _results(agent)[1] == "2"


def test_model_that_follows_schemas_is_kept_to_one_call() -> None:
    reply = '{"name": "double", "arguments": {"n": 4}}'
    model = ScriptedModel([reply, '{"name": "final_answer", "arguments": {"answer": 8}}'])
    model.supports_schema = True
    with ToolCallingAgent([double], model) as agent:
        assert agent.run("Double 4.").output == 8
    schema = model.requests[0].schema
    assert schema is not None
    calls = {call["properties"]["name"]["const"]: call for call in schema["anyOf"]}
    assert calls["double"]["properties"]["arguments"]["properties"]["n"]["type"] == "integer"
    assert set(calls) == {"double", "final_answer"}


def test_same_failing_call_is_told_at_the_third_time_and_ends_the_run_soon() -> None:
    replies = [[use("double", n=13)] for _ in range(20)]
    with caller_with(*replies, tools=[double]) as agent:
        result = agent.run("Go.")
        assert "failure number" not in _results(agent, 2)[-1]
        assert "failure number 3" in _results(agent, 3)[-1]
    assert (result.reason, len(result.steps)) == ("error", 5)
    assert result.problem is not None
    assert "ValueError: double() failed: unlucky" in result.problem.message


def test_announcement_of_a_native_model_is_not_its_answer() -> None:
    replies = ["Let me look it up.", [use("double", n=1)], "It is 2."]
    with caller_with(*replies, tools=[double]) as agent:
        assert agent.run("Go.").output == "It is 2."


def test_same_call_with_the_same_result_gets_a_hint() -> None:
    replies = [[use("double", n=4)], [use("double", n=4)], [use("final_answer", answer=8)]]
    with caller_with(*replies, tools=[double]) as agent:
        agent.run("Double 4.")
        assert _results(agent, 1) == ["8"]
        assert _results(agent, 2)[-1].startswith("8\n(You called this before")
