"""What an agent remembers from run to run, and what it forgets."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from pyagent import CodeAgent, ModelError, ScriptedModel, Tool, tool
from pyagent.messages import ChatMessage
from pyagent.models.base import ModelRequest
from pyagent.wire import to_data
from support.agents.scripted_agents import agent_with, asked, block, caller_with, requests_of, use

FOUR_QUESTIONS = (
    "What is the capital of France?",
    "And France borders which countries?",
    "Calculate the area of France.",
    "What's France's GDP?",
)


def _sent(agent: CodeAgent) -> tuple[ChatMessage, ...]:
    model = agent.model
    assert isinstance(model, ScriptedModel)
    return model.requests[-1].messages


def test_conversation_and_variables_last_from_run_to_run() -> None:
    with agent_with(
        block("price = 67000\nfinal_answer(price)"), block("final_answer(price * 2)")
    ) as agent:
        agent.run("Find the price.")
        result = agent.run("Double it.")
        messages = _sent(agent)
    assert result.output == 134_000
    assert [message.role for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[1].content == "Task: Find the price."
    assert messages[3].content == "Observation:\nAnswer given: 67000\n\nTask: Double it."


def test_reset_forgets_conversation_variables_and_files() -> None:
    look = block("import os\nfinal_answer(['x' in globals(), os.listdir()])")
    with agent_with(
        block("x = 1\nopen('a.txt', 'w').close()\nfinal_answer(x)"), look, look
    ) as agent:
        agent.run("One.")
        assert agent.run("Two.").output == [True, ["a.txt"]]
        assert agent.run("Three.", reset=True).output == [False, []]
        assert [message.role for message in _sent(agent)] == ["system", "user"]
        assert agent.state.runs == 3


class Notebook(Tool):
    """Holds what belongs to a conversation."""

    name = "note"
    description = "Note something; gives all notes."

    def __init__(self) -> None:
        self.notes: list[str] = []

    def forward(self, text: str) -> list[str]:
        """Note.

        Args:
            text: What.
        """
        self.notes.append(text)
        return list(self.notes)

    def reset(self) -> None:
        self.notes.clear()


@pytest.mark.parametrize("make", [agent_with, caller_with])
def test_reset_and_clear_let_tools_forget(make: Any) -> None:
    replies = {
        agent_with: lambda text: [block(f"final_answer(note({text!r}))")],
        caller_with: lambda text: [[use("note", text=text)], "Noted."],
    }[make]
    notebook = Notebook()
    with make(*[reply for text in "abcd" for reply in replies(text)], tools=[notebook]) as agent:
        agent.run("One.")
        agent.run("Two.")
        assert notebook.notes == ["a", "b"]
        agent.run("Three.", reset=True)
        assert notebook.notes == ["c"]
        agent.clear()
        assert notebook.notes == []
        agent.run("Four.")
        assert notebook.notes == ["d"]


ANSWERS = ("Paris", "Belgium, Germany, Spain and others", "643801 km²", "3.2 trillion dollars")


def test_ring_of_three_drops_the_first_of_four_questions() -> None:
    replies = [block(f"final_answer({answer!r})") for answer in ANSWERS]
    with agent_with(*replies, memory_size=3) as agent:
        outputs = [agent.run(question).output for question in FOUR_QUESTIONS]
        requests = requests_of(agent)
    assert outputs == list(ANSWERS)
    first, second, third, fourth = FOUR_QUESTIONS
    assert [(m.role, m.content) for m in requests[3].messages[1:]] == [
        ("user", f"Task: {second}"),
        ("assistant", replies[1]),
        ("user", f"Observation:\nAnswer given: {ANSWERS[1]}\n\nTask: {third}"),
        ("assistant", replies[2]),
        ("user", f"Observation:\nAnswer given: {ANSWERS[2]}\n\nTask: {fourth}"),
    ]
    # While the ring fills, what was said before stays in sight.
    assert [(m.role, m.content) for m in requests[1].messages[1:]] == [
        ("user", f"Task: {first}"),
        ("assistant", replies[0]),
        ("user", f"Observation:\nAnswer given: Paris\n\nTask: {second}"),
    ]


def test_ring_of_three_does_the_same_for_tool_calls() -> None:
    answers = [use("final_answer", answer=answer) for answer in ANSWERS]
    with caller_with(*[[answer] for answer in answers], memory_size=3) as agent:
        outputs = [agent.run(question).output for question in FOUR_QUESTIONS]
        requests = requests_of(agent)
        remembered = [interaction.output for interaction in agent.memory.interactions]
    assert outputs == list(ANSWERS)
    assert remembered == list(ANSWERS[1:])
    assert [m.tool_use_id or m.tool_uses or m.content for m in requests[3].messages[1:]] == [
        f"Task: {FOUR_QUESTIONS[1]}",
        (answers[1],),
        answers[1].id,
        f"Task: {FOUR_QUESTIONS[2]}",
        (answers[2],),
        answers[2].id,
        f"Task: {FOUR_QUESTIONS[3]}",
    ]


def test_state_adds_up_over_runs() -> None:
    replies = [block("x = 1"), block("final_answer(1)"), block("final_answer(2)")]
    with agent_with(*replies) as agent:
        first = agent.run("One.")
        second = agent.run("Two.")
        state = agent.state
    assert (state.runs, state.steps) == (2, 3)
    usages = (first.token_usage, second.token_usage)
    assert state.token_usage.input_tokens == sum(usage.input_tokens for usage in usages)
    assert state.token_usage.output_tokens == sum(usage.output_tokens for usage in usages)
    assert state.seconds >= first.timing.total_s


def test_run_that_fails_after_a_step_leaves_a_note_in_the_memory() -> None:
    replies = [block("x = 41"), ModelError("Gone."), block("final_answer(x + 1)")]
    with agent_with(*replies) as agent:
        assert not agent.run("One.").success
        assert agent.run("Two.").output == 42
        assert "technical problem" in asked(agent)
        roles = [message.role for message in _sent(agent)]
    assert roles == ["system", "user", "assistant", "user"]


@tool
def page_of(number: int) -> str:
    """A page of a book.

    Args:
        number: From 100.
    """
    return f"page {number}: " + "word " * 20


STEPS = 200
PLAN = "1. Read the next pages.\n2. Answer."


def turn(kind: str, number: int) -> Any:
    """The reply that reads this page, in an agent of this kind."""
    if kind == "code":
        return block(f"print(page_of({number}))")
    if kind == "calls in text":
        return f'{{"name": "page_of", "arguments": {{"number": {number}}}}}'
    return ["Next.", use("page_of", number=number), use("page_of", number=number)]


ANSWER: dict[str, Any] = {
    "code": block("final_answer('Read.')"),
    "native calls": [use("final_answer", answer="Read.")],
    "calls in text": '{"name": "final_answer", "arguments": {"answer": "Read."}}',
}


@pytest.fixture(
    scope="module",
    params=itertools.product(ANSWER, ("in one run", "with plans", "in twenty runs")),
    ids=" ".join,
)
def long_run(request: pytest.FixtureRequest) -> list[ModelRequest]:
    """What the model of each kind of agent was sent over 200 steps."""
    kind, way = request.param
    turns = [turn(kind, number) for number in range(100, 100 + STEPS)]
    if way == "with plans":
        turns = [reply for i in range(0, STEPS, 10) for reply in (PLAN, *turns[i : i + 10])]
    elif way == "in twenty runs":
        turns[9::10] = [ANSWER[kind]] * 20
    options: dict[str, Any] = {
        "tools": [page_of],
        "max_steps": STEPS,
        "planning_interval": 10 if way == "with plans" else None,
    }
    with (
        agent_with(*turns, **options)
        if kind == "code"
        else caller_with(*turns, native=kind == "native calls", **options) as agent
    ):
        for _ in range(20 if way == "in twenty runs" else 1):
            agent.run("Read the book.")
        return requests_of(agent)


def test_each_request_begins_with_the_one_before_over_200_steps(
    long_run: list[ModelRequest],
) -> None:
    known: dict[int, str] = {}  # most messages are the same objects again

    def text_of(message: ChatMessage) -> str:
        if id(message) not in known:
            known[id(message)] = json.dumps(to_data(message))
        return known[id(message)]

    def text(request: ModelRequest) -> str:
        """The data that a provider's prompt cache would compare."""
        beside = json.dumps([to_data(request.tools), request.schema])
        return "\n".join([beside, *map(text_of, request.messages)])

    assert len(long_run) >= 200
    texts = [text(request) for request in long_run]
    assert all(after.startswith(before) for before, after in itertools.pairwise(texts))


