"""What goes out unasked is bounded, by step and by conversation; more is a question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pyagent import (
    CodeAgent,
    ScriptedModel,
    Tool,
    ToolCallingAgent,
    VisitWebpageTool,
    WikipediaTool,
)
from pyagent.agents.approval import Approval
from pyagent.agents.run import bounds
from pyagent.agents.run.limits import Budget
from pyagent.agents.run.package_questions import PackageQuestions
from pyagent.agents.run.state import RunState
from pyagent.messages import ToolUse
from pyagent.protocol import ApprovalRequested, Limits
from support.agents.scripted_agents import agent_with, block

OVER = bounds.FETCHES.in_step + 1


class Send(Tool):
    """Fetches nothing, but might."""

    name = "send"
    description = "Sends a text."
    fetches = True

    def __init__(self) -> None:
        self.sent: list[str] = []

    def forward(self, text: str) -> str:
        """Send.

        Args:
            text: What to send.
        """
        self.sent.append(text)
        return "sent"


class Person:
    """Answers questions, in order; the last answer counts for all later ones."""

    def __init__(self, *answers: bool) -> None:
        self.asked: list[ApprovalRequested] = []
        self._answers = answers

    def __call__(self, request: ApprovalRequested) -> bool:
        self.asked.append(request)
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


def loop(times: int, text: str = "'x'") -> str:
    return block(
        f"made = 0\nfor i in range({times}):\n"
        f"    try:\n        send({text}); made += 1\n    except Exception as error: print(error)\n"
        "final_answer(made)"
    )


def test_tools_that_fetch_say_so() -> None:
    assert [tool.fetches for tool in (VisitWebpageTool(), WikipediaTool())] == [True, True]


@pytest.mark.parametrize(
    ("times", "text", "unasked"),
    [
        (40, "'x'", bounds.FETCHES.in_step),
        (40, "'x' * 1_000", bounds.FETCHES.chars_in_step // 1_000),
        (40, "'x' * 6_000", 1),
        (2, "'x' * 9_000", 0),
        (10_000, "'x'", bounds.FETCHES.in_step),
    ],
)
def test_calls_beyond_the_budget_of_a_step_are_one_question(
    times: int, text: str, unasked: int
) -> None:
    send, person = Send(), Person(False)
    with agent_with(loop(times, text), tools=[send], on_approval=person) as agent:
        result = agent.run("Send.")
    assert result.output == len(send.sent) == unasked
    assert len(person.asked) == 1
    assert "for what is sent unasked" in person.asked[0].reason
    assert person.asked[0].name == "send"


def test_a_person_who_allows_more_gives_as_much_again() -> None:
    send, person = Send(), Person(True, False)
    with agent_with(loop(100), tools=[send], on_approval=person) as agent:
        result = agent.run("Send.")
    assert result.output == 2 * bounds.FETCHES.in_step + 1  # the call itself was allowed too
    assert len(person.asked) == 2


def test_calls_at_the_same_time_are_one_question() -> None:
    send, person = Send(), Person(False)
    code = block("send.map(['x'] * 60)\nfinal_answer(1)")
    with agent_with(code, block("final_answer(2)"), tools=[send], on_approval=person) as agent:
        agent.run("Send.")
    assert (len(send.sent), len(person.asked)) == (bounds.FETCHES.in_step, 1)


def test_a_conversation_has_a_budget_too_and_the_next_one_begins_anew() -> None:
    send, person = Send(), Person(False)
    steps = [loop(bounds.FETCHES.in_step)] * 12
    with agent_with(*steps, tools=[send], on_approval=person) as agent:
        given = [agent.run("Send.").output for _ in range(8)]
        assert sum(given) == bounds.FETCHES.in_all
        assert "of a conversation" in person.asked[0].reason
        agent.clear()
        assert agent.run("Send.").output == bounds.FETCHES.in_step
        assert agent.run("Send.", reset=True).output == bounds.FETCHES.in_step


def test_a_conversation_with_a_file_of_the_persons_is_told_apart() -> None:
    send, person = Send(), Person(False)
    with agent_with(*[loop(40)] * 2, tools=[send], on_approval=person) as agent:
        first = agent.run("Send.", files={"salaries.csv": "a,b\n1,2\n"}).output
        assert first == bounds.FETCHES_WITH_FILES.in_step
        assert "which can read salaries.csv, has used up the 5 requests" in person.asked[0].reason
        agent.run("Send.")  # without a file, but the sandbox still has it
        assert len(send.sent) == 2 * bounds.FETCHES_WITH_FILES.in_step


def test_a_saved_conversation_may_have_files_too(tmp_path: Path) -> None:
    with agent_with(block("x = 1\nfinal_answer(x)"), tools=[Send()]) as agent:
        agent.run("Begin.")
        agent.save(tmp_path)
    person, tool = Person(True), Send()
    model = ScriptedModel([loop(bounds.FETCHES_WITH_FILES.in_step + 1)])

    with CodeAgent.load(
        tmp_path, with_sandbox=True, model=model, tools=[tool], on_approval=person
    ) as loaded:
        loaded.run("Go on.")

    assert len(person.asked) == 1
    assert "saved conversation" in person.asked[0].reason


@pytest.mark.parametrize("make", ["code", "tools"])
def test_managed_agents_spend_the_budget_of_the_conversation_that_calls_them(make: str) -> None:
    send, person = Send(), Person(False)
    if make == "code":
        helper: CodeAgent | ToolCallingAgent = CodeAgent(
            [send],
            ScriptedModel([loop(30)] * 9),
            name="helper",
            description="Sends.",
            on_approval=person,
        )
    else:
        uses = [ToolUse(id=str(n), name="send", arguments={"text": "x"}) for n in range(30)]
        replies = [uses, "Done."] * 9
        helper = ToolCallingAgent(
            [send],
            ScriptedModel(replies, supports_tools=True),
            name="helper",
            description="Sends.",
            on_approval=person,
        )
    calls = [*[block("helper('x')")] * 8, block("helper('x')\nfinal_answer(1)")]
    with agent_with(*calls, managed_agents=[helper]) as agent:
        agent.run("Send.")
    assert len(send.sent) == bounds.FETCHES.in_all
    assert person.asked


@pytest.mark.parametrize(
    ("options", "made"),
    [
        ({}, 40),  # nobody is there to ask: a program decides itself what its agent may do
        ({"approve": ["send"], "on_approval": lambda request: True}, 40),  # each call was asked
    ],
)
def test_who_is_asked_for_each_call_or_is_not_there_has_no_budget(
    options: dict[str, Callable[..., bool]], made: int
) -> None:
    send = Send()
    with agent_with(loop(40), tools=[send], **options) as agent:
        assert agent.run("Send.").output == made


def test_tools_that_do_not_fetch_have_no_budget() -> None:
    send, person = Send(), Person(False)
    send.fetches = False
    with agent_with(loop(40), tools=[send], on_approval=person) as agent:
        assert agent.run("Send.").output == 40
    assert person.asked == []


def calling_a_helper(tool: Tool, person: Callable[..., object], code: str, times: int) -> object:
    """The output of an agent whose one step calls a helper so often; its step runs ``code``."""
    helper = CodeAgent(
        [tool],
        ScriptedModel([code] * times),
        name="helper",
        description="Sends.",
        on_approval=person,  # type: ignore[arg-type]
    )
    made = f"made = [helper(task='Send.') for _ in range({times})]\nfinal_answer(made)"
    model = ScriptedModel([block(made)])
    with CodeAgent([], model, managed_agents=[helper], on_approval=person) as agent:  # type: ignore[arg-type]
        return agent.run("Send.").output


@pytest.mark.parametrize("times", [3, 4])
def test_calls_of_helpers_count_in_the_step_that_calls_them(times: int) -> None:
    tool, person = Send(), Person(False)
    half = bounds.FETCHES.in_step // 2
    calling_a_helper(tool, person, loop(half), times)
    assert len(tool.sent) == bounds.FETCHES.in_step
    assert len(person.asked) == 1  # a no holds for the rest of the step, in other helpers too


def test_steps_that_take_turns_do_not_begin_anew() -> None:
    outer, inner = bounds.Bounds(), bounds.Bounds()
    run = outer.of_run(lambda: ("run", 3))
    helper = run.of_run(lambda: ("helper", 1))
    assert (run.step, helper.step) == (("run", 3), ("run", 3))
    assert helper.outward is outer.outward
    outer.reset()
    assert helper.outward is run.outward is outer.outward
    assert inner.step == ("", 0)


@pytest.mark.parametrize("what", ["fetch", "package"])
def test_the_deadline_is_held_while_somebody_else_is_asked(what: str) -> None:
    held: list[bool] = []

    @contextmanager
    def hold() -> Iterator[None]:
        held.append(True)
        yield
        held.pop()

    async def scenario() -> None:
        setup: Any = SimpleNamespace(toolbox=SimpleNamespace(approval=Approval(ask=Person(True))))
        run = RunState("run", lambda *_: None, Budget(Limits()))
        run.use_deadline(hold)
        request = ApprovalRequested(run_id="run", step=1, call_id=1, name="fetch", arguments={})
        async with run.bounds.outward.turn:
            asking: Any = (
                setup.toolbox.approval.refusal_beyond(request, run, asyncio.to_thread)
                if what == "fetch"
                else PackageQuestions(setup, run)("numpy", may_ask=True)
            )
            task = asyncio.ensure_future(asking)
            await asyncio.sleep(0)
            assert held == [True]
        await task
        assert held == []

    asyncio.run(scenario())
