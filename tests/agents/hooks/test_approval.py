"""Tools that need a person's approval."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pyagent import CodeAgent, ScriptedModel, ToolCallingAgent, tool
from pyagent.agents.approval import OnApproval
from pyagent.protocol import ApprovalRequested, ToolFinished
from support.agents.scripted_agents import (
    agent_with,
    asked,
    block,
    caller_with,
    in_loop,
    price_of,
    requests_of,
    use,
)

sent: list[str] = []


@tool
def send(text: str) -> str:
    """Send a text.

    Args:
        text: What to send.
    """
    sent.append(text)
    return f"sent {text}"


@pytest.fixture(autouse=True)
def _nothing_sent() -> None:
    sent.clear()


async def _allow_async(request: ApprovalRequested) -> bool:
    await asyncio.sleep(0)
    return True


@pytest.mark.parametrize("allow", [lambda request: True, _allow_async], ids=["sync", "async"])
@pytest.mark.parametrize("names", [["send"], ["*"]])
def test_tool_that_is_allowed_runs(allow: OnApproval, names: list[str]) -> None:
    code = block("final_answer(send('hi'))")
    with agent_with(code, tools=[send], approve=names, on_approval=allow) as agent:
        events = list(agent.stream("Go."))
    assert sent == ["hi"]
    kinds = [event.type for event in events if "tool" in event.type or "approval" in event.type]
    assert kinds == ["tool_started", "approval_requested", "tool_finished"]
    (request,) = [event for event in events if isinstance(event, ApprovalRequested)]
    assert (request.name, request.arguments, request.step) == ("send", {"text": "hi"}, 1)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [(False, ""), ("Not on Sundays.", "They said: Not on Sundays."), ("", "")],
)
def test_refused_tool_does_not_run_and_the_model_is_told_why(
    verdict: bool | str, reason: str
) -> None:
    replies = [block("print(send('hi'))"), block("final_answer('not sent')")]
    with agent_with(
        *replies, tools=[send], approve=["send"], on_approval=lambda request: verdict
    ) as agent:
        assert agent.run("Go.").output == "not sent"
        assert "NotApproved: The person did not allow send() with these arguments." in asked(agent)
        assert reason in asked(agent)
    assert sent == []


def test_person_sees_long_arguments_in_full() -> None:
    seen: list[ApprovalRequested] = []
    code = block("final_answer(send('a' * 5_000 + 'HIDDEN' + 'b' * 5_000))")

    def refuse(request: ApprovalRequested) -> bool:
        seen.append(request)
        return False

    with agent_with(code, "No.", tools=[send], approve=["send"], on_approval=refuse) as agent:
        agent.run("Go.", max_steps=1)
    assert "HIDDEN" in seen[0].arguments["text"]


def test_only_named_tools_wait_for_approval() -> None:
    @tool
    def read() -> str:
        """Read."""
        return "read"

    def refuse(request: ApprovalRequested) -> bool:
        return False

    calls = [use("read"), use("send", text="hi")]
    with caller_with(
        calls, "Done.", tools=[read, send], approve=["send"], on_approval=refuse
    ) as agent:
        events = list(agent.stream("Go."))
    failed = {event.name: event.error for event in events if isinstance(event, ToolFinished)}
    assert failed["read"] is None
    assert failed["send"] is not None
    assert failed["send"].type == "NotApproved"


def test_parallel_calls_are_approved_one_by_one_under_their_own_numbers() -> None:
    def allow_b(request: ApprovalRequested) -> bool:
        asked_for[request.call_id] = request.arguments["text"]
        return bool(request.arguments["text"] == "b")

    asked_for: dict[int, Any] = {}
    calls = [use("send", text="a"), use("send", text="b")]
    with caller_with(calls, "Done.", tools=[send], approve=["send"], on_approval=allow_b) as agent:
        agent.run("Go.")
    assert sent == ["b"]
    assert asked_for == {1: "a", 2: "b"}


def test_deadline_of_the_code_is_held_while_a_person_decides() -> None:
    async def scenario() -> object:
        thought = asyncio.Event()

        async def think(request: ApprovalRequested) -> bool:
            # Twice the deadline, while the loop is free to enforce it.
            asyncio.get_running_loop().call_later(1.0, thought.set)
            await thought.wait()
            return True

        model = ScriptedModel([block("final_answer(send('hi'))")])
        async with CodeAgent(
            [send], model, deadline_s=0.5, approve=["send"], on_approval=think
        ) as agent:
            return (await agent.arun("Go.")).output

    assert in_loop(scenario()) == "sent hi"


def test_deadline_continues_once_the_person_has_decided() -> None:
    code = "send('hi')\nwhile True:\n    pass"
    with agent_with(
        block(code),
        block("final_answer('stopped')"),
        tools=[send],
        deadline_s=0.5,
        approve=["send"],
        on_approval=lambda request: True,
    ) as agent:
        assert agent.run("Go.").output == "stopped"
        assert "TimeoutError" in asked(agent)


def test_question_that_cannot_be_asked_is_a_refusal(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: ApprovalRequested) -> bool:
        raise OSError("no screen")

    with caller_with(
        [use("send", text="a")], "Done.", tools=[send], approve=["*"], on_approval=broken
    ) as agent:
        assert agent.run("Go.").output == "Done."
        assert "could not be asked" in requests_of(agent)[-1].messages[-1].content
    assert sent == []
    assert "no screen" in caplog.text


def test_run_that_ends_does_not_wait_for_an_answer() -> None:
    async def scenario() -> None:
        asked_for = asyncio.Event()

        async def never(request: ApprovalRequested) -> bool:
            asked_for.set()
            await asyncio.Event().wait()
            return True

        model = ScriptedModel([[use("send", text="a")]], supports_tools=True)
        async with ToolCallingAgent([send], model, approve=["send"], on_approval=never) as agent:
            run = asyncio.create_task(agent.arun("Go."))
            await asked_for.wait()
            agent.interrupt()
            assert (await run).reason == "cancelled"

    in_loop(scenario())
    assert sent == []


def test_names_without_anybody_to_ask_are_refused() -> None:
    with pytest.raises(ValueError, match="nobody is there to ask"):
        CodeAgent([send], ScriptedModel(), approve=["send"])
    with pytest.raises(TypeError, match="not one string"):
        CodeAgent([send], ScriptedModel(), approve="send", on_approval=_allow_async)


@pytest.mark.parametrize("kind", [CodeAgent, ToolCallingAgent])
def test_a_name_that_no_tool_has_is_refused_as_its_tool_would_run_unasked(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"approve names 'sned'.*There is: price_of"):
        kind([price_of], ScriptedModel(), approve=["sned"], on_approval=lambda _: False)


def test_a_tool_itself_may_be_named() -> None:
    agent = CodeAgent([price_of], ScriptedModel(), approve=[price_of], on_approval=lambda _: False)
    assert agent.tools.approval.names == {"price_of"}


@pytest.mark.parametrize("names", ["send", True, price_of])
def test_approve_that_is_no_list_is_refused(names: Any) -> None:
    with pytest.raises(TypeError, match="approve must be a list of names"):
        CodeAgent([price_of], ScriptedModel(), approve=names, on_approval=lambda _: False)