def test_requests_grow_by_the_same_amount_at_each_step(long_run: list[ModelRequest]) -> None:
    sizes = [sum(len(m.content) for m in request.messages) for request in long_run]
    growth = [after - before for before, after in itertools.pairwise(sizes)]
    *growth, _ = growth  # the last one tells the model that there are no steps left
    assert min(growth) > 0
    assert max(growth) <= max(growth[:12])


def test_additional_args_are_variables_that_the_model_knows_of() -> None:
    with agent_with(block("final_answer(sum(numbers))")) as agent:
        result = agent.run("Add them.", additional_args={"numbers": [1, 2, 3]})
        assert "Variables that are set: numbers (list)" in asked(agent)
    assert result.output == 6


def test_tools_and_model_may_change_between_runs() -> None:
    with agent_with(block("final_answer(1)")) as agent:
        agent.run("One.")
        agent.model = ScriptedModel([block("final_answer(2)")])
        assert agent.run("Two.").output == 2
        assert "Task: One." in _sent(agent)[1].content


def test_clear_forgets_everything_but_the_totals() -> None:
    with agent_with(
        block("x = 1\nfinal_answer(x)"), block("final_answer('x' in globals())")
    ) as agent:
        agent.run("One.")
        agent.clear()
        assert agent.run("Two.").output is False
        assert len(_sent(agent)) == 2
        assert agent.state.runs == 2
