"""Conversations that outgrow the model's context: what is cut, what is summarised, what stays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest

from pyagent import (
    Agent,
    CodeAgent,
    ContextOverflowError,
    RunResult,
    ScriptedModel,
    ServerError,
    Step,
    ToolCallingAgent,
    tool,
)
from pyagent.memory import SummaryStep
from pyagent.messages import ChatMessage, ToolUse
from pyagent.models.base import ReplyDone
from pyagent.models.scripted import ScriptedReply
from pyagent.models.tokens import estimate_usage
from pyagent.protocol import ModelDelta, Notice, TokenUsage
from support.agents.scripted_agents import block

CONTEXT = 16_000
NOTES = "The rows up to 90 are counted; the sum so far is 4711."


class Worker(ScriptedModel):
    """Takes ``steps`` steps, one after another, then answers; writes a summary when asked to."""

    def __init__(
        self, steps: Sequence[ScriptedReply], *, summary: ScriptedReply = NOTES, context: int
    ) -> None:
        super().__init__(context_tokens=context, supports_tools=True)
        self.summaries: list[str] = []
        self.sent: list[Sequence[ChatMessage]] = []
        self._summary = summary
        self._steps = iter(steps)

    def reply_to(self, messages: Sequence[ChatMessage]) -> ScriptedReply:
        if messages[-1].content.endswith("Write the summary now."):
            self.summaries.append(messages[-1].content)
            return self._summary
        self.sent.append(messages)
        return next(self._steps)

    def pieces(self, text: str) -> Iterator[str]:
        yield text  # whole, which is faster


@tool
def read_rows(page: int) -> str:
    """Read rows.

    Args:
        page: Which page.
    """
    return f"page {page}: " + "value " * 200


def code_steps(count: int, said: str = "I count on. " * 10) -> list[str]:
    """Replies with code that prints some 1,200 characters, and one that answers."""
    steps = [said + block(f"print({n}, 'value ' * 200)") for n in range(1, count + 1)]
    return [*steps, block("final_answer('done')")]


def call_steps(count: int) -> list[ScriptedReply]:
    """Replies with two native tool calls each, and one that answers."""
    steps: list[ScriptedReply] = [
        ["I read on. " * 10]
        + [ToolUse(id=f"{n}-{k}", name="read_rows", arguments={"page": n}) for k in "ab"]
        for n in range(1, count + 1)
    ]
    return [*steps, [ToolUse(id="end", name="final_answer", arguments={"answer": "done"})]]


def size(messages: Sequence[ChatMessage]) -> int:
    return estimate_usage(messages, "").input_tokens


def notices(agent: Agent, task: str) -> list[str]:
    events = agent.stream(task, max_steps=300)
    return [event.message for event in events if isinstance(event, Notice)]


@pytest.fixture(scope="module", params=["code", "calls"])
def long_run(request: pytest.FixtureRequest) -> tuple[RunResult, Worker, list[str]]:
    """The result, the model and the notices of 200 steps of each kind of agent."""
    if request.param == "code":
        model = Worker(code_steps(200), context=CONTEXT)
        agent: Agent = CodeAgent(model=model)
    else:
        model = Worker(call_steps(200), context=CONTEXT)
        agent = ToolCallingAgent([read_rows], model)
    with agent:
        told = notices(agent, "Count all rows.")
        assert agent.last_result is not None
        return agent.last_result, model, told


LongRun = tuple[RunResult, Worker, list[str]]


def test_run_of_200_steps_ends_well_in_a_small_context(long_run: LongRun) -> None:
    result, model, told = long_run
    assert result.output == "done"
    assert len(result.steps) == 201
    assert max(size(messages) for messages in model.sent) < CONTEXT
    assert all(messages[1].content.startswith("Task: Count all rows.") for messages in model.sent)
    assert any("older results were shortened" in notice for notice in told)
    assert any("replaced by a summary" in notice for notice in told)
    assert 1 <= len(model.summaries) < 20
    assert NOTES in model.sent[-1][1].content


def test_beginning_of_a_long_run_stays_the_same_for_most_steps(long_run: LongRun) -> None:
    _, model, _ = long_run
    changed = [
        list(after[: len(before)]) != list(before)
        for before, after in itertools.pairwise(model.sent)
    ]
    assert 0 < sum(changed) < 40


def test_newest_results_are_whole_and_tool_uses_keep_their_results() -> None:
    model = Worker(call_steps(60), context=CONTEXT)
    with ToolCallingAgent([read_rows], model) as agent:
        notices(agent, "Read all.")
    for messages in model.sent:
        for i, message in enumerate(messages):
            results = messages[i + 1 : i + 1 + len(message.tool_uses)]
            assert [use.id for use in message.tool_uses] == [r.tool_use_id for r in results]
        assert messages[1].role == "user"
        if messages[-1].role == "tool":
            assert "cut ..." not in messages[-1].content


def test_summary_is_made_from_the_conversation_and_counts_as_usage() -> None:
    model = Worker(code_steps(30, "I think. " * 300), context=CONTEXT)
    with CodeAgent(model=model) as agent:
        events = list(agent.stream("Count.", max_steps=300))
        result = agent.last_result
        steps = agent.memory.steps
    assert result is not None
    assert not any(isinstance(event, ModelDelta) and NOTES in event.text for event in events)
    assert "USER: Task: Count." in model.summaries[0]
    assert "ASSISTANT: I think." in model.summaries[0]
    assert NOTES in model.summaries[-1]  # each summary is part of the next
    asked = sum(size(request.messages) for request in model.requests)
    assert result.token_usage.input_tokens == asked
    assert len(model.requests) == 31 + len(model.summaries)
    assert isinstance(steps[0], SummaryStep)
    assert steps[0].token_usage.input_tokens > 0
    assert not any(isinstance(step, SummaryStep) for step in steps[1:])
    assert steps[0].steps == 31 - len(steps[1:])


def test_callback_for_summaries_gets_each_summary_once_it_is_in_the_memory() -> None:
    async def note(step: SummaryStep, agent: Agent) -> None:
        heard.append(step)
        assert agent.memory.steps[0] is step

    heard: list[SummaryStep] = []
    model = Worker(code_steps(30, "I think. " * 300), context=CONTEXT)
    with CodeAgent(model=model, step_callbacks={SummaryStep: [note]}) as agent:
        assert agent.run("Count.", max_steps=300).output == "done"
    assert len(heard) == len(model.summaries) > 1
    assert all(isinstance(step, SummaryStep) and NOTES in step.text for step in heard)
    assert [step.steps for step in heard] == sorted({step.steps for step in heard})


def test_callbacks_without_a_class_get_steps_but_no_summaries() -> None:
    def note(step: Step, agent: Agent) -> None:
        heard.append(step)

    heard: list[Step] = []
    model = Worker(code_steps(30, "I think. " * 300), context=CONTEXT)
    with CodeAgent(model=model, step_callbacks=[note]) as agent:
        result = agent.run("Count.", max_steps=300)
    assert model.summaries
    assert heard == list(result.steps)


@pytest.mark.parametrize("summary", [ServerError("Busy."), "  "])
def test_older_steps_are_left_out_when_there_is_no_summary(summary: ScriptedReply) -> None:
    model = Worker(code_steps(30, "I think. " * 300), summary=summary, context=CONTEXT)
    with CodeAgent(model=model) as agent:
        told = notices(agent, "Count.")
        assert agent.last_result is not None
        assert agent.last_result.output == "done"
    assert any("steps were left out" in notice for notice in told)
    assert "before this are no longer shown.)" in model.sent[-1][1].content
    assert max(size(messages) for messages in model.sent) < CONTEXT


def test_notice_about_a_single_step_is_in_the_singular() -> None:
    model = Worker(code_steps(2, "I think. " * 3_500), context=CONTEXT)
    with CodeAgent(model=model) as agent:
        told = notices(agent, "Count.")
    assert len(told) == 1
    assert told[0].endswith(": 1 step was replaced by a summary.")
    shown = model.sent[-1][1].content
    assert f"(1 step before this is no longer shown. Summary of it:\n{NOTES})" in shown


def test_older_interactions_are_summarised_with_their_tasks() -> None:
    talk = [block(f"final_answer('answer {n} ' + 'so ' * 500)") for n in range(40)]
    model = Worker(["I think. " * 300 + reply for reply in talk], context=CONTEXT)
    with CodeAgent(model=model) as agent:
        told = [notice for n in range(40) for notice in notices(agent, f"Question {n}.")]
        tasks = [interaction.task for interaction in agent.memory.interactions]
        first = agent.memory.steps[0]
    assert any("earlier tasks and" in notice for notice in told)
    assert "USER: Task: Question 0." in model.summaries[0]
    assert "answer 1 so" in model.summaries[0]
    assert NOTES in model.sent[-1][1].content
    assert isinstance(first, SummaryStep)
    assert first.interactions == 40 - len(tasks)
    assert tasks == [f"Task: Question {n}." for n in range(40 - len(tasks), 40)]
    assert 1 < len(tasks) < 20


@pytest.mark.parametrize("steps", [20, 200])
def test_long_conversation_continues_with_a_model_of_a_much_smaller_context(steps: int) -> None:
    endless = ScriptedModel(call_steps(steps), supports_tools=True)
    with ToolCallingAgent([read_rows], endless) as agent:
        agent.run("Read all.", max_steps=300)
        agent.model = model = Worker(call_steps(0), context=6_000)
        told = notices(agent, "Go on.")
    assert len(told) == 1
    assert "replaced by a summary" in told[0]
    assert max(size(request.messages) for request in model.requests) < 6_000
    shown = [n for n in range(1, steps + 1) if f"page {n}: value" in model.summaries[0]]
    # With 20 steps each is in the transcript, shortened; 200 steps do not fit.
    assert len(shown) >= 18 if steps == 20 else 10 < len(shown) < 200


class Counting(Worker):
    """A model whose provider counts twice the tokens that we estimate."""

    def reply_to(self, messages: Sequence[ChatMessage]) -> ScriptedReply:
        usage = TokenUsage(input_tokens=2 * size(messages), output_tokens=1)
        said = super().reply_to(messages)
        assert isinstance(said, str)
        return [said, ReplyDone(finish_reason="stop", token_usage=usage)]


def test_context_is_kept_as_the_provider_counts_it() -> None:
    model = Counting(code_steps(60), context=CONTEXT)
    with CodeAgent(model=model) as agent:
        told = notices(agent, "Count.")
        assert agent.last_result is not None
        assert agent.last_result.output == "done"
    assert told
    assert max(2 * size(request.messages) for request in model.requests) < CONTEXT


def test_definitions_of_tools_count_as_part_of_the_request() -> None:
    @tool
    def look(page: int) -> str:
        """Look.

        Args:
            page: Which page.
        """
        return "value " * 200

    look.description = "A long story. " * 1_000
    uses = [ToolUse(id=str(n), name="look", arguments={"page": n}) for n in range(40)]
    model = Worker([*[[use] for use in uses], *call_steps(0)], context=8_000)
    with ToolCallingAgent([look], model) as agent:
        notices(agent, "Look.")
        assert agent.last_result is not None
        assert agent.last_result.output == "done"
    beside = len(look.description) // 4
    assert max(size(messages) for messages in model.sent) + beside < 8_000


def test_results_larger_than_the_context_are_cut_even_when_they_are_the_newest() -> None:
    uses = [ToolUse(id=str(n), name="read_rows", arguments={"page": n}) for n in range(30)]
    model = Worker([uses, *call_steps(0)], context=4_000)
    with ToolCallingAgent([read_rows], model) as agent:
        told = notices(agent, "Read all.")
        assert agent.last_result is not None
        assert agent.last_result.output == "done"
    assert told == [
        "The conversation was getting longer than the model can read: "
        "the newest results were shortened."
    ]
    assert size(model.sent[-1]) < 4_000


def test_task_larger_than_the_context_ends_the_run_with_the_providers_message() -> None:
    refused = ContextOverflowError("Too long.")
    model = Worker([refused] * 9, summary=refused, context=2_000)
    with CodeAgent(model=model) as agent:
        result = agent.run("word " * 5_000)
    assert not result.success
    assert result.problem is not None
    assert result.problem.kind == "context_overflow"
    assert len(model.requests) == 1
