"""The loop from a task to an answer, with scripted models and real Python."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pyagent import (
    ActionStep,
    CodeAgent,
    Memory,
    ModelError,
    RateLimitError,
    RouterModel,
    ScriptedModel,
    Step,
    ToolDefinitionError,
    tool,
)
from pyagent.messages import ChatMessage
from pyagent.models.base import ReasoningDelta, ReplyDone, Retrying
from pyagent.protocol import ModelReplied, Notice, RunFinished, TokenUsage, ToolFinished
from pyagent.tools import from_schema
from support.agents.scripted_agents import actions, agent_with, asked, block


@tool
def population(city: str) -> int:
    """Population of a city.

    Args:
        city: Name in English.
    """
    if city == "Atlantis":
        raise LookupError("no such city")
    return 545_796


def test_answer_of_the_code_is_the_output() -> None:
    with agent_with(block("final_answer(67000 * 2 // 100)")) as agent:
        result = agent.run("What is 2% of 67000?")
    assert (result.output, result.success, result.reason) == (1340, True, "answered")
    assert len(result.steps) == 1
    assert result.raise_for_problem() is result


def test_events_of_a_run_come_in_order() -> None:
    with agent_with(
        block("print(population('Lisbon'))\ndisplay([{'a': 1}, {'a': 2}])\n1 + 1"),
        block("open('a.txt', 'w').write('hi')\nfinal_answer('done')"),
        tools=[population],
    ) as agent:
        events = list(agent.stream("Go."))
    types = [event.type for event in events if event.type != "model_delta"]
    assert types == [
        *("run_started", "step_started", "model_replied", "tool_started", "tool_finished"),
        *("step_output", "step_display", "step_finished"),
        *("step_started", "model_replied", "file_produced", "step_finished", "run_finished"),
    ]
    assert len({event.run_id for event in events}) == 1
    assert {event.type for event in events[2:6]} == {"model_delta"}


def test_observation_tells_output_value_displays_and_files() -> None:
    code = "print('printed')\ndisplay('shown')\nopen('a.txt', 'w').write('hi')\n[1, 2]"
    with agent_with(block(code), block("final_answer(0)")) as agent:
        result = agent.run("Go.")
        observation = asked(agent)
    assert observation.startswith("Observation:\nprinted\n")
    assert "Shown to the person: 'shown'" in observation
    assert "Value of the last expression: [1, 2]" in observation
    assert "Files written: a.txt (2 bytes)" in observation
    assert result.files == {"a.txt": b"hi"}


def test_failing_code_reaches_the_model_with_its_line() -> None:
    with agent_with(block("x = 1\n\nprint(x / 0)"), block("final_answer('inf')")) as agent:
        result = agent.run("Divide.")
        observation = asked(agent)
    assert "ZeroDivisionError: division by zero\n  line 3: print(x / 0)" in observation
    assert result.success
    assert actions(result.steps)[0].error is not None


def test_model_is_told_when_code_prints_nothing_and_which_names_it_set() -> None:
    with agent_with(block("total = 3"), block("final_answer(total)")) as agent:
        agent.run("Add.")
        assert "printed nothing. It set: total." in asked(agent)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1\nresult = [n * n for n in range(4)]", "Value of result: [0, 1, 4, 9]"),
        ("a, (b, *c) = 1, (2, 3, 4)", "Value of a: 1\nValue of b: 2\nValue of c: [3, 4]"),
        ("total = 1\ntotal += 41", "Value of total: 42"),
        ("total: int = 42", "Value of total: 42"),
        ("x = y = 'abc'", "Value of x: 'abc'\nValue of y: 'abc'"),
        ("import asyncio\ndone = await asyncio.sleep(0, 'late')", "Value of done: 'late'"),
        ("found = {'rows': 'x' * 5_000}", "xxx"),
        ("class Bad:\n    def __repr__(self): 1 / 0\nbad = Bad()", "Value of bad: <Bad whose repr"),
    ],
)
def test_value_that_the_last_line_sets_is_told_when_nothing_is_printed(
    code: str, told: str
) -> None:
    with agent_with(block(code), block("final_answer(1)")) as agent:
        agent.run("Go.")
        assert "printed nothing. It set: " in asked(agent)
        assert told in asked(agent)
        assert len(asked(agent)) < 1_500


@pytest.mark.parametrize(
    "code",
    ["x = 1\nprint('said')", "x = 1\nx", "for x in range(2):\n    y = x", "d = {}\nd[1] = 2"],
)
def test_value_is_not_told_when_the_code_says_something_or_ends_otherwise(code: str) -> None:
    with agent_with(block(code), block("final_answer(1)")) as agent:
        agent.run("Go.")
        assert "Value of x:" not in asked(agent)
        assert "Value of d:" not in asked(agent)


def test_tool_error_reaches_the_model_as_observation() -> None:
    with agent_with(
        block("population('Atlantis')"), block("final_answer(0)"), tools=[population]
    ) as agent:
        events = list(agent.stream("How many?"))
        assert "LookupError: population() failed: no such city" in asked(agent)
    finished = next(event for event in events if isinstance(event, ToolFinished))
    assert finished.error is not None
    assert finished.error.type == "LookupError"


def test_wrong_arguments_of_a_tool_reach_the_model() -> None:
    with agent_with(block("population(5)"), block("final_answer(0)"), tools=[population]) as agent:
        agent.run("How many?")
        assert "population() wants 'city' as str, not int 5." in asked(agent)


def test_async_tools_and_tools_that_block_both_work() -> None:
    @tool
    async def later(n: int) -> int:
        """Wait and double.

        Args:
            n: A number.
        """
        await asyncio.sleep(0)
        return n * 2

    code = "final_answer([later(2), population('Lisbon')])"
    with agent_with(block(code), tools=[later, population]) as agent:
        assert agent.run("Go.").output == [4, 545_796]


def test_tool_of_a_page_may_be_called_without_its_optional_arguments() -> None:
    schema = {"properties": {"sku": {"type": "string"}, "cur-rency": {"enum": ["EUR", None]}}}
    price = from_schema("get-price", "Price.", {**schema, "required": ["sku"]}, lambda args: args)
    code = "final_answer([get_price('a'), get_price(sku='b', cur_rency='EUR')])"
    with agent_with(block(code), tools=[price]) as agent:
        assert agent.run("Go.").output == [{"sku": "a"}, {"sku": "b", "cur-rency": "EUR"}]


def test_plain_answer_is_accepted_after_one_reminder() -> None:
    with agent_with("Hello!", "Hello, what can I do?") as agent:
        result = agent.run("Hi.")
        assert "no Python block" in asked(agent)
    assert (result.output, result.success) == ("Hello, what can I do?", True)
    assert [step.error is None for step in actions(result.steps)] == [False, True]


def test_plain_answer_after_work_needs_no_reminder() -> None:
    with agent_with(block("print(1340)"), "It is 1340.") as agent:
        result = agent.run("What is 2% of 67000?")
    assert (result.output, len(result.steps)) == ("It is 1340.", 2)


def test_announcement_without_code_is_not_an_answer() -> None:
    with agent_with(block("print(1)"), "Now I sum up:", block("final_answer(1)")) as agent:
        assert agent.run("Go.").output == 1


@pytest.mark.parametrize(
    "plans",
    [
        ["The first file has three rows. Next I open the second file."],
        ["I will now count the rows.", "Let me open it.", "First, I need to read the file."],
        ["Let me open the second file."] * 3,
    ],
    ids=["one", "several", "the same again"],
)
def test_middle_of_a_plan_is_not_an_answer(plans: list[str]) -> None:
    with agent_with(block("print(3)"), *plans, block("final_answer(5)")) as agent:
        result = agent.run("How many rows are there?")
    assert (result.output, result.success) == (5, True)


def test_plan_that_never_becomes_work_is_no_success() -> None:
    with agent_with(*["Let me open the second file."] * 4, max_steps=3) as agent:
        result = agent.run("Go.")
    assert (result.success, result.reason) == (False, "max_steps")


@pytest.mark.parametrize(
    "codes", [["1 / 0"], ["1 / 0", "x = 1"], ["1 / 0", "[][1]"]], ids=["in a row", "work", "other"]
)
def test_same_failure_is_told_at_the_third_time_and_ends_the_run_soon(codes: list[str]) -> None:
    with agent_with(*map(block, codes * 20)) as agent:
        result = agent.run("Divide.", max_steps=20)
    failures = [step for step in actions(result.steps) if step.code == "1 / 0"]
    assert ["failure number" in step.observation for step in failures] == [False] * 2 + [True] * 3
    assert (result.success, result.reason) == (False, "error")
    assert result.problem is not None
    assert "ZeroDivisionError: division by zero" in result.problem.message
    assert result.problem.kind == "repeated_failure"


def test_failures_that_differ_do_not_end_the_run() -> None:
    codes = [block(f"{n} / 0") for n in range(9)]
    with agent_with(*codes, block("final_answer(1)")) as agent:
        assert agent.run("Divide.").output == 1


def test_empty_replies_end_the_run_with_advice() -> None:
    with agent_with("", "", "") as agent:
        result = agent.run("Go.")
    assert result.reason == "error"
    assert result.problem is not None
    assert "3 empty replies" in result.problem.message
    assert len(result.steps) == 3


def test_reply_cut_at_the_token_limit_is_not_run() -> None:
    cut = ["```python\nfinal_answer(1", ReplyDone(finish_reason="length", token_usage=TokenUsage())]
    with agent_with(cut, block("final_answer(2)")) as agent:
        result = agent.run("Go.")
        assert "cut off" in asked(agent)
    assert result.output == 2


def test_same_code_with_the_same_outcome_gets_a_hint() -> None:
    with agent_with(block("1 / 0"), block("1 / 0"), block("final_answer(0)")) as agent:
        agent.run("Go.")
        assert "You ran this very code before" not in asked(agent, 1)
        assert "You ran this very code before" in asked(agent, 2)


def test_max_steps_ends_with_a_best_guess_and_no_success() -> None:
    with agent_with(block("x = 1"), block("x = 2"), "Perhaps 2.") as agent:
        events = list(agent.stream("Go.", max_steps=2))
        result = agent.last_result
        assert "no steps left" in asked(agent)
    assert result is not None
    assert (result.output, result.success, result.reason) == ("Perhaps 2.", False, "max_steps")
    assert len(result.steps) == 2
    assert isinstance(events[-1], RunFinished)
    assert [event.type for event in events].count("step_started") == 3
    with pytest.raises(Exception, match="not finished within 2 steps"):
        result.raise_for_problem()


def test_model_error_ends_the_run_and_raises_nothing() -> None:
    error = ModelError("The key is wrong.", advice="Check it.", kind="wrong_key")
    with agent_with(error, block("final_answer(1)")) as agent:
        result = agent.run("Go.")
        assert result.problem is not None
        assert (result.problem.kind, result.problem.advice) == ("wrong_key", "Check it.")
        assert agent.run("Go.").output == 1
        assert asked(agent).count("Go.") == 1


def test_fault_in_a_callback_is_reported_as_its_own_kind(caplog: Any) -> None:
    def broken(step: Step, agent: CodeAgent) -> None:
        raise KeyError("oops")

    with agent_with(block("x = 1"), step_callbacks=[broken]) as agent:
        result = agent.run("Go.")
    assert result.problem is not None
    assert result.problem.kind == "callback"
    assert "oops" in caplog.text


def test_refused_answer_goes_back_to_the_model() -> None:
    def is_positive(answer: Any, memory: Memory, agent: CodeAgent) -> bool:
        return bool(answer > 0)

    async def is_small(answer: Any, memory: Memory, agent: CodeAgent) -> bool:
        if answer > 9:
            raise ValueError("too large")
        return True

    with agent_with(
        *[block(f"final_answer({n})") for n in (-1, 10, 5)],
        final_answer_checks=[is_positive, is_small],
    ) as agent:
        result = agent.run("Go.")
        assert "AnswerRefused: The answer failed is_positive." in asked(agent, 1)
        assert "AnswerRefused: is_small: too large" in asked(agent, 2)
    assert result.output == 5


def test_step_callbacks_see_each_step() -> None:
    seen: list[str] = []

    async def note(step: ActionStep, agent: CodeAgent) -> None:
        seen.append(step.code)

    with agent_with(block("x = 1"), block("final_answer(x)"), step_callbacks=[note]) as agent:
        agent.run("Go.")
    assert seen == ["x = 1", "final_answer(x)"]


def test_immediate_fallback_to_another_model_is_reported_without_a_wait() -> None:
    busy = ScriptedModel([RateLimitError("The provider is busy.")], model_id="a")
    ready = ScriptedModel([block("final_answer(1)")], model_id="b")
    with CodeAgent([], RouterModel([busy, ready])) as agent:
        notices = [event for event in agent.stream("Go.") if isinstance(event, Notice)]
    assert [notice.message for notice in notices] == [
        "The provider is busy. Asking b instead of a."
    ]


def test_retries_and_reasoning_are_events() -> None:
    reply = [
        Retrying(reason="The provider is busy.", delay_s=2.0),
        ReasoningDelta(text="Hm."),
        block("final_answer(1)"),
    ]
    with agent_with(reply) as agent:
        events = list(agent.stream("Go."))
    notice = next(event for event in events if isinstance(event, Notice))
    assert notice.message == "The provider is busy. Trying again in 2 s."
    assert notice.retry_in_s == 2.0
    assert ("reasoning", "Hm.") in [
        (event.channel, event.text) for event in events if event.type == "model_delta"
    ]
    replied = next(event for event in events if isinstance(event, ModelReplied))
    assert "Hm." not in replied.thought


def test_reply_that_the_provider_could_not_read_is_corrected_by_the_model() -> None:
    """Groq takes what looks like a call for one, and refuses it where no tools are declared."""
    done = ReplyDone(finish_reason="stop", token_usage=TokenUsage(), fault="Tool choice is none.")
    with agent_with(['{"name": "python"}', done], block("final_answer(1)")) as agent:
        result = agent.run("Go.")
    first = result.steps[0]
    assert isinstance(first, ActionStep)
    assert (result.output, "Tool choice is none." in first.observation) == (1, True)


def test_short_prompt_stops_the_reply_after_its_first_block() -> None:
    reply = block("final_answer(1)") + "\nThis code answers the question."
    with CodeAgent(model=ScriptedModel([reply], prompt_style="short")) as agent:
        events = list(agent.stream("Go."))
    text = "".join(event.text for event in events if event.type == "model_delta")
    assert "answers the question" not in text


def test_model_never_writes_its_own_observation() -> None:
    reply = block("x = 5\nprint(x)") + "\nObservation:\n7\n" + block("final_answer(7)")
    with agent_with(reply, block("final_answer(x)")) as agent:
        assert agent.run("Go.").output == 5


def test_system_prompt_shows_tools_as_functions_and_stays_the_same() -> None:
    with agent_with(
        block("final_answer(1)"),
        block("final_answer(2)"),
        tools=[population],
        instructions="Answer in French.",
        authorized_imports=["numpy"],
    ) as agent:
        agent.run("One.", files={"a.csv": b"x\n1\n"})
        agent.run("Two.")
        model = agent.model
        assert isinstance(model, ScriptedModel)
        first, second = (request.messages[0] for request in model.requests)
    assert first == second
    assert isinstance(first, ChatMessage)
    assert 'def population(city: str) -> int:\n    """Population of a city.' in first.content
    assert "    Args:\n        city: Name in English." in first.content
    assert "def final_answer(" in first.content
    assert "Answer in French." in first.content
    assert "`numpy`" in first.content


