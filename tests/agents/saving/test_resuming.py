"""A run that was saved before its end, and goes on in another agent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pyagent import Agent, AgentError, CodeAgent, Limits, ScriptedModel, ToolCallingAgent, tool
from pyagent.agents.run.limits import Budget
from pyagent.memory import Step
from pyagent.protocol import ApprovalRequested, CallMade, ErrorInfo, RunResumed, ToolStarted
from pyagent.tracing.sinks import tracing_to
from pyagent.tracing.spans import Span
from support.agents.scripted_agents import asked, block, costing, in_loop, requests_of, use

sent: list[str] = []


@tool
def send_mail(to: str, copies: int = 1) -> str:
    """Send a mail.

    Args:
        to: Whom to.
        copies: How many.
    """
    sent.append(f"{to} {copies}")
    return f"sent to {to}"


@tool
def look_up(word: str) -> str:
    """Look something up.

    Args:
        word: What.
    """
    sent.append(word)
    return word.upper()


look_up.side_effects = False


@pytest.fixture(autouse=True)
def _nothing_sent() -> None:
    sent.clear()


def interrupted(agent: Agent, folder: Path, *, after: int, **options: Any) -> None:
    """Run the agent and save it after so many steps; then its process is as good as killed."""

    saved = False

    async def keep() -> None:
        nonlocal saved
        unfinished = agent.progress.unfinished
        if not saved and unfinished is not None and unfinished.step == after:
            await agent.asave(folder)
            saved = True

    async def scenario() -> None:
        agent.progress.listener = keep
        async for _ in agent.astream("Add up.", **options):
            if saved:
                break
        await agent.aclose()

    in_loop(scenario())


@contextmanager
def loaded(folder: Path, *replies: Any, **options: Any) -> Iterator[Agent]:
    given = {"model": ScriptedModel(replies, supports_tools=True)} | options
    with Agent.load(folder, with_sandbox=True, **given) as agent:
        yield agent


REPLIES = (block("x = 1"), block("x += 10\nopen('f', 'w').write('hi')"), block("final_answer(x)"))


def test_a_run_goes_on_after_its_last_step_with_its_variables_and_files(tmp_path: Path) -> None:
    interrupted(CodeAgent(model=ScriptedModel(REPLIES)), tmp_path, after=2)
    with loaded(tmp_path, block("final_answer([x, open('f').read()])")) as agent:
        events = list(agent.stream(resume=True))
        result = agent.last_result
        assert result is not None
        assert (result.output, result.task) == ([11, "hi"], "Add up.")
        assert [step.number for step in result.steps] == [1, 2, 3]
        assert agent.state.runs == 1
        assert agent.state.steps == 3
        assert len(agent.memory.interactions) == 1
        assert agent.progress.unfinished is None
        assert "interrupted after step 2" in asked(agent)
    assert isinstance(events[0], RunResumed)
    assert (events[0].step, events[0].run_id) == (2, result.run_id)


def test_a_run_goes_on_that_had_taken_no_step(tmp_path: Path) -> None:
    given = {"additional_args": {"a": [1, 2]}, "files": {"in.txt": b"abc"}}
    interrupted(CodeAgent(model=ScriptedModel(REPLIES)), tmp_path, after=0, **given)
    with loaded(tmp_path, block("final_answer([sum(a), open('in.txt').read()])")) as agent:
        assert agent.progress.unfinished is not None
        assert agent.progress.unfinished.lost == {}
        result = agent.run(resume=True)
        assert result.output == [3, "abc"]
        assert "in its first step" in asked(agent)


def test_what_could_not_be_kept_is_named_to_person_and_model(tmp_path: Path) -> None:
    gone = block("kept = 1\nlost = (i for i in [1])")
    interrupted(CodeAgent(model=ScriptedModel([gone, *REPLIES])), tmp_path, after=1)
    with loaded(tmp_path, block("final_answer(kept)")) as agent:
        events = list(agent.stream(resume=True))
        assert isinstance(events[0], RunResumed)
        assert list(events[0].lost) == ["lost"]
        assert "Not kept: lost (" in asked(agent)


def test_without_its_sandbox_a_run_is_told_that_its_variables_are_gone(tmp_path: Path) -> None:
    interrupted(CodeAgent(model=ScriptedModel(REPLIES)), tmp_path, after=1)
    model = ScriptedModel([block("final_answer('x' in globals())")])
    with Agent.load(tmp_path, model=model) as agent:
        assert agent.run(resume=True).output is False
        assert "Not kept: the latest variables and files (they were not loaded)" in asked(agent)


def test_limits_and_steps_hold_over_the_whole_run(tmp_path: Path) -> None:
    replies = [costing(block("x = 1"), tokens=600), costing(block("y = 1"), tokens=600)]
    agent = CodeAgent(model=ScriptedModel(replies), limits=Limits(tokens=1000, seconds=500))
    interrupted(agent, tmp_path, after=1, max_steps=2)
    with loaded(tmp_path, costing(block("y = x"), tokens=600), block("0")) as again:
        result = again.run(resume=True)
        assert (result.reason, len(result.steps)) == ("limit", 2)
        assert result.token_usage.input_tokens == 1200
        assert result.cost == pytest.approx(0.012)
    with loaded(tmp_path, block("y = x"), "Perhaps 1.", limits=Limits()) as again:
        result = again.run(resume=True)
        assert (result.reason, result.output) == ("max_steps", "Perhaps 1.")
        assert len(requests_of(again)) == 2
    with loaded(tmp_path, block("y = x"), block("final_answer(x)"), limits=Limits()) as again:
        assert again.run(resume=True, max_steps=5).output == 1


def test_the_seconds_before_an_interruption_count(tmp_path: Path) -> None:
    interrupted(CodeAgent(model=ScriptedModel(REPLIES)), tmp_path, after=1)
    with loaded(tmp_path, block("final_answer(x)"), limits=Limits(seconds=100.0)) as agent:
        unfinished = agent.progress.unfinished
        assert unfinished is not None
        agent.progress.unfinished = replace(unfinished, seconds=200.0)
        result = agent.run(resume=True)
        assert result.reason == "limit"
        assert result.timing.total_s > 200


def test_only_the_seconds_that_the_budget_counts_are_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Budget, "seconds", 7.0, raising=False)
    interrupted(CodeAgent(model=ScriptedModel(REPLIES)), tmp_path, after=1)
    with loaded(tmp_path) as agent:
        assert agent.progress.unfinished is not None
        assert agent.progress.unfinished.seconds == 7.0


def test_a_plan_is_made_once_and_again_when_it_is_due(tmp_path: Path) -> None:
    plans: list[Step] = []
    agent = CodeAgent(model=ScriptedModel(["Plan A.", *REPLIES]), planning_interval=2)

    async def scenario() -> None:
        async for step in agent.asteps("Add up."):
            plans.append(step)
            await agent.asave(tmp_path)  # after the plan
            break
        await agent.aclose()

    in_loop(scenario())
    with loaded(tmp_path, block("x = 1"), block("x = 2"), "Plan B.", block("final_answer(x)")) as a:
        result = a.run(resume=True)
        kinds = [(step.type, step.number) for step in result.steps]
        assert result.output == 2
    assert kinds == [("planning", 1), ("action", 1), ("action", 2), ("planning", 3), ("action", 3)]


def test_an_answer_that_was_given_already_ends_the_run_at_once(tmp_path: Path) -> None:
    interrupted(CodeAgent(model=ScriptedModel([block("final_answer(7)")])), tmp_path, after=1)
    with loaded(tmp_path) as agent:
        result = agent.run(resume=True)
        assert (result.output, result.success) == (7, True)
        assert requests_of(agent) == []


def test_a_new_task_closes_the_interrupted_one(tmp_path: Path) -> None:
    interrupted(CodeAgent(model=ScriptedModel(REPLIES)), tmp_path, after=1)
    with loaded(tmp_path, block("final_answer(x)")) as agent:
        assert agent.run("Another task.").output == 1
        assert "interrupted and not finished" in asked(agent)
        assert len(agent.memory.interactions) == 2
        assert (agent.state.runs, agent.state.steps) == (2, 2)
        with pytest.raises(AgentError, match="no unfinished run"):
            agent.run(resume=True)


def test_a_resumed_run_takes_no_task_and_no_files(tmp_path: Path) -> None:
    with CodeAgent(model=ScriptedModel()) as agent:
        with pytest.raises(TypeError, match="leave out the task, files"):
            agent.run("Add.", resume=True, files=["a.txt"])
        with pytest.raises(TypeError, match="task must be a text"):
            agent.run()


def test_a_run_that_is_interrupted_twice_tells_only_of_the_last_time(tmp_path: Path) -> None:
    interrupted(CodeAgent(model=ScriptedModel(REPLIES)), tmp_path, after=1)
    for _ in range(2):
        with loaded(tmp_path, block("y = 1")) as agent:

            async def scenario(agent: Agent = agent) -> None:
                agent.progress.listener = lambda: agent.asave(tmp_path)
                async for _ in agent.astream(resume=True):
                    break
                await agent.aclose()

            in_loop(scenario())
    with loaded(tmp_path, block("final_answer(x)")) as agent:
        assert agent.run(resume=True).output == 1
        assert asked(agent).count("was interrupted") == 1


# --- calls ---------------------------------------------------------------------------------------


def mailer(folder: Path, *replies: Any, tools: Any = (send_mail, look_up), **options: Any) -> Agent:
    """A loaded agent whose run was interrupted in its second step."""
    first = CodeAgent(list(tools), ScriptedModel([block("x = 1"), block("0")]))
    interrupted(first, folder, after=1)
    given = {"model": ScriptedModel(replies), "tools": list(tools)} | options
    return Agent.load(folder, with_sandbox=True, **given)


def test_a_call_that_was_made_gets_its_result_without_being_made_again(tmp_path: Path) -> None:
    made = [
        CallMade(name="send_mail", args=["b", 2], is_known=True, value="before"),
        CallMade(name="send_mail", kwargs={"to": "a", "copies": 1.0}, is_known=True, value="done"),
        CallMade(
            name="send_mail", args=["b"], is_known=True, error=ErrorInfo(type="E", message="full")
        ),
    ]
    code = (
        "got = [send_mail('a', copies=1), send_mail('a', 1)]\n"
        "try:\n    send_mail(to='b')\nexcept Exception as error:\n    got.append(str(error))\n"
    )
    questions: list[ApprovalRequested] = []
    later = "final_answer([*got, send_mail('b', 2)])"
    with mailer(tmp_path, block(code), block(later)) as agent:
        agent.tools.approval.ask = lambda question: questions.append(question) is None
        result = agent.run(resume=True, calls_made=made)
        assert result.output[:2] == ["done", "sent to a"]
        assert "full" in result.output[2]
        assert result.output[3] == "sent to b"  # no result is given after the step
        assert [question.arguments for question in questions] == [{"to": "b", "copies": 2}]
        first = requests_of(agent)[0].messages[-1].content
        assert 'send_mail(to="a", copies=1.0) returned done' in first
    assert sent == ["a 1", "b 2"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_person_is_asked_about_a_call_with_an_unknown_outcome(
    tmp_path: Path, allowed: bool
) -> None:
    questions: list[ApprovalRequested] = []

    def decide(question: ApprovalRequested) -> bool:
        questions.append(question)
        return allowed

    made = [CallMade(name="send_mail", args=["a"]), CallMade(name="look_up", args=["a"])]
    code = "print(look_up('a'))\nprint(send_mail('a'))\nprint(send_mail('a'))\nfinal_answer(0)"
    with mailer(tmp_path, block(code), block("final_answer(0)")) as agent:
        agent.tools.approval.ask = decide
        agent.run(resume=True, calls_made=made)
    assert len(questions) == 1
    assert "may have been made already" in questions[0].reason
    assert sent == (["a", "a 1", "a 1"] if allowed else ["a"])


def test_a_call_with_an_unknown_outcome_is_refused_when_nobody_can_be_asked(tmp_path: Path) -> None:
    with mailer(tmp_path, block("send_mail('a')"), block("final_answer(0)")) as agent:
        result = agent.run(resume=True, calls_made=[CallMade(name="send_mail", args=["a"])])
        assert result.output == 0
        assert "may have been called with these arguments already" in asked(agent)
    assert sent == []


def test_calls_of_a_model_and_of_managed_agents_get_known_results_too(tmp_path: Path) -> None:
    def caller(*replies: Any) -> ToolCallingAgent:
        helper = ToolCallingAgent(
            [send_mail],
            ScriptedModel(
                [[use("send_mail", to="a")], [use("send_mail", to="b")], "Done."],
                supports_tools=True,
            ),
            name="helper",
            description="Helps.",
        )
        model = ScriptedModel(replies, supports_tools=True)
        return ToolCallingAgent([send_mail, look_up], model, managed_agents=[helper])

    interrupted(caller([use("look_up", word="x")], ["?"]), tmp_path, after=1)
    made = [
        CallMade(name="send_mail", kwargs={"to": to}, is_known=True, value="before")
        for to in ("a", "b", "c")
    ]
    helper = caller().managed_agents["helper"]
    replies = [[use("send_mail", to="c"), use("helper", task="Mail a and b.")], "All done."]
    with loaded(tmp_path, *replies, tools=[send_mail, look_up], managed_agents=[helper]) as agent:
        assert agent.run(resume=True, calls_made=made).output == "All done."
    assert sent == ["x"]


def helper_with(*replies: Any) -> ToolCallingAgent:
    """A managed agent with the tools."""
    model = ScriptedModel(replies, supports_tools=True)
    return ToolCallingAgent([send_mail, look_up], model, name="helper", description="Helps.")


@pytest.mark.parametrize("recipients", [["c"], ["c", "d"], ["c", "c"]])
def test_the_steps_of_a_managed_agent_leave_the_made_calls(
    tmp_path: Path, recipients: list[str]
) -> None:
    made = [CallMade(name="send_mail", args=[to], is_known=True, value="") for to in recipients]
    helper = helper_with([use("look_up", word="y")], "Done.")
    code = "helper('Look y up.')\n" + "\n".join(f"send_mail({to!r})" for to in recipients)
    options = {"tools": [send_mail, look_up], "managed_agents": [helper]}
    first = CodeAgent([send_mail, look_up], ScriptedModel(REPLIES), managed_agents=[helper])
    interrupted(first, tmp_path, after=1)
    replies = [block(code), block("final_answer(0)")]
    with loaded(tmp_path, *replies, **options) as agent:
        assert agent.run(resume=True, calls_made=made).output == 0
    assert sent == ["y"]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("answer", [True, False, None])
def test_a_person_is_asked_about_a_made_call_in_a_later_step(
    tmp_path: Path, is_known: bool, answer: bool | None
) -> None:
    made = [CallMade(name=n, args=["a"], is_known=is_known) for n in ("send_mail", "look_up")]
    replies = [block("y = 1"), block("y = 2"), block("look_up('a')\nsend_mail('a')")]
    questions: list[ApprovalRequested] = []

    def decide(question: ApprovalRequested) -> bool:
        questions.append(question)
        return answer is True

    with mailer(tmp_path, *replies, block("final_answer(0)")) as agent:
        if answer is not None:
            agent.tools.approval.ask = decide
        agent.run(resume=True, calls_made=made)
    assert ["may have been made already" in question.reason for question in questions] == (
        [] if answer is None else [True]
    )
    assert sent == (["a", "a 1"] if answer else ["a"])


def test_a_made_call_is_remembered_over_another_interruption(tmp_path: Path) -> None:
    made = [CallMade(name="send_mail", args=["a"], is_known=True, value="long" * 1000)]
    with mailer(tmp_path / "first", block("y = 1"), block("0")) as agent:

        async def keep() -> None:
            unfinished = agent.progress.unfinished
            if unfinished is not None and unfinished.step == 2:
                await agent.asave(tmp_path / "second")

        agent.progress.listener = keep
        agent.run(resume=True, calls_made=made)
    options: dict[str, Any] = {"tools": [send_mail, look_up], "on_approval": lambda _: False}
    with loaded(tmp_path / "second", block("send_mail('a')"), block("0"), **options) as agent:
        assert agent.progress.unfinished is not None
        assert list(agent.progress.unfinished.calls) == [CallMade(name="send_mail", args=["a"])]
        agent.run(resume=True, max_steps=3)
    assert sent == []


TRY = "try:\n    print(send_mail('a'))\nexcept Exception as error:\n    print(error)\n"


@pytest.mark.parametrize("answers", [[False, False], [False, True], None])
@pytest.mark.parametrize("is_one_step", [True, False])
def test_a_refused_repeat_is_not_made_on_the_next_try(
    tmp_path: Path, answers: list[bool] | None, is_one_step: bool
) -> None:
    codes = [TRY + TRY] if is_one_step else [TRY, TRY]
    with mailer(tmp_path, *map(block, codes), block("final_answer(0)")) as agent:
        if answers is not None:
            left = iter(answers)
            agent.tools.approval.ask = lambda _: next(left)
        result = agent.run(resume=True, calls_made=[CallMade(name="send_mail", args=["a"])])
    assert result.output == 0
    assert sent == (["a 1"] if answers and answers[1] else [])


def test_a_repeat_that_needs_approval_anyway_is_not_made_after_a_refusal(tmp_path: Path) -> None:
    reasons: list[str] = []

    def refuse(question: ApprovalRequested) -> bool:
        reasons.append(question.reason)
        return False

    options: dict[str, Any] = {"approve": ["send_mail"], "on_approval": refuse}
    with mailer(tmp_path, block(TRY + TRY), block("final_answer(0)"), **options) as agent:
        agent.run(resume=True, calls_made=[CallMade(name="send_mail", args=["a"])])
    assert ["already" in reason for reason in reasons] == [True, True]
    assert sent == []


@pytest.mark.parametrize("after", [0, 1, 2])
def test_no_call_after_an_interruption_has_the_number_of_one_before(
    tmp_path: Path, after: int
) -> None:
    code = block("look_up('a')\nlook_up('b')")
    numbers: list[int] = []
    first = CodeAgent([look_up], ScriptedModel([code] * 4))
    interrupted(first, tmp_path / "0", after=after)
    for i in range(2):
        with loaded(tmp_path / f"{i}", code, code, tools=[look_up]) as agent:

            async def scenario(agent: Agent = agent, i: int = i) -> None:
                agent.progress.listener = lambda: agent.asave(tmp_path / f"{i + 1}")
                async for event in agent.astream(resume=True):
                    if isinstance(event, ToolStarted):
                        numbers.append(event.call_id)
                    if len(numbers) == 3 * (i + 1):
                        break
                await agent.aclose()

            in_loop(scenario())
    assert len(set(numbers)) == 6
    assert min(numbers) > 10


def test_a_run_that_goes_on_is_traced_from_there(tmp_path: Path) -> None:
    names: list[str] = []

    class Names:
        contents = False

        def started(self, span: Span) -> None:
            names.append(span.name)

        def ended(self, span: Span) -> None:
            pass

    interrupted(CodeAgent(model=ScriptedModel(REPLIES), name="adder"), tmp_path, after=1)
    with tracing_to(Names()), loaded(tmp_path, block("final_answer(x)")) as agent:
        assert agent.run(resume=True).output == 1
    assert names == ["invoke_agent adder", "step 2", "chat scripted", "execute_code"]
