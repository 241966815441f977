"""What an agent remembers from run to run, and what it forgets."""

from __future__ import annotations

import itertools

from pyagent import CodeAgent, ModelError, ScriptedModel
from pyagent.messages import ChatMessage
from scripts import agent_with, asked, block

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


def test_conversation_and_variables_last_over_runs() -> None:
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


def test_ring_of_three_drops_the_first_of_four_questions() -> None:
    replies = [block(f"final_answer('answer {i}')") for i in range(4)]
    with agent_with(*replies, memory_size=3) as agent:
        for question in FOUR_QUESTIONS:
            agent.run(question)
        text = "\n".join(message.content for message in _sent(agent))
        outputs = [interaction.output for interaction in agent.memory.interactions]
    assert FOUR_QUESTIONS[0] not in text
    assert all(question in text for question in FOUR_QUESTIONS[1:])
    assert outputs == ["answer 1", "answer 2", "answer 3"]


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


def test_messages_grow_linearly_and_keep_their_prefix() -> None:
    replies = [*[block(f"print({i})") for i in range(20)], block("final_answer(0)")]
    with agent_with(*replies, max_steps=30) as agent:
        agent.run("Count.")
        model = agent.model
        assert isinstance(model, ScriptedModel)
        sent = [request.messages for request in model.requests]
    for before, after in itertools.pairwise(sent):
        assert after[: len(before)] == before
        assert len(after) == len(before) + 2


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