@pytest.mark.parametrize(
    ("named", "told", "missing"),
    [
        (["*"], "", ""),
        (["nowhere_1", "json"], "Also there: `json`. ", "nowhere_1"),
        (["nowhere_2.part", "os.*", "*"], "Also there: `os`. ", "nowhere_2.part"),
        (["nowhere_3", "not a name", ""], "", "nowhere_3, not a name"),
        (["xml.dom", "sqlite3"], "Also there: `xml.dom`, `sqlite3`. ", ""),
    ],
)
def test_prompt_names_only_packages_that_are_there(
    caplog: pytest.LogCaptureFixture, named: list[str], told: str, missing: str
) -> None:
    model = ScriptedModel([])
    agents = [CodeAgent([], model, authorized_imports=named) for _ in range(2)]
    line = next(line for line in agents[1].system_prompt.splitlines() if "standard library" in line)
    assert told in line
    assert ("Also there" in line) == bool(told)
    assert [record.getMessage() for record in caplog.records] == [
        "authorized_imports names packages that are not installed, so the model is not told of "
        f"them: {missing}."
    ] * bool(missing)


def test_packages_of_another_python_are_not_looked_for() -> None:
    agent = CodeAgent(
        [],
        ScriptedModel([]),
        authorized_imports=["nowhere_4"],
        executor_kwargs={"python": "/other/python"},
    )
    assert "Also there: `nowhere_4`." in agent.system_prompt


def test_wrong_settings_are_refused_when_the_agent_is_made() -> None:
    model = ScriptedModel([])
    with pytest.raises(ValueError, match=r"no executor 'moon'; there is: local"):
        CodeAgent(model=model, executor_type="moon")
    with pytest.raises(TypeError, match="must be a pyagent Model"):
        CodeAgent(model="gpt")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="moods"):
        CodeAgent(model=model, moods=2)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="at least 1"):
        CodeAgent(model=model, memory_size=0)
    with pytest.raises(ToolDefinitionError, match="Two tools are called 'population'"):
        CodeAgent([population, population], model)
    with pytest.raises(ToolDefinitionError, match="Decorate the function"):
        CodeAgent([len], model)  # type: ignore[list-item]
