"""What a person gets when the steps are used up: the best answer that can be read."""

from __future__ import annotations

import json

import pytest

from pyagent import CodeAgent, ScriptedModel, tool
from pyagent.errors import ServerError
from pyagent.protocol import RunFinished, StepFinished, StepStarted
from support.agents.scripted_agents import agent_with, block, caller_with, use


@tool
def double(n: int) -> int:
    """Twice a number.

    Args:
        n: The number.
    """
    return 2 * n


CODERS = {
    "words": ("Perhaps 2.", "Perhaps 2."),
    "a block": ("```python\nfinal_answer('Perhaps 2.')\n```", "Perhaps 2."),
    "a block with words": ("So:\n```python\nfinal_answer('Perhaps 2.')\n```", "Perhaps 2."),
    "a long string": ('```python\nfinal_answer("""Perhaps\n2.""")\n```', "Perhaps\n2."),
    "a number": ("```python\nx = 2\nfinal_answer(2)\n```", "2"),
    "bare": ("final_answer(answer='Perhaps 2.')", "Perhaps 2."),
    "what must be computed": ("It is x.\n```python\nfinal_answer(x + 1)\n```", "It is x."),
    "an f-string": ("It is x.\n```python\nfinal_answer(f'{x}')\n```", "It is x."),
    "one of two": (
        "Perhaps.\n```python\nif x:\n    final_answer(1)\nelse:\n    final_answer(2)\n```",
        "Perhaps.",
    ),
    "a comment": ("It is 2.\n```python\n# final_answer(3)\nprint(2)\n```", "It is 2."),
    "a call": ('{"name": "final_answer", "arguments": {"answer": "Perhaps 2."}}', "Perhaps 2."),
    "JSON": (json.dumps({"thought": "Hm.", "code": "final_answer('Perhaps 2.')"}), "Perhaps 2."),
    "JSON in words": (json.dumps({"thought": "Perhaps 2.", "code": ""}), "Perhaps 2."),
    "only code": ("```python\nprint(2)\n```", "```python\nprint(2)\n```"),
    "thoughts": ("<think>Hm.</think>Perhaps 2.<|im_end|>", "Perhaps 2."),
    "thoughts without end": ("<think>Perhaps 2.", "Perhaps 2."),
    "only thoughts": ("<think>Hm.</think>", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("reply", "answer"), CODERS.values(), ids=CODERS)
def test_last_answer_of_code_agent_is_readable(reply: str, answer: str | None) -> None:
    with agent_with(block("x = 1"), reply, max_steps=1) as agent:
        result = agent.run("Go.")
    assert (result.output, result.success, result.reason) == (answer, False, "max_steps")


def test_last_answer_in_json_of_a_schema_is_readable() -> None:
    codes = ("x = 1", "final_answer('Perhaps 2.')")
    replies = [json.dumps({"thought": "", "code": code}) for code in codes]
    model = ScriptedModel(replies, supports_schema=True)
    with CodeAgent(model=model, structured_output=True, max_steps=1) as agent:
        assert agent.run("Go.").output == "Perhaps 2."


CALLERS = {
    "words": ("Perhaps 2.", "Perhaps 2."),
    "the answer's tool": ([use("final_answer", answer="Perhaps 2.")], "Perhaps 2."),
    "the answer's tool without an answer": ([use("final_answer")], None),
    "the answer's tool with null": ([use("final_answer", answer=None)], None),
    "the answer's tool with another name": ([use("final_answer", result="2")], None),
    "the answer's tool without an answer, in text": (
        '{"name": "final_answer", "arguments": {}}',
        None,
    ),
    "no answer beside words": (["Perhaps 2.", use("final_answer")], "Perhaps 2."),
    "another tool": ([use("double", n=2)], None),
    "another tool with words": (["Perhaps 2.", use("double", n=2)], "Perhaps 2."),
    "an answer in text": ('{"name": "final_answer", "arguments": {"answer": 2}}', "2"),
    "thoughts": ("<think>Hm.</think>\x1b[1mPerhaps 2.\x1b[0m<|im_end|>", "Perhaps 2."),
    "thoughts without end": ("<think>Perhaps 2.", "Perhaps 2."),
}


@pytest.mark.parametrize(("reply", "answer"), CALLERS.values(), ids=CALLERS)
def test_last_answer_of_tool_calling_agent_is_readable(reply: object, answer: str | None) -> None:
    with caller_with([use("double", n=1)], reply, tools=[double], max_steps=1) as agent:
        result = agent.run("Go.")
    assert (result.output, result.success, result.reason) == (answer, False, "max_steps")


def test_failure_of_the_last_request_leaves_the_run_at_max_steps() -> None:
    with agent_with(block("x = 1"), ServerError("It is busy."), max_steps=1) as agent:
        events = list(agent.stream("Go."))
        result = agent.last_result
        assert result is not None
        assert (result.output, result.success, result.reason) == (None, False, "max_steps")
        assert result.problem is not None
        assert "within 1 step" in result.problem.message
        assert "It is busy." in result.problem.message
        assert isinstance(events[-1], RunFinished)
        started = [event.step for event in events if isinstance(event, StepStarted)]
        assert started == [event.step for event in events if isinstance(event, StepFinished)]
        agent.model = ScriptedModel([block("final_answer(x)")])
        assert agent.run("Go on.").output == 1
